/** What the evidence of staging comes to, clause by clause: what a letter's conditions rest on, and what is listed as missing. */
import { patchesRequireEvidence } from "../../b6-secrets/patchesRequireEvidence";
import { sbomsRequireEvidence } from "../../b6-secrets/sbomsRequireEvidence";
import { breakersRequireEvidence } from "../../b8-done/breakersRequireEvidence";
import { coverageRequiresEvidence } from "../../b8-done/coverageRequiresEvidence";
import { errorsRequireEvidence } from "../../b8-done/errorsRequireEvidence";
import { idempotencyRequiresEvidence } from "../../b8-done/idempotencyRequiresEvidence";
import { latencyRequiresEvidence } from "../../b8-done/latencyRequiresEvidence";
import { logsRequireEvidence } from "../../b8-done/logsRequireEvidence";
import { rateLimitsRequireEvidence } from "../../b8-done/rateLimitsRequireEvidence";
import { scansRequireEvidence } from "../../b8-done/scansRequireEvidence";
import { judgeClause, openRecord, type ClauseJudgement } from "./evidenceClause";
import type { EvidenceGate } from "./evidenceGate";
import type { EvidenceClause } from "./evidenceKinds";
import type { StackRecord } from "./record";

/** One a clause, in the work order's order. */
export const gates: readonly EvidenceGate[] = [
  sbomsRequireEvidence,
  patchesRequireEvidence,
  latencyRequiresEvidence,
  errorsRequireEvidence,
  logsRequireEvidence,
  coverageRequiresEvidence,
  scansRequireEvidence,
  idempotencyRequiresEvidence,
  breakersRequireEvidence,
  rateLimitsRequireEvidence,
];

/** @param record of staging: what is released was tried there */
export function judgeEvidence(
  record: StackRecord,
  sourceDigest: string,
  nowMs: number,
): ReadonlyMap<EvidenceClause, ClauseJudgement> {
  const opened = openRecord(record, nowMs);
  return new Map(gates.map(({ rule }) => [rule.clause, judgeClause(rule, opened, { nowMs, sourceDigest })]));
}

/** True where a piece of this digest is believed of a clause that is met: what a letter's condition must name. */
export const believedIn =
  (judged: ReadonlyMap<string, ClauseJudgement>) =>
  (clause: string, digest: string): boolean => {
    const { verdict, pieces } = judged.get(clause) ?? { verdict: "unknown", pieces: [] };
    return verdict === "met" && pieces.some(({ sha256 }) => sha256 === digest);
  };
