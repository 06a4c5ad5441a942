import { verifyEvidence, type VerifyInput } from "../../infra/evidence/record/verify";
import type { Verdict } from "../../infra/evidence/record/predicates";
import type { EvidencePart, State } from "./model";

const STATES: Readonly<Record<Verdict, State>> = { met: "met", "not-met": "not-met", unknown: "unknown" };

/** What the evidence shows of each clause that holds by it, as of the time that is asked about. */
export function evidencePartOf(input: VerifyInput): EvidencePart {
  const { clauses, refusals } = verifyEvidence(input);
  return {
    stack: input.stack,
    source: input.sourceDigest,
    clauses: clauses.map(({ clause, verdict, because, pieces }) => ({
      clause,
      state: STATES[verdict],
      because: [because],
      pieces: pieces.map(({ path, sha256, collectedAtMs, signedBy, statement }) => ({
        path,
        sha256,
        kind: statement.kind,
        collectedAt: new Date(collectedAtMs).toISOString(),
        signedBy,
        sourceDigest: statement.sourceDigest,
      })),
    })),
    refusals: refusals.map(({ what, why }) => ({ what, why })),
  };
}
