import { Cron } from "croner";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { intervalOf, longestHoursOfCronJob } from "../lib/schedules";

const hoursPerDay = 24;
const dayMs = 86_400_000;

/** What another's parser of cron says of the days of 28 years, in which weekdays, months and leap days meet in every way. */
function gapsByCroner(dayOfMonth: string, month: string, dayOfWeek: string): readonly [number, number] {
  const field = (text: string): string => (text === "?" ? "*" : text);
  const cron = new Cron(`0 0 ${field(dayOfMonth)} ${month} ${field(dayOfWeek)}`, { utcOffset: 0 });
  const gaps: number[] = [];
  let before: number | undefined;
  for (let ms = Date.UTC(2024, 0, 1); ms < Date.UTC(2056, 0, 1); ms += dayMs) {
    if (!cron.match(new Date(ms))) continue;
    if (before !== undefined) gaps.push((ms - before) / dayMs);
    before = ms;
  }
  return [Math.min(...gaps), Math.max(...gaps)];
}

const list = (least: number, most: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.integer({ min: least, max: most }), { minLength: 1, maxLength: 4 });

describe("the real interval of a schedule (B6.1)", () => {
  it.each([
    ["rate(30 days)", 720, 720],
    ["rate(1 day)", 24, 24],
    ["rate(12 hours)", 12, 12],
    ["cron(0 8 31 * ? *)", 31 * 24, 61 * 24],
    ["cron(0 8 1 1/3 ? *)", 90 * 24, 92 * 24],
    ["cron(0 8 L * ? *)", 28 * 24, 31 * 24],
    ["cron(0 8 30 * ? *)", 30 * 24, 60 * 24],
    // 2100 is no leap year, so that from one 29 February to the next it can be eight years.
    ["cron(0 8 29 2 ? *)", 1_461 * 24, 2_921 * 24],
    ["cron(0 8 ? * SUN *)", 168, 168],
    ["cron(0 8 ? * 1 *)", 168, 168],
    ["cron(0 8 ? * 2#1 *)", 28 * 24, 35 * 24],
    ["cron(0 8 ? * 6#5 *)", 63 * 24, 119 * 24],
    ["cron(0 0/12 * * ? *)", 12, 12],
    ["cron(0 3,8 * * ? *)", 5, 19],
  ])("%s is %d to %d hours", (schedule, shortest, longest) => {
    expect(intervalOf(schedule)).toMatchObject({ shortest, longest });
  });

  it("is what another parser of cron says of the fifth Friday, which few months have", () => {
    expect(gapsByCroner("?", "*", "5#5")).toEqual([63, 119]);
  });

  it("tells the last hour at which a window opens", () => {
    expect(intervalOf("cron(0 3,22 * * ? *)")?.lastHour).toBe(22);
    expect(intervalOf("rate(1 day)")?.lastHour).toBe(0);
  });

  it("is what another parser of cron says, day for day of a month", () => {
    fc.assert(
      fc.property(list(1, 28), list(1, 12), fc.integer({ min: 0, max: 23 }), (days, months, hour) => {
        const [shortest, longest] = gapsByCroner(days.join(), months.join(), "?");
        expect(intervalOf(`cron(0 ${hour} ${days.join()} ${months.join()} ? *)`)).toEqual({
          shortest: shortest * hoursPerDay,
          longest: longest * hoursPerDay,
          lastHour: hour,
        });
      }),
      { numRuns: 15, seed: 20261126 },
    );
  });

  it("is what another parser of cron says, which counts weekdays from 0", () => {
    fc.assert(
      fc.property(list(1, 7), list(1, 12), (weekdays, months) => {
        const [shortest, longest] = gapsByCroner("?", months.join(), weekdays.map((day) => day - 1).join());
        expect(intervalOf(`cron(0 8 ? ${months.join()} ${weekdays.join()} *)`)).toEqual({
          shortest: shortest * hoursPerDay,
          longest: longest * hoursPerDay,
          lastHour: 8,
        });
      }),
      { numRuns: 15, seed: 20261126 },
    );
  });
});

describe("the longest time between two runs of a CronJob (B2.1)", () => {
  it.each([
    ["17 2 * * *", 24],
    ["17 2,14 * * *", 12],
    ["*/15 * * * *", 0.25],
    ["0 0-12/6 * * *", 12],
    ["17 2 * * 0", 168],
    ["17 2 31 * *", 61 * 24],
    // Either day is enough where both say something.
    ["17 2 13 * 5", 168],
    ["17 2 1-31 * 1", 24],
  ])("%s: %d hours", (schedule, hours) => {
    expect(longestHoursOfCronJob(schedule)).toBe(hours);
  });

  it.each(["@daily", "17 2 * *", "17 2 * * 7", "60 2 * * *", "17 24 * * *", "17 2 30 2 *", "17 2 ? * *", ""])(
    "%j is none",
    (schedule) => {
      expect(longestHoursOfCronJob(schedule)).toBeUndefined();
    },
  );

  it.each(["17 2 13 * 5", "5,50 1-3 1-15/2 * *", "0 3 * 2 1", "30 */5 29 * *", "0 12 */2 * *"])(
    "is what another parser of cron says of %s",
    (schedule) => {
      const cron = new Cron(schedule, { utcOffset: 0 });
      const gaps: number[] = [];
      let before: number | undefined;
      for (const run of cron.nextRuns(2_000, new Date("2024-01-01T00:00:00Z"))) {
        if (before !== undefined) gaps.push((run.getTime() - before) / 3_600_000);
        before = run.getTime();
      }
      expect(longestHoursOfCronJob(schedule)).toBe(Math.max(...gaps));
    },
  );
});
