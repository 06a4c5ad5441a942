import { EvidenceError } from "../../infra/evidence/record/problem";
import { baselineOf, type Piece } from "../../infra/evidence/record/verify";
import type { Collected } from "./collector";

/** The measures that have a before. */
export const BASELINE_CLAUSES = ["B8.1", "B8.2"] as const;
export type BaselineClause = (typeof BASELINE_CLAUSES)[number];

/**
 * What was collected, with the figure of before the work. Its one home is the signed chain: it is a piece's own figure once, and what each
 * that follows hands on. The work order's own 800 ms and 1 % are said, not measured.
 *
 * @param keep make this measure the one of before
 * @throws EvidenceError where there is one, or the measure says too little
 */
export function withBaseline(collected: Collected, last: Piece | undefined, keep: boolean): Collected {
  if (collected.kind !== "metrics") return collected;
  const handed = last && baselineOf(last);
  const { clause, value, samples, minimumSamples, window } = collected.predicate;
  const refuse = (got: string, allowed: string, fix: string): EvidenceError =>
    new EvidenceError({ what: `--baseline of ${clause}`, got, allowed, fix });
  if (keep && handed !== undefined)
    throw refuse(
      `one of ${handed.window.to}, which ${last?.path} hands on`,
      "one, measured before the work began",
      "collect without --baseline",
    );
  if (keep && (value === undefined || samples < minimumSamples))
    throw refuse(
      `${samples} samples`,
      `${minimumSamples} or more, with a value`,
      "measure when there is more traffic",
    );
  const baseline = keep && value !== undefined ? { value, samples, window } : handed;
  return baseline === undefined
    ? collected
    : { kind: "metrics", predicate: { ...collected.predicate, baseline } };
}
