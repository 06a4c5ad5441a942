import type { Finding, FindingState, Sighting } from "../../infra/evidence/record/findings.schema";
import { runKey, type Findings, type LedgerFinding, type RunRecord, type ScanRun } from "./ledger";
import { worse } from "./readers/sightings";
import { endOfDay } from "./states";

/**
 * The ledger with what one run saw. The same run again changes nothing, and runs may come in any order: what they say is taken by their
 * time. Nothing is closed by not being seen.
 */
export function mergeRun(ledger: Findings, run: ScanRun): Findings {
  const findings = new Map(ledger.findings.map((one) => [one.id, one]));
  for (const seen of run.findings) findings.set(seen.id, merged(findings.get(seen.id), seen, run));
  const { findings: _, ...record } = run;
  return {
    version: 1,
    runs: lastRuns([...ledger.runs, { ...record, seen: new Set(run.findings.map(({ id }) => id)).size }]),
    findings: [...findings.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

function merged(known: LedgerFinding | undefined, seen: Sighting, { endedAt, scan }: ScanRun): LedgerFinding {
  if (!known)
    return {
      ...seen,
      status: { state: "open" },
      firstSeen: endedAt,
      lastSeen: endedAt,
      reopened: 0,
      scans: [scan],
    };
  const back = comesBack(known.status, seen, Date.parse(endedAt));
  const { status, firstSeen, lastSeen, reopened, scans, ...said } = known;
  return {
    ...(isLater(seen, endedAt, said, lastSeen) ? seen : said),
    status: back ? { state: "open" } : status,
    firstSeen: firstSeen < endedAt ? firstSeen : endedAt,
    lastSeen: lastSeen > endedAt ? lastSeen : endedAt,
    reopened: reopened + (back ? 1 : 0),
    scans: [...new Set([...scans, scan])].sort(),
  };
}

/** A run at the very time of the last one: the worse one is kept, and of two that are alike one of them, whichever came first. */
function isLater(seen: Sighting, endedAt: string, said: Sighting, lastSeen: Finding["lastSeen"]): boolean {
  if (endedAt !== lastSeen) return endedAt > lastSeen;
  if (seen.severity !== said.severity) return worse(seen.severity, said.severity);
  return JSON.stringify(sorted(seen)) > JSON.stringify(sorted(said));
}

const sorted = (one: Sighting): readonly unknown[] => [one.title, one.classes, one.evidence, one.fix];

/**
 * Seen after it was closed. What was accepted comes back when its day is over, and when it is worse than what was accepted. Judged of
 * each run by itself, so that their order does not count.
 */
function comesBack(status: FindingState, seen: Sighting, seenMs: number): boolean {
  if (status.state === "open" || seenMs <= Date.parse(status.at)) return false;
  if (status.state === "fixed") return true;
  return seenMs > endOfDay(status.until) || worse(seen.severity, status.severity);
}

/** Of each scan and format the last run, and the last complete one. */
function lastRuns(runs: readonly RunRecord[]): RunRecord[] {
  const kept = new Map<string, RunRecord>();
  // Two of one report differ in nothing but what they were taken for; the fuller text decides, whichever came first.
  const order = (run: RunRecord): string =>
    `${runKey(run)} ${JSON.stringify([run.tool, run.incomplete, run.seen])}`;
  for (const run of [...runs].sort((a, b) => (order(a) < order(b) ? -1 : 1))) {
    const key = `${run.scan} ${run.format}`;
    kept.set(`${key} last`, run);
    if (run.incomplete === undefined) kept.set(`${key} complete`, run);
  }
  return [...new Map([...kept.values()].map((run) => [runKey(run), run])).values()].sort((a, b) =>
    runKey(a) < runKey(b) ? -1 : 1,
  );
}
