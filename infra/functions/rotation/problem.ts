/**
 * Why a rotation stopped, in words that may stand in a log: names and version ids, never a value. Secrets Manager takes
 * any error for a failed rotation; the version in force stays in force.
 */
export class RotationProblem extends Error {
  override readonly name = "RotationProblem";
  constructor(
    readonly what: string,
    readonly got: string,
    readonly allowed: string,
    readonly fix: string,
  ) {
    super(`${what}: got ${got}; allowed: ${allowed}; fix: ${fix}`);
  }
}

export function ensure(
  condition: boolean,
  what: string,
  got: string,
  allowed: string,
  fix: string,
): asserts condition {
  if (!condition) throw new RotationProblem(what, got, allowed, fix);
}
