import { z } from "zod";
import { finding, SEVERITIES } from "./findings.schema";

/**
 * What each kind of evidence says. `unknown` is not met: too few samples, an audit that could not be asked, a source that gave no
 * answer.
 */
export const VERDICTS = ["met", "not-met", "unknown"] as const;
export type Verdict = (typeof VERDICTS)[number];

const instant = z.iso.datetime({ precision: 3 });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().min(0);

/** From where a figure comes: enough to ask the same again. */
const source = z.strictObject({
  /** `cloudwatch`, `prometheus`, `logs`, `acm`, `api-gateway`, `bucket`, `proof-run`, `repository` */
  system: z.string().min(1).max(32),
  /** The query, the object's key, or the command, as it was asked. */
  asked: z.string().min(1).max(4_000),
});

const window = z.strictObject({ from: instant, to: instant });

const common = {
  /** The work order's clause. */
  clause: z.string().regex(/^B\d\.\d$/),
  verdict: z.enum(VERDICTS),
  /** Why, in one sentence that a person can check. */
  because: z.string().min(1).max(500),
  collectedAt: instant,
  /** What collected it, and of which version. */
  collector: z.strictObject({ name: z.string(), version: z.string() }),
  /** The commit of the source, where it is one without changes. */
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .optional(),
  sources: z.array(source).min(1).max(50),
  /** SHA-256 of the envelope before this one of the same stack and clause; none for the first. */
  previous: sha256.optional(),
};

/** B8.1, B8.2: a figure of the window beside its threshold; and the one before the work began, where it is kept. */
const metrics = z.strictObject({
  ...common,
  window,
  /** Requests in the window. */
  samples: count,
  minimumSamples: count,
  /** Absent where there was nothing to measure. */
  value: z.number().optional(),
  unit: z.enum(["ms", "percent"]),
  threshold: z.number(),
  baseline: z.strictObject({ value: z.number(), samples: count, window }).optional(),
});

/** B8.5, B2.1, B2.2, B6.3: what was found, and by which runs. */
const findings = z.strictObject({
  ...common,
  /** Runs whose reports were read. */
  runs: z.array(
    z.strictObject({
      scan: z.string().min(1).max(64),
      endedAt: instant,
      /** Of the report as the tool wrote it. */
      reportSha256: sha256,
      tool: z.strictObject({ name: z.string(), version: z.string() }),
    }),
  ),
  open: z.record(z.enum(SEVERITIES), count),
  accepted: count,
  findings: z.array(finding).max(5_000),
});

/** B8.3: logs that were looked through, and what was found. */
const logScan = z.strictObject({
  ...common,
  window,
  /** What the masking of the logs reported in the window; absent where it could not be asked. */
  protectionFindings: count.optional(),
  groups: z.array(
    z.strictObject({
      logGroup: z.string(),
      /** Lines that were read. */
      lines: count,
      /** By kind of data; never the data. */
      found: z.record(z.string(), count),
    }),
  ),
});

/** B8.6, B8.7, B8.8: a proof that was run, and what the logs of the deployed stack say in the same sense. */
const proofRun = z.strictObject({
  ...common,
  /** Absent where there is no report of one. */
  run: z
    .strictObject({
      name: z.enum(["idempotency", "breaker", "rate-limit"]),
      startedAt: instant,
      endedAt: instant,
      /** SHA-256 of the run's own report. */
      reportSha256: sha256,
      /** Of the source that ran; the subject's own. */
      sourceDigest: sha256,
    })
    .optional(),
  /** What was counted: `effects`, `requests`, … */
  figures: z.record(z.string(), z.number()),
  /** The same sense in the deployed stack's metrics and logs, where they could be asked. */
  observed: z.record(z.string(), z.number()),
});

/** B8.4: certificates of the live account. */
const certificates = z.strictObject({
  ...common,
  expected: z.strictObject({ issued: count, all: count }),
  installed: z.array(
    z.strictObject({
      agent: z.string(),
      domain: z.string(),
      status: z.string(),
      notAfter: instant.optional(),
      installed: z.boolean(),
    }),
  ),
});

/** B8.4: the agents' configurations, as the live account has them. */
const configurations = z.strictObject({
  ...common,
  expected: z.strictObject({ closed: count, all: count }),
  agents: z.array(z.strictObject({ agent: z.string(), closed: z.boolean(), missing: z.array(z.string()) })),
});

/** B6.2: a bill of materials; beside it stands what it is of. */
const sbom = z.strictObject({
  ...common,
  of: z.array(
    z.strictObject({
      /** `program`, a function's bundle, or an image. */
      name: z.string(),
      /** Of what is deployed: bundle, or image. */
      deployedSha256: sha256.optional(),
      sbomSha256: sha256,
      components: count,
    }),
  ),
});

export const predicates = {
  metrics,
  findings,
  logScan,
  proofRun,
  certificates,
  configurations,
  sbom,
} as const;
export type PredicateKind = keyof typeof predicates;
export type Predicate<K extends PredicateKind = PredicateKind> = z.infer<(typeof predicates)[K]>;

/** The type's URI in a statement. https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export const predicateType = (kind: PredicateKind): string =>
  `https://example.com/fase-b/evidence/${kind}/v1`;

/** What is filled in by whoever makes the statement of it. */
export type Filled = "collectedAt" | "collector" | "commit" | "previous";
