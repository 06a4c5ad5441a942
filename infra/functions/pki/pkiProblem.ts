/** What is wrong with a certificate, a key or a request. Holds no key and nothing of what was handed in. */
export class PkiProblem extends Error {
  override readonly name = "PkiProblem";
  readonly what: string;
  readonly got: string;
  readonly allowed: string;
  readonly fix: string;

  constructor(
    problem: { readonly what: string; readonly got: string; readonly allowed: string; readonly fix: string },
    options?: ErrorOptions,
  ) {
    super(`${problem.what}: got ${problem.got}; allowed: ${problem.allowed}; fix: ${problem.fix}`, options);
    this.what = problem.what;
    this.got = problem.got;
    this.allowed = problem.allowed;
    this.fix = problem.fix;
  }
}
