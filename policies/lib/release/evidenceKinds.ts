/** What each kind of evidence says: in-toto statements (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md). */
import type { ClauseId } from "../../clauses";
import { readCanonical } from "./canonical";
import {
  count,
  day,
  digest,
  either,
  flag,
  instant,
  listOf,
  mapOf,
  number,
  oneOf,
  optional,
  readForm,
  shape,
  text,
  type Form,
} from "./evidenceForm";

export const verdicts = ["met", "not-met", "unknown"] as const;
export type Verdict = (typeof verdicts)[number];

/** From worst to least. */
export const severities = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof severities)[number];

const window = shape({ from: instant, to: instant });

const common = {
  clause: text(4, 4, /^B\d\.\d$/),
  verdict: oneOf(...verdicts),
  because: text(1, 500),
  collectedAt: instant,
  collector: shape({ name: text(), version: text() }),
  commit: optional(text(40, 40, /^[0-9a-f]{40}$/)),
  sources: listOf(shape({ system: text(1, 32), asked: text(1, 4_000) }), 1, 50),
  /** SHA-256 of the file before it, of the same clause; none for the first. */
  previous: optional(digest),
};

const open = shape({ state: oneOf("open") });
const fixed = shape({ state: oneOf("fixed"), commit: text(40, 40, /^[0-9a-f]{40}$/), at: instant });
const accepted = shape({
  state: oneOf("accepted"),
  /** The last day on which it is accepted, in UTC. */
  until: day,
  by: oneOf(
    ...["lead-security", "lead-api-security", "qa-sec", "devops-security", "backend", "observability"],
    ...["coordinator", "code", "ceo"],
  ),
  reason: text(20, 500),
  /** What it was accepted as. */
  severity: oneOf(...severities),
  at: instant,
});
type Status = ReturnType<typeof open> | ReturnType<typeof fixed> | ReturnType<typeof accepted>;

const finding = shape({
  id: text(16, 16, /^[0-9a-f]{16}$/),
  tool: oneOf("zap", "schemathesis", "sarif", "osv", "npm-audit"),
  rule: text(1, 200),
  title: text(1, 300),
  severity: oneOf(...severities),
  classes: shape({
    owaspTop10: listOf(text(8, 8, /^A(0[1-9]|10):20\d\d$/)),
    owaspApiTop10: listOf(text(9, 10, /^API([1-9]|10):20\d\d$/)),
    cwe: listOf(text(5, 9, /^CWE-\d{1,5}$/)),
    advisories: listOf(text(3, 100, /^[A-Za-z][A-Za-z0-9]*-[\w.:-]{1,60}$/)),
  }),
  place: text(1, 500),
  evidence: text(0, 2_000),
  fix: text(0, 2_000),
  status: either<Status>(open, fixed, accepted),
  firstSeen: instant,
  lastSeen: instant,
  reopened: count,
});

const kinds = {
  metrics: shape({
    ...common,
    window,
    /** Requests in the window. */
    samples: count,
    minimumSamples: count,
    value: optional(number),
    unit: oneOf("ms", "percent"),
    threshold: number,
    /** The figure of before the work. */
    baseline: optional(shape({ value: number, samples: count, window })),
  }),
  findings: shape({
    ...common,
    /** Runs whose reports were read. */
    runs: listOf(
      shape({
        scan: text(1, 64),
        endedAt: instant,
        reportSha256: digest,
        tool: shape({ name: text(), version: text() }),
      }),
    ),
    open: shape({ critical: count, high: count, medium: count, low: count, info: count }),
    accepted: count,
    findings: listOf(finding, 0, 5_000),
  }),
  logScan: shape({
    ...common,
    window,
    /** What the masking of the logs has found. */
    protectionFindings: optional(count),
    groups: listOf(shape({ logGroup: text(), lines: count, found: mapOf(count) })),
  }),
  proofRun: shape({
    ...common,
    run: optional(
      shape({
        name: oneOf("idempotency", "breaker", "rate-limit"),
        startedAt: instant,
        endedAt: instant,
        reportSha256: digest,
        sourceDigest: digest,
      }),
    ),
    figures: mapOf(number),
    observed: mapOf(number),
  }),
  certificates: shape({
    ...common,
    expected: shape({ issued: count, all: count }),
    installed: listOf(
      shape({
        agent: text(),
        domain: text(),
        status: text(),
        notAfter: optional(instant),
        installed: flag,
      }),
    ),
  }),
  configurations: shape({
    ...common,
    expected: shape({ closed: count, all: count }),
    agents: listOf(shape({ agent: text(), closed: flag, missing: listOf(text()) })),
  }),
  sbom: shape({
    ...common,
    of: listOf(
      shape({ name: text(), deployedSha256: optional(digest), sbomSha256: digest, components: count }),
    ),
  }),
};

export type Kind = keyof typeof kinds;
export type Said<K extends Kind = Kind> = ReturnType<(typeof kinds)[K]>;
export const isKind = (word: string): word is Kind => Object.hasOwn(kinds, word);

/** Clauses that hold by evidence, and the kinds of it that each needs, all of them. */
export const askedOf = {
  "B6.2": ["sbom"],
  "B6.3": ["findings"],
  "B8.1": ["metrics"],
  "B8.2": ["metrics"],
  "B8.3": ["logScan"],
  "B8.4": ["certificates", "configurations"],
  "B8.5": ["findings"],
  "B8.6": ["proofRun"],
  "B8.7": ["proofRun"],
  "B8.8": ["proofRun"],
} as const satisfies Partial<Record<ClauseId, readonly Kind[]>>;

export type EvidenceClause = keyof typeof askedOf;
export const evidenceClauses = Object.keys(askedOf) as readonly EvidenceClause[];
export const isEvidenceClause = (word: string): word is EvidenceClause => Object.hasOwn(askedOf, word);

/** What is said of a stack and of the source that it is deployed from. */
export type Statement<K extends Kind = Kind> = {
  readonly [Each in K]: {
    readonly stack: string;
    readonly sourceDigest: string;
    readonly kind: Each;
    readonly said: Said<Each>;
  };
}[K];

export const statementPayloadType = "application/vnd.in-toto+json";

const statement = shape({
  _type: oneOf("https://in-toto.io/Statement/v1"),
  subject: listOf(
    shape({
      name: text(1, 200, /^fase-b\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
      digest: shape({ sha256: digest }),
    }),
    1,
    1,
  ),
  predicateType: text(),
  predicate: (value: unknown) => value,
});

/** @returns why it is none, as a text, where it is none */
export function readStatement(payload: Uint8Array): Statement | string {
  const read = readCanonical(payload);
  if (!read) return "no JSON in canonical form";
  const outer = readForm(statement, read.value);
  if (typeof outer === "string") return `no statement of ours: ${outer} is otherwise`;
  const [subject] = outer.subject;
  const kind = /^https:\/\/example\.com\/fase-b\/evidence\/([A-Za-z]+)\/v1$/.exec(outer.predicateType)?.[1];
  if (!subject || kind === undefined || !isKind(kind)) return "a statement of a kind that nobody knows";
  return withKind(kind, outer.predicate, subject.name.slice("fase-b/".length), subject.digest.sha256);
}

function withKind<K extends Kind>(
  kind: K,
  predicate: unknown,
  stack: string,
  sourceDigest: string,
): Statement | string {
  const said = readForm<object>(kinds[kind] as Form<object>, predicate);
  return typeof said === "string"
    ? `a statement of ${kind} whose ${said} is otherwise`
    : ({ stack, sourceDigest, kind, said } as Statement);
}
