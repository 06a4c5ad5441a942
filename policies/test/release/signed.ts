/** Evidence as a collector would sign it, made of the pack's own words: what each test changes one thing of. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { canonicalText } from "../../lib/release/canonical";
import { keyIdOf } from "../../lib/release/dsse";
import { hourMs } from "../../lib/release/evidenceClause";
import { askedOf, evidenceClauses, type EvidenceClause } from "../../lib/release/evidenceKinds";
import { agents } from "../../lib/orderedAgents";
import { functions, logs } from "../../lib/release/evidenceStaging";
import type { FoundFile, ReleaseRecord, StackRecord } from "../../lib/release/record";

export const nowMs = Date.parse("2026-11-26T18:00:00.000Z");
export const sourceDigest = "5".repeat(64);
export const at = (hoursAgo: number): string => new Date(nowMs - hoursAgo * hourMs).toISOString();

export interface Collector {
  readonly privateKey: KeyObject;
  readonly entry: Readonly<Record<string, string>>;
}

export function collector(changes: Readonly<Record<string, string>> = {}): Collector {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const entry = {
    keyId: keyIdOf(publicKey),
    publicKeyPem: publicKey.export({ type: "spki", format: "pem" }) as string,
    name: "evidence-collector",
    validFrom: at(30 * 24),
    validUntil: at(-30 * 24),
    ...changes,
  };
  return { privateKey, entry };
}

const common = {
  verdict: "met",
  because: "it is",
  collectedAt: at(1),
  collector: { name: "fase-b evidence", version: "0.1.0" },
  sources: [{ system: "test", asked: "nothing" }],
};
const window = { from: at(25), to: at(1) };
const ran = (name: string, figures: object, observed: object = {}) => ({
  run: { name, startedAt: at(3), endedAt: at(2), reportSha256: "b".repeat(64), sourceDigest },
  figures,
  observed,
});
const measured = (unit: string, value: number, threshold: number) => ({
  window,
  samples: 5_000,
  minimumSamples: 1_000,
  value,
  unit,
  threshold,
});
const searched = (...scans: readonly string[]) => ({
  runs: scans.map((scan) => ({
    scan,
    endedAt: at(3),
    reportSha256: "a".repeat(64),
    tool: { name: "zap", version: "2.17.0" },
  })),
  open: { critical: 0, high: 0, medium: 0, low: 0, info: 0 },
  accepted: 0,
  findings: [],
});

/** What each kind of a clause says when all is well, an hour ago. */
export const well: Readonly<Record<EvidenceClause, Readonly<Record<string, object>>>> = {
  "B6.2": {
    sbom: {
      of: ["program", ...functions].map((name) => ({
        name,
        ...(name === "program" ? {} : { deployedSha256: "d".repeat(64) }),
        sbomSha256: "c".repeat(64),
        components: 200,
      })),
    },
  },
  "B6.3": { findings: searched("npm-audit") },
  "B8.1": { metrics: measured("ms", 700, 700) },
  "B8.2": { metrics: measured("percent", 0.69, 0.7) },
  "B8.3": {
    logScan: {
      window,
      protectionFindings: 0,
      groups: logs.map((logGroup) => ({ logGroup, lines: 100, found: { email: 0 } })),
    },
  },
  "B8.4": {
    certificates: {
      expected: { issued: 13, all: 18 },
      installed: agents.map(({ id: agent, domain }) => ({
        agent,
        domain,
        status: "ISSUED",
        notAfter: at(-100 * 24),
        installed: true,
      })),
    },
    configurations: {
      expected: { closed: 5, all: 18 },
      agents: agents.map(({ id: agent }) => ({ agent, closed: true, missing: [] })),
    },
  },
  "B8.5": { findings: searched("zap-baseline", "zap-authenticated", "fuzz") },
  "B8.6": {
    proofRun: ran(
      "idempotency",
      { requests: 1_000, keys: 100, effects: 100 },
      { answered: 100, replays: 100, conflicts: 3, mismatches: 0, takeovers: 0 },
    ),
  },
  "B8.7": {
    proofRun: ran("breaker", {
      rounds: 3,
      cutOff: 100,
      letBackIn: 3,
      loadFellByPercent: 95.1,
      othersP95MovedByPercent: 9.9,
    }),
  },
  "B8.8": {
    proofRun: ran(
      "rate-limit",
      { requests: 60, passed: 30, slowedDown: 20, blocked: 10, refusalsWithRetryAfter: 30 },
      { warned: 1, slowedDown: 1, blocked: 1 },
    ),
  },
};

