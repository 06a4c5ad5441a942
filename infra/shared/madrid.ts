/**
 * The time of Madrid, in which the order names its hours, in Spanish. When summer time begins and ends is the runtime's
 * (https://tc39.es/ecma402/#sec-datetimeformat-abstracts), the words are ours: no machine's zone or language is asked.
 */

export interface MadridTime {
  readonly year: number;
  /** From 1. */
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

/** What clocks in Madrid show, to the second. */
export function inMadrid(atMs: number): MadridTime {
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

/** `26 de noviembre de 2026` */
export const dateInSpanish = ({ day, month, year }: Pick<MadridTime, "day" | "month" | "year">): string =>
  `${day} de ${MONTHS[month - 1] ?? ""} de ${year}`;

export const twoDigits = (count: number): string => String(count).padStart(2, "0");
