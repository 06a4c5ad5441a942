import { ProblemError } from "../../shared/problem";

interface Told {
  readonly what: string;
  readonly got: string;
  readonly allowed: string;
  readonly fix: string;
}

/** What is wrong with a piece of evidence or a collector's key, said in one line to whoever can mend it. */
export class EvidenceError extends ProblemError {
  override readonly name = "EvidenceError";

  /** @param unreadable whether it is what was named that cannot be read: nothing was judged then, and nothing stands against it */
  constructor(
    told: Told,
    readonly unreadable = false,
  ) {
    super(told);
  }
}
