/**
 * The time of Madrid, in which the order names its hours. When summer time begins and ends is the runtime's
 * (https://tc39.es/ecma402/#sec-datetimeformat-abstracts), the words are ours: no machine's zone or language is asked.
 */

interface Local {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly zone: "CET" | "CEST";
}

const MADRID = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/Madrid",
  day: "numeric",
  month: "numeric",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
  timeZoneName: "longOffset",
});
const MONTHS =
  "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split(" ");
const DAYS = "domingo lunes martes miércoles jueves viernes sábado".split(" ");

function localOf(atMs: number): Local {
  const parts = Object.fromEntries(MADRID.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = [
    "year",
    "month",
    "day",
    "hour",
    "minute",
    "second",
  ].map((name) => Number(parts[name]));
  const zone = parts["timeZoneName"] === "GMT+02:00" ? "CEST" : "CET";
  return { year, month, day, hour, minute, second, zone };
}

const two = (count: number): string => String(count).padStart(2, "0");

/** `13:00 CET`; seconds where there are some. */
export function clockOf(atMs: number): string {
  const { hour, minute, second, zone } = localOf(atMs);
  return `${two(hour)}:${two(minute)}${second === 0 ? "" : `:${two(second)}`} ${zone}`;
}

/** `jueves 26 de noviembre de 2026` */
export function dayOf(atMs: number): string {
  const { year, month, day } = localOf(atMs);
  const weekday = DAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()] ?? "";
  return `${weekday} ${day} de ${MONTHS[month - 1] ?? ""} de ${year}`;
}

/** `jueves 26 de noviembre de 2026, 13:00 CET` */
export const momentOf = (atMs: number): string => `${dayOf(atMs)}, ${clockOf(atMs)}`;

/** At these hours of Madrid a status is due, in winter as in summer (B7.7). */
export const STATUS_HOURS = [13, 18] as const;
/** So late a status is still that of its hour. */
const GRACE_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** An hour of a day in Madrid. Zones change at night, so the hours of the status come once a day each. */
function instantOf({ year, month, day }: Pick<Local, "year" | "month" | "day">, hour: number): number {
  const summer = Date.UTC(year, month - 1, day, hour - 2);
  return localOf(summer).zone === "CEST" ? summer : Date.UTC(year, month - 1, day, hour - 1);
}

/** The first status that is due at that instant or after it. */
export function statusFrom(atMs: number): number {
  const days = [atMs, atMs + DAY_MS].map(localOf);
  const due = days.flatMap((day) => STATUS_HOURS.map((hour) => instantOf(day, hour)));
  return Math.min(...due.filter((slot) => slot >= atMs));
}

/** The status that is made at that instant: the next one, up to an hour after it was due still that one. */
export const statusOf = (atMs: number): number => statusFrom(atMs - GRACE_MS);

/** `3 h 05 min` */
export function lastingOf(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}
