import { ProblemError } from "../../infra/shared/problem";

/** What stands against a draft or a signature: nothing is broken, and nothing was written. */
export class LetterError extends ProblemError {
  override readonly name = "LetterError";
}
