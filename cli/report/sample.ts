import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { evidencePath } from "../../infra/evidence/evidenceNames";
import { collectorEntry, COLLECTORS_FILE } from "../../infra/evidence/record/collectorKeys";
import { sealEnvelope, sha256 } from "../../infra/evidence/record/envelope";
import type { Finding } from "../../infra/evidence/record/findings.schema";
import type { Demands } from "../../infra/evidence/record/judge";
import type { PredicateKind } from "../../infra/evidence/record/predicates";
import { EXPECTED_SBOMS, type EvidenceClause } from "../../infra/evidence/record/requirements";
import {
  STATEMENT_PAYLOAD_TYPE,
  writeStatement,
  type Statement,
} from "../../infra/evidence/record/statement";
import { STAGING } from "../../infra/release/stackFacts";

/**
 * Evidence that was never collected, so that a fresh clone can show a report. Its key is made for this one run, is in no list of the
 * repository and is never written; what it signed lies in a folder of the system's until the run is over. So no guard, letter or gate could
 * believe it: they read `stacks/staging`, and the key stands in no `collectors.json` there.
 */

const HOUR_MS = 3_600_000;
/** When the work began. */
const HOURS_BEFORE = 48;
/** No commit has this name; for a copy of the source that has no history. */
export const NO_COMMIT = "0".repeat(40);
const SAMPLE_COLLECTOR = "muestra";

interface Piece {
  readonly clause: EvidenceClause;
  readonly kind: PredicateKind;
  readonly says: object;
  /** @default 1 */
  readonly hoursAgo?: number;
}

function findingsOf(at: (hoursAgo: number) => string, commit: string): readonly Finding[] {
  const one = (
    id: string,
    rest: Pick<Finding, "rule" | "title" | "severity" | "place" | "tool" | "status"> & {
      readonly classes: Partial<Finding["classes"]>;
    },
  ): Finding => ({
    ...rest,
    id: id.repeat(16),
    classes: { owaspTop10: [], owaspApiTop10: [], cwe: [], advisories: [], ...rest.classes },
    evidence: "sample",
    fix: "sample",
    firstSeen: at(40),
    lastSeen: at(rest.status.state === "fixed" ? 30 : 3),
    reopened: 0,
  });
  const fixed: Finding["status"] = { state: "fixed", commit, at: at(20) };
  return [
    one("a", {
      tool: "schemathesis",
      rule: "not_a_server_error",
      title: "Server error for a body nested too deep (sample)",
      severity: "high",
      place: "POST /chat",
      classes: { owaspApiTop10: ["API4:2023"], cwe: ["CWE-400"] },
      status: fixed,
    }),
    one("b", {
      tool: "zap",
      rule: "40018",
      title: "Answer differs for a quoted parameter (sample)",
      severity: "high",
      place: "POST /avatar",
      classes: { owaspTop10: ["A03:2021"], cwe: ["CWE-89"] },
      status: fixed,
    }),
    one("c", {
      tool: "zap",
      rule: "10035",
      title: "Strict-Transport-Security missing on an error (sample)",
      severity: "medium",
      place: "POST /vision",
      classes: { owaspTop10: ["A05:2021"], cwe: ["CWE-319"] },
      status: {
        state: "accepted",
        until: at(-240).slice(0, 10),
        by: "qa-sec",
        reason: "Solo en la respuesta de la propia pasarela; se corrige con su próxima versión (muestra).",
        severity: "medium",
        at: at(10),
      },
    }),
    one("d", {
      tool: "zap",
      rule: "10049",
      title: "Answer could be cached (sample)",
      severity: "low",
      place: "POST /chat",
      classes: { owaspTop10: ["A05:2021"], cwe: ["CWE-524"] },
      status: { state: "open" },
    }),
  ];
}

