/** What is wrong with a piece of evidence or a collector's key, said in one line to whoever can mend it. */
export class EvidenceError extends Error {
  override readonly name = "EvidenceError";

  constructor(problem: {
    readonly what: string;
    readonly got: string;
    readonly allowed: string;
    readonly fix: string;
  }) {
    super(`${problem.what}: got ${problem.got}; allowed: ${problem.allowed}; fix: ${problem.fix}`);
  }
}
