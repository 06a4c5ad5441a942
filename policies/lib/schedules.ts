/**
 * How long it really is from one opening of a schedule's window to the next.
 *
 * Months have different lengths and some lack a 31st, so that a schedule that reads like "monthly" may leave out two of
 * three. Days and weekdays come together in every way within 400 years, after which the calendar repeats: all of them are
 * looked at. https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */

/** In hours. */
export interface Interval {
  readonly shortest: number;
  readonly longest: number;
  /** The last hour of a day at which a window opens. */
  readonly lastHour: number;
}

const hoursPerDay = 24;
const months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
/** From 1, Sunday. */
const weekdays = "SUN MON TUE WED THU FRI SAT".split(" ");

/** What a field lets through: all of it is between `least` and `most`. */
interface Field {
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const numberOf = (value: string, { least, most, names = [] }: Field): number | undefined => {
  const named = names.indexOf(value);
  const number = named >= 0 ? named + 1 : /^\d{1,2}$/.test(value) ? Number(value) : Number.NaN;
  return number >= least && number <= most ? number : undefined;
};

/** The numbers that an item such as `3`, `MON-FRI`, `1/3` or `*` means; `undefined` for what is none. */
function itemOf(item: string, field: Field): readonly number[] | undefined {
  const [range = "", step, ...more] = item.split("/");
  const [from = "", to, ...further] = range.split("-");
  if (more.length > 0 || further.length > 0) return undefined;
  const first = from === "*" && to === undefined ? field.least : numberOf(from, field);
  const last =
    to !== undefined
      ? numberOf(to, field)
      : from === "*" || step !== undefined
        ? field.most
        : numberOf(from, field);
  const by = step === undefined ? 1 : /^[1-9]\d?$/.test(step) ? Number(step) : undefined;
  if (first === undefined || last === undefined || by === undefined || first > last) return undefined;
  return Array.from({ length: Math.floor((last - first) / by) + 1 }, (_, at) => first + at * by);
}

function numbersOf(text: string, field: Field): ReadonlySet<number> | undefined {
  const items = text.split(",").map((item) => itemOf(item, field));
  return items.includes(undefined) ? undefined : new Set(items.flatMap((item) => item ?? []));
}

/** A day of the calendar. */
interface Day {
  readonly day: number;
  /** How many days its month has. */
  readonly length: number;
  /** 1 is Sunday. */
  readonly weekday: number;
}

type Matches = (day: Day) => boolean;

function daysOfMonth(text: string): Matches | undefined {
  if (text === "L") return ({ day, length }) => day === length;
  const days = numbersOf(text, { least: 1, most: 31 });
  return days && (({ day }) => days.has(day));
}

function daysOfWeek(text: string): Matches | undefined {
  const field = { least: 1, most: 7, names: weekdays };
  if (text === "L") return ({ weekday }) => weekday === 7;
  const [, named, nth] = /^(\w+)#([1-5])$/.exec(text) ?? [];
  if (named !== undefined) {
    const wanted = numberOf(named, field);
    return wanted === undefined
      ? undefined
      : ({ day, weekday }) => weekday === wanted && Math.ceil(day / 7) === Number(nth);
  }
  const days = numbersOf(text, field);
  return days && (({ weekday }) => days.has(weekday));
}

const lengthOf = (year: number, month: number): number =>
  month === 2
    ? (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
      ? 29
      : 28
    : [4, 6, 9, 11].includes(month)
      ? 30
      : 31;

/** The days of a year that match, counted from its first; `today` is the first, counted from that of 2000. */
function daysOfYear(
  year: number,
  today: number,
  inMonth: ReadonlySet<number>,
  matches: Matches,
): readonly number[] {
  const found: number[] = [];
  let start = 0;
  for (let month = 1; month <= 12; month += 1) {
    const length = lengthOf(year, month);
    for (let day = 1; inMonth.has(month) && day <= length; day += 1) {
      const at = start + day - 1;
      // The first of January 2000 was a Saturday.
      if (matches({ day, length, weekday: ((today + at + 6) % 7) + 1 })) found.push(at);
    }
    start += length;
  }
  return found;
}

/** The shortest and the longest distance in days between two days that match; `undefined` where none does. */
function gapsBetween(inMonth: ReadonlySet<number>, matches: Matches): readonly [number, number] | undefined {
  let [today, first, before] = [0, -1, -1];
  let [shortest, longest] = [Number.POSITIVE_INFINITY, 0];
  const gap = (days: number): void => {
    shortest = Math.min(shortest, days);
    longest = Math.max(longest, days);
  };
  // Of 400 years there are 14 kinds: leap or not, by the weekday on which they begin.
  const kinds = new Map<string, readonly number[]>();
  for (let year = 2000; year < 2400; year += 1) {
    const length = 337 + lengthOf(year, 2);
    const kind = `${length} ${today % 7}`;
    let days = kinds.get(kind);
    if (!days) {
      days = daysOfYear(year, today, inMonth, matches);
      kinds.set(kind, days);
      // Within a year of this kind: once for all of them.
      days.slice(1).forEach((day, at) => gap(day - (days?.[at] ?? day)));
    }
    const [earliest, latest] = [days[0], days[days.length - 1]];
    if (earliest !== undefined && latest !== undefined) {
      if (before >= 0) gap(today + earliest - before);
      else first = today + earliest;
      before = today + latest;
    }
    today += length;
  }
  if (first < 0) return undefined;
  // From the last of these years to the first of the next ones.
  gap(today - before + first);
  return [shortest, longest];
}

function ofCron(fields: readonly string[]): Interval | undefined {
  const [minutes, hours = "", dayOfMonth = "", month = "", dayOfWeek = "", year, ...more] = fields;
  // Windows open on the hour, in every year, and only one of the two days says which.
  if (minutes !== "0" || year !== "*" || more.length > 0 || (dayOfMonth === "?") === (dayOfWeek === "?")) {
    return undefined;
  }
  const opens = [...(numbersOf(hours, { least: 0, most: 23 }) ?? [])].sort((one, other) => one - other);
  const inMonth = numbersOf(month, { least: 1, most: 12, names: months });
  const matches = dayOfMonth === "?" ? daysOfWeek(dayOfWeek) : daysOfMonth(dayOfMonth);
  const days = inMonth && matches && gapsBetween(inMonth, matches);
  const [firstHour, lastHour] = [opens[0], opens[opens.length - 1]];
  if (days === undefined || firstHour === undefined || lastHour === undefined) return undefined;
  const overnight = days.map((gap) => gap * hoursPerDay - lastHour + firstHour);
  const gaps = [...overnight, ...opens.slice(1).map((hour, at) => hour - (opens[at] ?? hour))];
  return { shortest: Math.min(...gaps), longest: Math.max(...gaps), lastHour };
}

/**
 * The longest time, in hours, from one run of a Kubernetes CronJob to the next: five fields, in its own time zone; `undefined` for what the
 * controller would not take. Where both days say something, either is enough; a step is something said.
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
export function longestHoursOfCronJob(expression: string): number | undefined {
  const [minutes = "", hours = "", dayOfMonth = "", month = "", dayOfWeek = "", ...more] =
    expression.split(" ");
  const times = [...(numbersOf(hours, { least: 0, most: 23 }) ?? [])].flatMap((hour) =>
    [...(numbersOf(minutes, { least: 0, most: 59 }) ?? [])].map((minute) => hour * 60 + minute),
  );
  const inMonth = numbersOf(month, { least: 1, most: 12 });
  const [ofMonth, ofWeek] = [
    numbersOf(dayOfMonth, { least: 1, most: 31 }),
    numbersOf(dayOfWeek, { least: 0, most: 6 }),
  ];
  if (more.length > 0 || times.length === 0 || !inMonth || !ofMonth || !ofWeek) return undefined;
  const either = !dayOfMonth.startsWith("*") && !dayOfWeek.startsWith("*");
  const days = gapsBetween(inMonth, ({ day, weekday }) => {
    const [one, other] = [ofMonth.has(day), ofWeek.has(weekday - 1)];
    return either ? one || other : one && other;
  });
  if (days === undefined) return undefined;
  const sorted = times.sort((one, other) => one - other);
  const [first = 0, last = 0] = [sorted[0], sorted[sorted.length - 1]];
  const within = sorted.slice(1).map((time, at) => time - (sorted[at] ?? time));
  return Math.max(days[1] * hoursPerDay * 60 - last + first, ...within) / 60;
}

/** A stack has one schedule for a thousand secrets: each is computed once. */
const known = new Map<string, Interval | undefined>();

/** What `rate(…)` or `cron(…)` means, in UTC; `undefined` for what the service would not take. */
export function intervalOf(expression: string): Interval | undefined {
  if (!known.has(expression)) known.set(expression, read(expression));
  return known.get(expression);
}

function read(expression: string): Interval | undefined {
  const [, number, unit] = /^rate\(([1-9]\d{0,3}) (hour|day)s?\)$/.exec(expression) ?? [];
  if (number !== undefined) {
    const hours = Number(number) * (unit === "day" ? hoursPerDay : 1);
    return { shortest: hours, longest: hours, lastHour: 0 };
  }
  const [, fields] = /^cron\(([^()]+)\)$/.exec(expression) ?? [];
  return fields === undefined ? undefined : ofCron(fields.split(" "));
}
