/** What stops the command and a person can mend, said in one line. */
export class LocalError extends Error {
  constructor(problem: {
    readonly what: string;
    readonly got: string;
    readonly allowed: string;
    readonly fix: string;
  }) {
    super(`${problem.what}: got ${problem.got}; allowed: ${problem.allowed}; fix: ${problem.fix}`);
    this.name = "LocalError";
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
