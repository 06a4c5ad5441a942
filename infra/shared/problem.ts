/** One thing that is wrong with what a person wrote, in a form that fits one line. */
export interface Problem {
  /** Where: e.g. `agents[3].domain`. */
  readonly path: string;
  /** What stands there, as JSON; never a secret, since there is none in configuration. */
  readonly got: string;
  /** What may stand there. */
  readonly allowed: string;
  /** What to do about it. */
  readonly fix: string;
}

const MAX_GOT_CHARACTERS = 80;

/** A value as it is shown in a problem: JSON, cut where it would not fit the line. */
export function showValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const json = JSON.stringify(value) ?? typeof value;
  return json.length > MAX_GOT_CHARACTERS ? `${json.slice(0, MAX_GOT_CHARACTERS - 1)}…` : json;
}

/** `path: got X; allowed: Y; fix: Z`, on one line whatever the parts hold. */
export function formatProblem(problem: Problem): string {
  const line = `${problem.path}: got ${problem.got}; allowed: ${problem.allowed}; fix: ${problem.fix}`;
  return line.replace(/\s+/g, " ");
}

/** What a person can mend, said in one line; each room's own errors are of it. */
export abstract class ProblemError extends Error {
  constructor({
    what,
    got,
    allowed,
    fix,
  }: {
    readonly what: string;
    readonly got: string;
    readonly allowed: string;
    readonly fix: string;
  }) {
    super(formatProblem({ path: what, got, allowed, fix }));
  }
}

/** Values that must differ from each other, with the place of the first one. */
export function duplicates(
  entries: readonly { readonly path: string; readonly value: string }[],
  allowed: string,
): Problem[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ path, value }) => {
    const earlier = first.get(value);
    if (earlier === undefined) {
      first.set(value, path);
      return [];
    }
    return [
      { path, got: showValue(value), allowed, fix: `${earlier} has it already: change one of the two` },
    ];
  });
}
