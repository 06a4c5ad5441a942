import { Cron } from "croner";

/** When a secret is rotated, as Secrets Manager takes it. */
export interface RotationSchedule {
  /** `rate(<n> hours|days)` or `cron(0 <hours> <day of month> <month> <day of week> *)`, in UTC. */
  readonly schedule: string;
  /** The service rotates at any time in a window of so many hours. */
  readonly windowHours: number;
}

const DAY_MS = 86_400_000;
const HOURS_PER_DAY = 24;
/** The service's least. https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html */
const LEAST_HOURS = 4;
const RATE = /^rate\(([1-9]\d{0,3}) (hours?|days?)\)$/;
/** Windows open on the hour, in every year; one of the two days is `?`. */
const CRON =
  /^cron\(0 (?<hours>[\d,*/-]+) (?<dayOfMonth>[\dL?,*/-]+) (?<month>[\dA-Z,*/-]+) (?<dayOfWeek>[1-7A-Z?#,*/-]+) \*\)$/;
/** Weekdays, months and leap days come together in every way within 28 years; none of these is skipped as 2100 is. */
const FROM_MS = Date.UTC(2024, 0, 1);
const TO_MS = Date.UTC(2052, 0, 1);
/** By its name the library would ask for the zone's rules each time. */
const UTC = { utcOffset: 0 } as const;

/** What a schedule means. */
export interface Interval {
  /** Between two openings of the window. */
  readonly shortestHours: number;
  readonly longestHours: number;
  /** The last hour of a day at which a window opens. */
  readonly lastHour: number;
}

/**
 * The shortest and longest time between two openings of the window, computed and not assumed: `cron(0 8 31 * ? *)` leaves
 * out every month without a 31st.
 *
 * @returns undefined for what the service would not take
 */
export function intervalOf(expression: string): Interval | undefined {
  const [, number, unit = ""] = RATE.exec(expression) ?? [];
  if (number !== undefined) {
    const hours = Number(number) * (unit.startsWith("day") ? HOURS_PER_DAY : 1);
    return { shortestHours: hours, longestHours: hours, lastHour: 0 };
  }
  const fields = CRON.exec(expression)?.groups;
  return fields === undefined ? undefined : intervalOfCron(fields as unknown as CronFields);
}

type CronFields = Readonly<Record<"hours" | "dayOfMonth" | "month" | "dayOfWeek", string>>;

function intervalOfCron({ hours, dayOfMonth, month, dayOfWeek }: CronFields): Interval | undefined {
  if ((dayOfMonth === "?") === (dayOfWeek === "?")) return undefined;
  try {
    const opens = hoursOf(stepsFrom(hours, 23));
    const day = (field: string): string => (field === "?" ? "*" : field);
    const days = new Cron(
      `0 0 ${stepsFrom(day(dayOfMonth), 31)} ${stepsFrom(month, 12)} ${weekdaysFromZero(day(dayOfWeek))}`,
      UTC,
    );
    const [firstHour, lastHour] = [opens[0], opens.at(-1)];
    if (firstHour === undefined || lastHour === undefined) return undefined;
    const gaps = opens.slice(1).map((hour, i) => hour - (opens[i] ?? hour));
    for (const dayGap of dayGaps(days)) gaps.push(dayGap * HOURS_PER_DAY - lastHour + firstHour);
    if (gaps.length === 0) return undefined;
    return { shortestHours: Math.min(...gaps), longestHours: Math.max(...gaps), lastHour };
  } catch {
    // Whatever the parser says of a text that it can't read.
    return undefined;
  }
}

/** Every distance in days that occurs between two days that match. */
function dayGaps(days: Cron): ReadonlySet<number> {
  const gaps = new Set<number>();
  let earlierMs: number | undefined;
  for (let ms = FROM_MS; ms < TO_MS; ms += DAY_MS) {
    if (!days.match(new Date(ms))) continue;
    if (earlierMs !== undefined) gaps.add((ms - earlierMs) / DAY_MS);
    earlierMs = ms;
  }
  return gaps;
}

/** The hours of a day that a field means. */
function hoursOf(field: string): readonly number[] {
  const ofOneDay = new Cron(`0 ${field} * * *`, UTC);
  return ofOneDay
    .nextRuns(HOURS_PER_DAY, new Date(FROM_MS - 1))
    .filter((at) => at.getTime() < FROM_MS + DAY_MS)
    .map((at) => at.getUTCHours());
}

/** `4/12` means from the fourth on; the library wants the range's end. */
const stepsFrom = (field: string, last: number): string => field.replace(/(^|,)(\d+)\//g, `$1$2-${last}/`);

/** The service counts weekdays from 1, Sunday; the library from 0. `L` alone is the last day of the week. */
const weekdaysFromZero = (field: string): string =>
  stepsFrom(field === "L" ? "7" : field, 7).replace(/(?<![#/\d])\d/g, (day) => String(Number(day) - 1));

/** The longest that a value can be current: rotated as its window opens, and the next time as the window closes. */
export const longestLifeHours = ({ schedule, windowHours }: RotationSchedule): number | undefined => {
  const interval = intervalOf(schedule);
  return interval === undefined ? undefined : interval.longestHours + windowHours;
};

/** What is wrong with a schedule, in a few words; undefined when the service takes it and it keeps `mostDays`. */
export function scheduleFault(
  { schedule, windowHours }: RotationSchedule,
  mostDays: number,
): { readonly got: string; readonly allowed: string; readonly fix: string } | undefined {
  const interval = intervalOf(schedule);
  if (interval === undefined || interval.shortestHours < LEAST_HOURS) {
    return {
      got: schedule,
      allowed: `rate(<n> hours) from ${LEAST_HOURS} hours, rate(<n> days), or cron(0 <hours> <day of month> <month> <day of week> *) that far apart`,
      fix: "write it as Secrets Manager takes it, e.g. rate(30 days)",
    };
  }
  const longest = interval.longestHours + windowHours;
  if (longest > mostDays * HOURS_PER_DAY) {
    return {
      got: `${schedule}: up to ${showHours(interval.longestHours)} and a window of ${windowHours} h`,
      allowed: `at most ${mostDays} days from one rotation to the next, window included`,
      fix: "rotate more often: months have different lengths, and the window's end counts",
    };
  }
  // It "must not extend into the next rotation window or the next UTC day".
  const roomHours = Math.min(interval.shortestHours, HOURS_PER_DAY - interval.lastHour);
  if (windowHours > roomHours) {
    return {
      got: `a window of ${windowHours} h for ${schedule}`,
      allowed: `at most ${roomHours} h: a window ends before the next one, and with its day (UTC)`,
      fix: "shorten the window, or open it earlier in the day",
    };
  }
  return undefined;
}

const showHours = (hours: number): string =>
  hours % HOURS_PER_DAY === 0 ? `${hours / HOURS_PER_DAY} days` : `${hours} h`;
