/**
 * The rules of an exception: it names one policy and one resource of one stack, says why, and ends within a year.
 */

export interface PolicyException {
  /** e.g. `EX-001`; never used twice. */
  readonly id: string;
  /** Name of the policy that it lifts. */
  readonly policy: string;
  readonly stack: string;
  /** The exact end of the URN: `<type token>::<logical name>`. */
  readonly resource: string;
  readonly reason: string;
  /** ISO date. */
  readonly recorded: string;
  /** ISO date, the last day on which it holds (UTC); at most one year after `recorded`. */
  readonly expires: string;
}

/** A published control that the program leaves unmet on purpose, for every resource of a type. */
export interface ControlException {
  readonly id: string;
  /** e.g. `["FSBP APIGateway.11"]` */
  readonly controls: readonly string[];
  /** Type token. */
  readonly resourceType: string;
  readonly reason: string;
  /** ISO date. */
  readonly recorded: string;
  /** ISO date, the last day on which it holds (UTC); at most one year after `recorded`. */
  readonly expires: string;
}

type Dated = Pick<PolicyException, "id" | "recorded" | "expires" | "reason">;

const dayMs = 24 * 60 * 60 * 1000;
const isoDate = /^\d{4}-\d{2}-\d{2}$/;

/** Longest life of an exception, in days. */
export const longestExceptionDays = 366;

/** True through the whole of the last day. */
export const isExpired = ({ expires }: Dated, now: Date): boolean =>
  !(now.getTime() < Date.parse(`${expires}T00:00:00Z`) + dayMs);

/** What is wrong with the record itself, in words; `undefined` when it stands. */
export function defectOf(exception: Dated, now: Date): string | undefined {
  const { recorded, expires, reason } = exception;
  if (!isoDate.test(recorded) || !isoDate.test(expires)) {
    return `dates ${recorded} and ${expires}; expected YYYY-MM-DD`;
  }
  const recordedAt = Date.parse(recorded);
  const expiresAt = Date.parse(expires);
  if (Number.isNaN(recordedAt) || Number.isNaN(expiresAt))
    return `dates ${recorded} and ${expires}; expected real days`;
  if (expiresAt <= recordedAt) return `an end on ${expires}, not after its record on ${recorded}`;
  if (expiresAt - recordedAt > longestExceptionDays * dayMs) {
    return `a life from ${recorded} to ${expires}; expected one year at most`;
  }
  // A day's grace for those who live east of Greenwich.
  if (recordedAt > now.getTime() + dayMs) return `a record on ${recorded}, which is still to come`;
  if (reason.trim().length < 20) return `the reason "${reason}"; expected a sentence that says why`;
  if (isExpired(exception, now)) return `an end on ${expires}, which has passed`;
  return undefined;
}

/** `urn:pulumi:<stack>::<project>::<parent types>$<type>::<name>` */
export function urnParts(urn: string): {
  readonly stack: string;
  readonly type: string;
  readonly name: string;
} {
  const [scheme = "", , qualified = "", ...names] = urn.split("::");
  return {
    stack: scheme.slice("urn:pulumi:".length),
    type: qualified.slice(qualified.lastIndexOf("$") + 1),
    name: names.join("::"),
  };
}

export function isAbout(exception: PolicyException, policy: string, urn: string): boolean {
  if (exception.policy !== policy) return false;
  const { stack, type, name } = urnParts(urn);
  return exception.stack === stack && exception.resource === `${type}::${name}`;
}
