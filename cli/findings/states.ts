import {
  LONGEST_EXCEPTION_DAYS,
  type Finding,
  type Severity,
} from "../../infra/evidence/record/findings.schema";

const DAY_MS = 86_400_000;

/** The last millisecond of a day in UTC: until then an acceptance holds. */
export const endOfDay = (day: string): number => Date.parse(`${day}T00:00:00.000Z`) + DAY_MS - 1;

export const STATES = ["open", "expired", "accepted", "fixed"] as const;
/** `expired` is open: an acceptance whose day is over. */
export type State = (typeof STATES)[number];

export function stateAt({ status }: Pick<Finding, "status">, nowMs: number): State {
  if (status.state !== "accepted") return status.state;
  return nowMs > endOfDay(status.until) ? "expired" : "accepted";
}

export const isOpen = (finding: Pick<Finding, "status">, nowMs: number): boolean =>
  ["open", "expired"].includes(stateAt(finding, nowMs));

/** How far ahead an acceptance may reach: what is critical has to be mended. */
export const ACCEPTANCE_DAYS = { critical: LONGEST_EXCEPTION_DAYS, other: 366 } as const;

export const acceptanceDays = (severity: Severity): number =>
  severity === "critical" ? ACCEPTANCE_DAYS.critical : ACCEPTANCE_DAYS.other;

/** The last day that a finding of this severity may be accepted until, from this moment on. */
export const lastDay = (severity: Severity, nowMs: number): string =>
  new Date(nowMs + acceptanceDays(severity) * DAY_MS).toISOString().slice(0, 10);
