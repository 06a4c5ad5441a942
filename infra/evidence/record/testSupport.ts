import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { stagingSettings } from "../../../test/support/staging";
import { evidencePath } from "../evidenceNames";
import { collectorEntry, parseCollectorKeys, type CollectorKey } from "./collectorKeys";
import { sealEnvelope, sha256 } from "./envelope";
import { demandsOf } from "./judge";
import type { Predicate, PredicateKind } from "./predicates";
import { declaredLogGroups } from "./logGroups";
import { EVIDENCE_CLAUSES, EXPECTED_SBOMS } from "./requirements";
import { STATEMENT_PAYLOAD_TYPE, writeStatement, type Statement } from "./statement";
import { verifyEvidence, type EvidenceFile, type Verification, type VerifyInput } from "./verify";

export const NOW_MS = Date.UTC(2026, 10, 26, 12);
export const HOUR_MS = 3_600_000;
export const SOURCE = "5".repeat(64);
export const iso = (ms: number): string => new Date(ms).toISOString();

export interface TestKey {
  readonly privateKey: KeyObject;
  readonly entry: CollectorKey;
}

/** In force for the 90 days around NOW, but for what is changed. */
export function testKey(name = "evidence-collector", changes: object = {}): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const entry = { ...collectorEntry(publicKey, name, NOW_MS - 30 * 24 * HOUR_MS), ...changes };
  const [parsed] = parseCollectorKeys(JSON.stringify([entry]), "collectors.json");
  if (!parsed) throw new Error("no key");
  return { privateKey, entry: parsed };
}

const at = (hoursAgo: number): string => iso(NOW_MS - hoursAgo * HOUR_MS);
const settings = stagingSettings();
const { agents } = settings;
const figures = {
  idempotency: { requests: 4_000, keys: 200, effects: 200 },
  breaker: { rounds: 3, cutOff: 900, letBackIn: 3, loadFellByPercent: 99.1, othersP95MovedByPercent: 1.5 },
  "rate-limit": { requests: 60, passed: 30, slowedDown: 20, blocked: 10, refusalsWithRetryAfter: 30 },
} as const;
const observed = {
  idempotency: { answered: 1_200, replays: 400, conflicts: 3, mismatches: 0, takeovers: 0 },
  breaker: { breakerOpenings: 3, retries: 40 },
  "rate-limit": { warned: 900, slowedDown: 300, blocked: 20, throttled: 320 },
} as const;

/** What each clause's kinds say when all is well, an hour ago. */
export const good = {
  common: {
    verdict: "met",
    because: "it is",
    collectedAt: at(1),
    collector: { name: "fase-b evidence", version: "0.1.0" },
    sources: [{ system: "test", asked: "nothing" }],
  },
  metrics: {
    window: { from: at(25), to: at(1) },
    samples: 5_000,
    minimumSamples: 1_000,
    value: 650,
    unit: "ms",
    threshold: 700,
  },
  findings: {
    runs: ["zap-baseline", "zap-authenticated", "fuzz", "npm-audit"].map((scan) => ({
      scan,
      endedAt: at(3),
      reportSha256: "a".repeat(64),
      tool: { name: "zap", version: "2.17.0" },
    })),
    open: { critical: 0, high: 0, medium: 0, low: 0, info: 0 },
    accepted: 0,
    findings: [],
  },
  logScan: {
    window: { from: at(25), to: at(1) },
    protectionFindings: 0,
    groups: declaredLogGroups(settings.namePrefix).map((logGroup) => ({
      logGroup,
      lines: 100,
      found: { email: 0 },
    })),
  },
  proofRun: (name: "idempotency" | "breaker" | "rate-limit") => ({
    run: { name, startedAt: at(2), endedAt: at(1), reportSha256: "b".repeat(64), sourceDigest: SOURCE },
    figures: figures[name],
    observed: observed[name],
  }),
  certificates: {
    expected: { issued: 13, all: 18 },
    installed: agents.map(({ id: agent, domain }) => ({
      agent,
      domain,
      status: "ISSUED",
      notAfter: iso(NOW_MS + 100 * 24 * HOUR_MS),
      installed: true,
    })),
  },
  configurations: {
    expected: { closed: 5, all: 18 },
    agents: agents.map(({ id: agent }) => ({ agent, closed: true, missing: [] })),
  },
  sbom: {
    of: EXPECTED_SBOMS.map((name) => ({
      name,
      ...(name === "program" ? {} : { deployedSha256: "d".repeat(64) }),
      sbomSha256: "c".repeat(64),
      components: 200,
    })),
  },
} as const;

