/**
 * When a schedule of five fields, in UTC, begins something, as Kubernetes reads it. The library that reads the rotations' schedules
 * takes a third of a second for what this does in a millisecond, and every preview asks.
 * https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
 */
const FIELDS = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12 },
  { least: 0, most: 6 },
] as const;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const PART = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/;

/** The values of one field; undefined for what is none. */
function valuesOf(field: string, { least, most }: (typeof FIELDS)[number]): ReadonlySet<number> | undefined {
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const match = PART.exec(part);
    if (match === null) return undefined;
    const [, from, to, step] = match;
    const first = from === undefined ? least : Number(from);
    // `4/12` means from the fourth on.
    const last = to !== undefined ? Number(to) : from === undefined || step !== undefined ? most : first;
    const every = step === undefined ? 1 : Number(step);
    if (first < least || last > most || first > last || every < 1) return undefined;
    for (let value = first; value <= last; value += every) values.add(value);
  }
  return values;
}

/**
 * Every start within some days of a midnight.
 *
 * @returns undefined for what is no schedule
 */
export function startsWithin(schedule: string, midnightMs: number, days: number): number[] | undefined {
  const fields = schedule.split(" ");
  const [minutes, hours, daysOfMonth, months, weekdays] = FIELDS.map((range, i) =>
    valuesOf(fields[i] ?? "", range),
  );
  if (fields.length !== FIELDS.length || !minutes || !hours || !daysOfMonth || !months || !weekdays)
    return undefined;
  // Where both days are said, either will do.
  const either = !fields[2]?.startsWith("*") && !fields[4]?.startsWith("*");
  const starts: number[] = [];
  for (let day = 0; day < days; day += 1) {
    const at = new Date(midnightMs + day * DAY_MS);
    const [inMonth, inWeek] = [daysOfMonth.has(at.getUTCDate()), weekdays.has(at.getUTCDay())];
    if (!months.has(at.getUTCMonth() + 1) || !(either ? inMonth || inWeek : inMonth && inWeek)) continue;
    for (const hour of hours)
      for (const minute of minutes) starts.push(at.getTime() + hour * HOUR_MS + minute * MINUTE_MS);
  }
  return starts.sort((one, other) => one - other);
}
