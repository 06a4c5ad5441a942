import { ProblemError } from "../../shared/problem";

/** What is wrong with a piece of evidence or a collector's key, said in one line to whoever can mend it. */
export class EvidenceError extends ProblemError {
  override readonly name = "EvidenceError";
}