/** A piece: clause, kind and what its predicate says otherwise than {@link good}. */
export interface Said {
  readonly clause: string;
  readonly kind: PredicateKind;
  readonly predicate?: object;
  readonly stack?: string;
  readonly sourceDigest?: string;
}

export function statementOf({ clause, kind, predicate = {}, stack, sourceDigest }: Said): Statement {
  const body =
    kind === "proofRun"
      ? good.proofRun(clause === "B8.7" ? "breaker" : clause === "B8.8" ? "rate-limit" : "idempotency")
      : good[kind];
  const unit = clause === "B8.2" ? { unit: "percent", value: 0.5, threshold: 0.7 } : {};
  return {
    stack: stack ?? "staging",
    sourceDigest: sourceDigest ?? SOURCE,
    kind,
    predicate: { ...good.common, clause, ...body, ...(kind === "metrics" ? unit : {}), ...predicate },
  } as unknown as Statement;
}

/** A file at the place that its own words say. */
export function fileOf(said: Said, ...keys: readonly TestKey[]): EvidenceFile & { readonly sha256: string } {
  const statement = statementOf(said);
  const bytes = sealEnvelope(
    STATEMENT_PAYLOAD_TYPE,
    writeStatement(statement),
    keys.map(({ privateKey }) => privateKey),
  );
  return named(said, statement.predicate.collectedAt, bytes);
}

/** Bytes at a place with their own digest in its name, as somebody would lay them who knows how names are made. */
export function named(
  { clause, kind }: Pick<Said, "clause" | "kind">,
  collectedAt: string,
  bytes: Uint8Array,
): EvidenceFile & { readonly sha256: string } {
  const digest = sha256(bytes);
  const path = evidencePath({ clause, kind, collectedAtMs: Date.parse(collectedAt), sha256: digest });
  return { path, bytes, sha256: digest };
}

/** All that is asked for, and well. */
export function complete(key: TestKey): readonly EvidenceFile[] {
  const both = fileOf({ clause: "B8.4", kind: "certificates" }, key);
  const previous = both.sha256;
  return [
    fileOf({ clause: "B6.2", kind: "sbom" }, key),
    fileOf({ clause: "B6.3", kind: "findings" }, key),
    fileOf({ clause: "B8.1", kind: "metrics" }, key),
    fileOf({ clause: "B8.2", kind: "metrics" }, key),
    fileOf({ clause: "B8.3", kind: "logScan" }, key),
    both,
    fileOf({ clause: "B8.4", kind: "configurations", predicate: { previous } }, key),
    fileOf({ clause: "B8.5", kind: "findings" }, key),
    ...["B8.6", "B8.7", "B8.8"].map((clause) => fileOf({ clause, kind: "proofRun" }, key)),
  ];
}

const demands = demandsOf(settings);

export const inputOf = (
  files: readonly EvidenceFile[],
  keys: readonly TestKey[],
  changes: Partial<VerifyInput> = {},
): VerifyInput => ({
  files,
  keys: keys.map(({ entry }) => entry),
  stack: "staging",
  sourceDigest: SOURCE,
  nowMs: NOW_MS,
  demands,
  clauses: EVIDENCE_CLAUSES,
  ...changes,
});

export const verifyOf = (...input: Parameters<typeof inputOf>): Verification =>
  verifyEvidence(inputOf(...input));

export type { Predicate };
