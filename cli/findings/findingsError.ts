/** What stands against a command and a person can mend, said in one line. */
export class FindingsError extends Error {
  override readonly name = "FindingsError";

  constructor(problem: {
    readonly what: string;
    readonly got: string;
    readonly allowed: string;
    readonly fix: string;
  }) {
    super(`${problem.what}: got ${problem.got}; allowed: ${problem.allowed}; fix: ${problem.fix}`);
  }
}
