import { dateInSpanish, inMadrid, twoDigits, type MadridTime } from "../../infra/shared/madrid";

/** The hours of the coordination, in Spanish. */

const DAYS = "domingo lunes martes miércoles jueves viernes sábado".split(" ");

/** `13:00 CET`; seconds where there are some. */
export function clockOf(atMs: number): string {
  const { hour, minute, second, zone } = inMadrid(atMs);
  return `${twoDigits(hour)}:${twoDigits(minute)}${second === 0 ? "" : `:${twoDigits(second)}`} ${zone}`;
}

/** `jueves 26 de noviembre de 2026` */
export function dayOf(atMs: number): string {
  const date = inMadrid(atMs);
  const weekday = DAYS[new Date(Date.UTC(date.year, date.month - 1, date.day)).getUTCDay()] ?? "";
  return `${weekday} ${dateInSpanish(date)}`;
}

/** `jueves 26 de noviembre de 2026, 13:00 CET` */
export const momentOf = (atMs: number): string => `${dayOf(atMs)}, ${clockOf(atMs)}`;

/** At these hours of Madrid a status is due, in winter as in summer (B7.7). */
export const STATUS_HOURS = [13, 18] as const;
/** So late a status is still that of its hour. */
const GRACE_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** An hour of a day in Madrid. Zones change at night, so the hours of the status come once a day each. */
function instantOf({ year, month, day }: Pick<MadridTime, "year" | "month" | "day">, hour: number): number {
  const summer = Date.UTC(year, month - 1, day, hour - 2);
  return inMadrid(summer).zone === "CEST" ? summer : Date.UTC(year, month - 1, day, hour - 1);
}

/** The first status that is due at that instant or after it. */
export function statusFrom(atMs: number): number {
  const days = [atMs, atMs + DAY_MS].map(inMadrid);
  const due = days.flatMap((day) => STATUS_HOURS.map((hour) => instantOf(day, hour)));
  return Math.min(...due.filter((slot) => slot >= atMs));
}

/** The status that is made at that instant: the next one, up to an hour after it was due still that one. */
export const statusOf = (atMs: number): number => statusFrom(atMs - GRACE_MS);

/** `3 h 05 min` */
export function lastingOf(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
}
