import { plural } from "../style";
import type { BlockRow, KickOff, PolicyVerdict, State } from "./model";

/** The words for what an audit says, on the terminal and on the page. */

export const SHOWN_STATES: Readonly<Record<State, string>> = {
  met: "met",
  "not-met": "not met",
  unknown: "unknown",
};

export const SHOWN_VERDICTS: Readonly<Record<PolicyVerdict | "excepted", string>> = {
  passed: "passed",
  violated: "violated",
  advisory: "advisory",
  "not-applicable": "not applicable",
  disabled: "disabled",
  excepted: "excepted",
};

export const kickOffText = (kickOff: KickOff): string =>
  kickOff.set
    ? `T+0 is ${instantText(kickOff.at)}, by ${kickOff.letter}`
    : `T+0 is not set: ${kickOff.because}`;

/** `2026-11-26 12:00 UTC`; seconds where there are some. */
export function instantText(iso: string): string {
  const [day = "", time = ""] = iso.split("T");
  const [, minutes = "", rest = ""] = /^(\d\d:\d\d):(\d\d)/.exec(time) ?? [];
  return `${day} ${minutes}${rest === "00" ? "" : `:${rest}`} UTC`;
}

export function blockLine({
  id,
  title,
  owners,
  dueAt,
  dueHours,
  overdue,
  met,
  notMet,
  unknown,
}: BlockRow): string {
  const owner = owners.length === 0 ? "no owner named" : owners.join(", ");
  const due = dueText(dueHours, dueAt, overdue);
  return `${id} ${title}: ${met} of ${plural(met + notMet + unknown, "clause")} met (${owner}${due === "" ? "" : `; ${due}`})`;
}

/** `due 36 h after T+0`, or the instant where T+0 is set. */
export function dueText(hours: number | null, at: string | undefined, overdue: boolean): string {
  if (hours === null) return "";
  return `${overdue ? "overdue since" : "due"} ${at === undefined ? `${hours} h after T+0` : instantText(at)}`;
}
