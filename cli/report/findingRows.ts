import { SEVERITIES, type Finding } from "../../infra/evidence/record/findings.schema";
import type { Piece } from "../../infra/evidence/record/verify";
import type { LedgerFinding } from "../findings/ledger";

/** What became of a finding. */
export type Closure = "open" | "fixed" | "fixed elsewhere" | "seen again" | "accepted" | "accepted no more";

export interface FindingRow {
  readonly finding: Finding;
  readonly closure: Closure;
  /** Where it is signed; nothing where only the committed list names it. */
  readonly piece?: Piece;
}

export const isClosed = ({ closure }: FindingRow): boolean => closure === "fixed";
export const isAccepted = ({ closure }: FindingRow): boolean => closure === "accepted";

const ORDER: readonly Closure[] = [
  "seen again",
  "open",
  "fixed elsewhere",
  "accepted no more",
  "accepted",
  "fixed",
];

/**
 * Every finding with what became of it: what is open first, then the worst. What evidence says goes before the committed list, which nobody
 * has signed; what that alone names is told all the same, and marked.
 *
 * @param has whether the history of this source has a commit: what was mended in another is not mended here
 */
export function findingRowsOf(
  pieces: readonly Piece[],
  ledger: readonly LedgerFinding[],
  atMs: number,
  has: (commit: string) => boolean,
): readonly FindingRow[] {
  const closureOf = (finding: Finding, saidAtMs?: number): Closure => {
    const closure = statedClosure(finding, atMs, saidAtMs);
    const { status } = finding;
    return closure === "fixed" && status.state === "fixed" && !has(status.commit)
      ? "fixed elsewhere"
      : closure;
  };
  const rows = new Map<string, FindingRow>();
  for (const piece of pieces) {
    if (piece.statement.kind !== "findings") continue;
    for (const finding of piece.statement.predicate.findings)
      if (!rows.has(finding.id))
        rows.set(finding.id, { finding, closure: closureOf(finding, piece.collectedAtMs), piece });
  }
  for (const finding of ledger)
    if (!rows.has(finding.id)) rows.set(finding.id, { finding, closure: closureOf(finding) });
  return [...rows.values()].sort(
    (a, b) =>
      ORDER.indexOf(a.closure) - ORDER.indexOf(b.closure) ||
      SEVERITIES.indexOf(a.finding.severity) - SEVERITIES.indexOf(b.finding.severity) ||
      (a.finding.id < b.finding.id ? -1 : 1),
  );
}

function statedClosure({ status, lastSeen }: Finding, atMs: number, saidAtMs = atMs): Closure {
  // What is dated after its evidence was collected had not happened when it was said.
  if (status.state === "open" || Date.parse(status.at) > saidAtMs) return "open";
  if (status.state === "fixed") return lastSeen > status.at ? "seen again" : "fixed";
  // To the end of its day.
  return atMs < Date.parse(`${status.until}T00:00:00.000Z`) + 86_400_000 ? "accepted" : "accepted no more";
}
