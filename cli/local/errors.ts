import { ProblemError } from "../../infra/shared/problem";

/** What stops the command and a person can mend, said in one line. */
export class LocalError extends ProblemError {
  override readonly name = "LocalError";
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
