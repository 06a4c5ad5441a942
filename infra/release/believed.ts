import type { Verification } from "../evidence/record/verify";
import type { LetterInput } from "./verifyLetter";

/** What a condition asks of the evidence: the piece that it names is believed, and its clause is met. */
export const believedBy =
  ({ clauses, pieces }: Pick<Verification, "clauses" | "pieces">): LetterInput["believed"] =>
  (clause, digest) =>
    clauses.some((one) => one.clause === clause && one.verdict === "met") &&
    pieces.some((piece) => piece.clause === clause && piece.sha256 === digest);
