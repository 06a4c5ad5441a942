import { duplicates, showValue, type Problem } from "../../shared/problem";
import type { ObservabilitySettings } from "../observability.schema";

export type PagerSettings = ObservabilitySettings["pager"];

const DAY_SECONDS = 86_400;

/** Where PagerDuty keeps the account; its hosts differ. https://support.pagerduty.com/main/docs/service-regions */
export const serviceRegionOf = (account: string): "eu" | "us" =>
  account.endsWith(".eu.pagerduty.com") ? "eu" : "us";

/** Where events are sent to, without a slash at its end. */
const eventsUrl = (account: string): string =>
  serviceRegionOf(account) === "eu" ? "https://events.eu.pagerduty.com" : "https://events.pagerduty.com";

/** Where alerts are sent to. https://developer.pagerduty.com/docs/events-api-v2/trigger-events/ */
export const alertEventsUrl = (account: string): string => `${eventsUrl(account)}/v2/enqueue`;

/** Where change events are sent to. https://developer.pagerduty.com/docs/send-change-event */
export const changeEventsUrl = (account: string): string => `${eventsUrl(account)}/v2/change/enqueue`;

/**
 * What a topic subscribes: the address holds the key, so whoever has the one has the other.
 * https://support.pagerduty.com/main/docs/aws-cloudwatch-integration-guide
 */
export const alarmsEndpoint = (account: string, integrationKey: string): string =>
  `${eventsUrl(account)}/integration/${integrationKey}/enqueue`;

/** What a secret of the pager holds, as functions read it. */
export const pagerSecret = (integrationKey: string): string => JSON.stringify({ integrationKey });

/** A person of the pager, who is a role and has no name here. */
export const jobTitle = (id: string): string => {
  const words = id.replaceAll("-", " ");
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
};

/** The one layer of the schedule, with times as PagerDuty takes them. */
export interface Layer {
  /** RFC 3339, with the zone's offset of that day. */
  readonly start: string;
  readonly rotationTurnLengthSeconds: number;
}

export function layerOf({ startsOn, handOverAt, timeZone, turnDays }: PagerSettings["schedule"]): Layer {
  return {
    start: `${startsOn}T${handOverAt}:00${offsetAt(startsOn, handOverAt, timeZone)}`,
    rotationTurnLengthSeconds: turnDays * DAY_SECONDS,
  };
}

/** The offset of a zone at its own local time, e.g. `+01:00`. */
function offsetAt(day: string, time: string, timeZone: string): string {
  const wanted = Date.parse(`${day}T${time}:00Z`);
  // The offset of a moment near by, then that of the moment itself: the clocks may change between the two.
  const first = offsetMinutes(wanted, timeZone);
  const minutes = offsetMinutes(wanted - first * 60_000, timeZone);
  const two = (value: number): string => String(value).padStart(2, "0");
  const size = Math.abs(minutes);
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

function offsetMinutes(atMs: number, timeZone: string): number {
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Error(
      `pager.schedule.timeZone: got ${JSON.stringify(timeZone)}; allowed: a zone of the IANA database; fix: write it like Europe/Madrid`,
      { cause: error },
    );
  }
  const name = format.formatToParts(atMs).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours = "0", minutes = "0"] = /^GMT(?:([+-])(\d{2}):(\d{2}))?$/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/**
 * Why somebody who is named would not be paged, or nobody would. Settings that were not read by the schema reach a component as well, so that
 * what is dangerously empty is asked here too.
 *
 * @param at where the settings stand
 */
export function checkPeople({ people, schedule, escalation }: PagerSettings, at: string): Problem[] {
  const ids = people.map(({ id }) => id);
  const entries = (path: string, values: readonly string[], key = "") =>
    values.map((value, i) => ({ path: `${at}.${path}[${i}]${key}`, value }));
  const turns = entries("schedule.turns", schedule.turns);
  const then = entries("escalation.then", escalation.then);
  const empty = (path: string, list: readonly unknown[]): Problem[] =>
    list.length > 0
      ? []
      : [
          {
            path: `${at}.${path}`,
            got: "nobody",
            allowed: "at least one person to page",
            fix: "name who is on call: an alert that nobody gets is none",
          },
        ];
  return [
    ...empty("people", people),
    ...empty("schedule.turns", turns),
    ...empty("escalation.then", then),
    ...duplicates(entries("people", ids, ".id"), "an id that no other person has"),
    ...duplicates(
      entries(
        "people",
        people.map(({ email }) => email.toLowerCase()),
        ".email",
      ),
      "an address that no other person has",
    ),
    ...[...turns, ...then].flatMap(({ path, value }) =>
      ids.includes(value)
        ? []
        : [
            {
              path,
              got: showValue(value),
              allowed: `the id of one of pager.people: ${ids.join(", ")}`,
              fix: "correct the id, or list the person with an address",
            },
          ],
    ),
    ...duplicates(turns, "each person once"),
    ...duplicates(then, "each person once"),
  ];
}
