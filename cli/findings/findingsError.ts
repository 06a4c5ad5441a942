import { ProblemError } from "../../infra/shared/problem";

/** What stands against a command and a person can mend, said in one line. */
export class FindingsError extends ProblemError {
  override readonly name = "FindingsError";
}
