/** A preview that cannot be made; says what went wrong, what was got, what is allowed and the fix. */
export class PreviewError extends Error {
  readonly what: string;
  readonly got: string;
  readonly allowed: string;
  readonly fix: string;

  constructor(problem: { what: string; got: string; allowed: string; fix: string }) {
    super(`${problem.what}: got ${problem.got}; allowed: ${problem.allowed}; fix: ${problem.fix}`);
    this.name = "PreviewError";
    this.what = problem.what;
    this.got = problem.got;
    this.allowed = problem.allowed;
    this.fix = problem.fix;
  }
}

/** The text of anything thrown, without a stack trace. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
