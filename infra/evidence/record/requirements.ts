import type { ClauseId } from "../../../policies/clauses";
import { ORDERED_P95_MS } from "../../edge/edge.schema";
import { ORDERED } from "../../observability/observability.schema";
import { parseEvidencePath } from "../evidenceNames";
import { predicates, type PredicateKind } from "./predicates";

/** Clauses that hold by evidence, and the kinds of it that each needs, all of them. */
export const requirements = {
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
} as const satisfies Partial<Record<ClauseId, readonly PredicateKind[]>>;

export type EvidenceClause = keyof typeof requirements;
export const EVIDENCE_CLAUSES = Object.keys(requirements) as readonly EvidenceClause[];

export const isEvidenceClause = (text: string): text is EvidenceClause => Object.hasOwn(requirements, text);
export const isKind = (text: string): text is PredicateKind => Object.hasOwn(predicates, text);

/** The clause that a path is about, be the rest of it as it may. */
export function clauseOfPath(path: string): EvidenceClause | undefined {
  const clause = parseEvidencePath(path)?.clause ?? path.split("/")[0] ?? "";
  return isEvidenceClause(clause) ? clause : undefined;
}

/** What a figure may be, in the work order's words: "≤ 700 ms", "< 0.7 %". */
export const orderedFigures = {
  "B8.1": { unit: "ms", threshold: ORDERED_P95_MS, holds: (value: number) => value <= ORDERED_P95_MS },
  "B8.2": {
    unit: "percent",
    threshold: ORDERED.objectives.errorPercent,
    holds: (value: number) => value < ORDERED.objectives.errorPercent,
  },
} as const;

/** Which proof shows which clause. */
export const orderedRuns = { "B8.6": "idempotency", "B8.7": "breaker", "B8.8": "rate-limit" } as const;
