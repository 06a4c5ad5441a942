import type { Verdict } from "../../infra/evidence/record/predicates";
import type { Verification } from "../../infra/evidence/record/verify";
import type { EvidencePart, State } from "./model";

const STATES: Readonly<Record<Verdict, State>> = { met: "met", "not-met": "not-met", unknown: "unknown" };

/** What the evidence shows of each clause that holds by it. */
export const evidencePartOf = (
  { clauses, refusals }: Verification,
  { stack, source }: Pick<EvidencePart, "stack" | "source">,
): EvidencePart => ({
  stack,
  source,
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
});
