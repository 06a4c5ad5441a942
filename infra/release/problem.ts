import { ProblemError } from "../shared/problem";

/** A letter, a key or a list of keys that cannot be read: one line to whoever can mend it. */
export class ReleaseError extends ProblemError {
  override readonly name = "ReleaseError";
}