/** What one kind says otherwise; a key that is `undefined` is left out. */
export interface Said {
  readonly clause: EvidenceClause;
  readonly kind: string;
  readonly predicate?: object;
  readonly stack?: string;
  readonly source?: string;
  /** Keys of the statement beside those that it has. */
  readonly statement?: object;
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const plain = (value: object): object => JSON.parse(JSON.stringify(value)) as object;

export function payloadOf({ clause, kind, predicate, stack = "staging", source, statement }: Said): Buffer {
  return Buffer.from(
    canonicalText(
      plain({
        _type: "https://in-toto.io/Statement/v1",
        subject: [{ name: `fase-b/${stack}`, digest: { sha256: source ?? sourceDigest } }],
        predicateType: `https://example.com/fase-b/evidence/${kind}/v1`,
        predicate: { ...common, clause, ...well[clause][kind], ...predicate },
        ...statement,
      }),
    ),
  );
}

const payloadType = "application/vnd.in-toto+json";

export function sealed(payload: Buffer, keys: readonly Collector[], type = payloadType): Buffer {
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]);
  const signatures = keys
    .map(({ privateKey, entry }) => ({
      keyid: entry.keyId ?? "",
      sig: sign(null, signed, privateKey).toString("base64"),
    }))
    .sort((one, other) => (one.keyid < other.keyid ? -1 : 1));
  return Buffer.from(canonicalText({ payloadType: type, payload: payload.toString("base64"), signatures }));
}

export interface SignedFile extends FoundFile {
  readonly sha256: string;
}

/** Bytes under the name that their digest gives them. */
export function named(clause: string, kind: string, collectedAt: string, bytes: Buffer): SignedFile {
  const digest = sha256(bytes);
  return {
    path: `${clause}/${kind}/${collectedAt.replace(/[-:.]/g, "")}-${digest}.json`,
    bytes,
    sha256: digest,
  };
}

export function fileOf(said: Said, ...keys: readonly Collector[]): SignedFile {
  const { collectedAt = common.collectedAt } = (said.predicate ?? {}) as { readonly collectedAt?: string };
  return named(said.clause, said.kind, collectedAt, sealed(payloadOf(said), keys));
}

/** All that is asked for, and well, but for what is said otherwise. */
export function complete(key: Collector, ...otherwise: readonly Said[]): readonly SignedFile[] {
  return evidenceClauses.flatMap((clause) => {
    let previous: string | undefined;
    return askedOf[clause].map((kind) => {
      const other = otherwise.find((one) => one.clause === clause && one.kind === kind);
      const file = fileOf({ clause, kind, ...other, predicate: { previous, ...other?.predicate } }, key);
      previous = file.sha256;
      return file;
    });
  });
}

export const recordOf = (
  evidence: readonly FoundFile[],
  keys: readonly Collector[],
  changes: Partial<StackRecord> = {},
): StackRecord => ({
  letters: [],
  collectors: Buffer.from(JSON.stringify(keys.map(({ entry }) => entry))),
  evidence,
  defects: [],
  ...changes,
});

export const releaseOf = (record: StackRecord, digest = sourceDigest): ReleaseRecord => ({
  source: () => ({ digest }),
  ofStack: (stack) => (stack === "staging" ? record : { letters: [], evidence: [], defects: [] }),
  trustedRoles: () => undefined,
});

const key = collector();

/** Staging's evidence, complete but for what is said otherwise. */
export const evidenceWith = (...otherwise: readonly Said[]): ReleaseRecord =>
  releaseOf(recordOf(complete(key, ...otherwise), [key]));