/** What each clause's evidence would say on a good day. */
function piecesOf(
  { agents, certificatesToIssue, configurationsToClose, logGroups, scans, windowHours }: Demands,
  sourceDigest: string,
  nowMs: number,
  commit: string,
): readonly Piece[] {
  const at = (hoursAgo: number): string => new Date(nowMs - hoursAgo * HOUR_MS).toISOString();
  const window = { from: at(windowHours + 2), to: at(2) };
  /** Measured before the work and after it; the second hands the first on. */
  const metrics = (
    clause: "B8.1" | "B8.2",
    unit: "ms" | "percent",
    threshold: number,
    before: number,
    after: number,
  ): readonly Piece[] => {
    const baseline = {
      value: before,
      samples: 41_877,
      window: { from: at(HOURS_BEFORE + windowHours + 1), to: at(HOURS_BEFORE + 1) },
    };
    const common = { unit, threshold, minimumSamples: 1_000, baseline };
    return [
      { clause, kind: "metrics", says: { ...common, ...baseline }, hoursAgo: HOURS_BEFORE },
      { clause, kind: "metrics", says: { ...common, value: after, samples: 48_210, window } },
    ];
  };
  const runs = (names: readonly string[]): object[] =>
    names.map((scan) => ({
      scan,
      endedAt: at(3),
      reportSha256: "a".repeat(64),
      tool: { name: scan, version: "muestra" },
    }));
  const found = (names: readonly string[], findings: readonly Finding[]): object => ({
    runs: runs(names),
    open: {
      critical: 0,
      high: 0,
      medium: 0,
      low: findings.filter(({ status, severity }) => status.state === "open" && severity === "low").length,
      info: 0,
    },
    accepted: findings.filter(({ status }) => status.state === "accepted").length,
    findings,
  });
  const proof = (name: string, figures: object, observed: object): object => ({
    run: { name, startedAt: at(3), endedAt: at(2), reportSha256: "b".repeat(64), sourceDigest },
    figures,
    observed,
  });
  return [
    {
      clause: "B6.2",
      kind: "sbom",
      says: {
        of: EXPECTED_SBOMS.map((name) => ({
          name,
          deployedSha256: "d".repeat(64),
          sbomSha256: "c".repeat(64),
          components: 214,
        })),
      },
    },
    { clause: "B6.3", kind: "findings", says: found(["npm-audit"], []) },
    ...metrics("B8.1", "ms", 700, 804.5, 612),
    ...metrics("B8.2", "percent", 0.7, 1.08, 0.31),
    {
      clause: "B8.3",
      kind: "logScan",
      says: {
        window,
        protectionFindings: 0,
        groups: logGroups.map((logGroup) => ({ logGroup, lines: 3_107, found: { email: 0 } })),
      },
    },
    {
      clause: "B8.4",
      kind: "certificates",
      says: {
        expected: { issued: certificatesToIssue, all: agents.length },
        installed: agents.map(({ id: agent, domain }) => ({
          agent,
          domain,
          status: "ISSUED",
          notAfter: at(-24 * 200),
          installed: true,
        })),
      },
    },
    {
      clause: "B8.4",
      kind: "configurations",
      says: {
        expected: { closed: configurationsToClose, all: agents.length },
        agents: agents.map(({ id: agent }) => ({ agent, closed: true, missing: [] })),
      },
    },
    { clause: "B8.5", kind: "findings", says: found([...scans], findingsOf(at, commit)) },
    {
      clause: "B8.6",
      kind: "proofRun",
      says: proof(
        "idempotency",
        { requests: 10_000, keys: 500, effects: 500 },
        { answered: 1_200, replays: 400, takeovers: 0 },
      ),
    },
    {
      clause: "B8.7",
      kind: "proofRun",
      says: proof(
        "breaker",
        { rounds: 3, cutOff: 812, letBackIn: 3, loadFellByPercent: 99.1, othersP95MovedByPercent: 1.5 },
        {},
      ),
    },
    {
      clause: "B8.8",
      kind: "proofRun",
      says: proof(
        "rate-limit",
        { requests: 600, passed: 300, slowedDown: 200, blocked: 100, refusalsWithRetryAfter: 300 },
        { warned: 900, slowedDown: 300, blocked: 20 },
      ),
    },
  ];
}

export interface SampleRecord {
  /** As the folder that has `stacks/<stack>/` in it. */
  readonly root: string;
  readonly remove: () => void;
}

/**
 * Evidence of what never happened, for the source and time of this run.
 *
 * @param commit named as what mended its findings
 */
export function makeSampleRecord(
  demands: Demands,
  sourceDigest: string,
  nowMs: number,
  commit: string,
): SampleRecord {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const root = mkdtempSync(join(tmpdir(), "fase-b-muestra-"));
  const folder = join(root, "stacks", STAGING.stack);
  const write = (path: string, bytes: Uint8Array | string): void => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  };
  write(
    COLLECTORS_FILE,
    JSON.stringify([collectorEntry(publicKey, SAMPLE_COLLECTOR, nowMs - 2 * HOURS_BEFORE * HOUR_MS)]),
  );
  const last = new Map<string, string>();
  piecesOf(demands, sourceDigest, nowMs, commit).forEach(({ clause, kind, says, hoursAgo = 1 }) => {
    const collectedAtMs = nowMs - hoursAgo * HOUR_MS;
    const previous = last.get(clause);
    const predicate = {
      clause,
      verdict: "met",
      because: "a sample: nothing of this was measured",
      collectedAt: new Date(collectedAtMs).toISOString(),
      collector: { name: SAMPLE_COLLECTOR, version: "0" },
      sources: [{ system: "sample", asked: "nothing" }],
      ...(previous === undefined ? {} : { previous }),
      ...says,
    };
    // Its form is checked as it is written.
    const statement = { stack: STAGING.stack, sourceDigest, kind, predicate } as unknown as Statement;
    const bytes = sealEnvelope(STATEMENT_PAYLOAD_TYPE, writeStatement(statement), [privateKey]);
    const digest = sha256(bytes);
    last.set(clause, digest);
    write(`evidence/${evidencePath({ clause, kind, collectedAtMs, sha256: digest })}`, bytes);
  });
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}
