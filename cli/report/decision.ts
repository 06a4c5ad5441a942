import type { EvidenceClause } from "../../infra/evidence/record/requirements";
import type { Refusal, Verification } from "../../infra/evidence/record/verify";
import type { Decision } from "../../infra/release/letter.schema";
import type { Audit, ClauseRow, PolicyRow } from "../audit/model";

/** What evidence and policies allow to be proposed. It decides nothing: that is the Carta GO's. */
export interface Proposal {
  readonly decision: Decision;
  /** Clauses that hold by evidence, and for which it does not suffice. */
  readonly unproven: readonly EvidenceClause[];
  /** Files of evidence that are not believed. */
  readonly refusals: readonly Refusal[];
  /** Mandatory policies that are violated. */
  readonly violated: readonly PolicyRow[];
  /** What else of the work order is not there; each would be a condition. */
  readonly pending: readonly ClauseRow[];
  /** What rests on tests or on a letter: nothing stands against it, and nothing that is judged here shows it. */
  readonly untold: readonly ClauseRow[];
}

/**
 * NO-GO where a single piece is missing that a release asks for (the letter says which: all of B8, B6.2 and B6.3), where a file of evidence
 * was altered or is nobody's, or where a mandatory policy is violated. Conditional where only other clauses are open.
 */
export function proposalOf(
  { clauses, policies }: Pick<Audit, "clauses" | "policies">,
  { clauses: shown, refusals }: Verification,
): Proposal {
  const unproven = shown.filter(({ verdict }) => verdict !== "met").map(({ clause }) => clause);
  const violated = policies.filter(({ verdict }) => verdict === "violated");
  const pending = clauses.filter((row) => row.evidence === undefined && isPending(row));
  const untold = clauses.filter(
    (row) => row.evidence === undefined && row.state === "unknown" && !isPending(row),
  );
  const stands = unproven.length > 0 || refusals.length > 0 || violated.length > 0;
  return {
    decision: stands ? "NO-GO" : pending.length > 0 ? "GO condicional" : "GO",
    unproven,
    refusals,
    violated,
    pending,
    untold,
  };
}

/** What rests on tests or on a letter no audit can know to hold: the one is CI's, the other comes after the report. */
function isPending({ state, shownBy, policies }: ClauseRow): boolean {
  if (state !== "unknown") return state === "not-met";
  return !(
    (shownBy === "tests" || shownBy === "letter") &&
    policies.every(({ verdict }) => verdict === "passed" || verdict === "advisory")
  );
}
