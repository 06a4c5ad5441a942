import { ProblemError } from "../../infra/shared/problem";

/** What stands against a rollback, said in one line. */
export class RollbackError extends ProblemError {
  override readonly name = "RollbackError";
}
