import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { intervalOf, longestLifeHours, scheduleFault } from "./schedule";

const DAY = 24;

describe("intervalOf", () => {
  it.each([
    ["rate(4 hours)", 4, 4],
    ["rate(1 day)", DAY, DAY],
    ["rate(30 days)", 30 * DAY, 30 * DAY],
    ["cron(0 8 * * ? *)", DAY, DAY],
    ["cron(0 4/12 * * ? *)", 12, 12],
    ["cron(0 6,9 * * ? *)", 3, 21],
    ["cron(0 8 1 * ? *)", 28 * DAY, 31 * DAY],
    // The months without a 31st are left out: August to October.
    ["cron(0 8 31 * ? *)", 31 * DAY, 61 * DAY],
    ["cron(0 8 L * ? *)", 28 * DAY, 31 * DAY],
    ["cron(0 8 29 2 ? *)", 1461 * DAY, 1461 * DAY],
    ["cron(0 8 1 1/3 ? *)", 90 * DAY, 92 * DAY],
    ["cron(0 8 1 JAN,JUL ? *)", 181 * DAY, 184 * DAY],
    ["cron(0 8 ? * 1 *)", 7 * DAY, 7 * DAY],
    ["cron(0 8 ? * MON-FRI *)", DAY, 3 * DAY],
    ["cron(0 8 ? * 2-6 *)", DAY, 3 * DAY],
    ["cron(0 8 ? * 6#5 *)", 63 * DAY, 119 * DAY],
    ["cron(0 8 ? * 6L *)", 28 * DAY, 35 * DAY],
    ["cron(0 8 ? * L *)", 7 * DAY, 7 * DAY],
  ])("reads %s as every %i to %i hours", (expression, shortestHours, longestHours) => {
    expect(intervalOf(expression)).toMatchObject({ shortestHours, longestHours });
  });

  it("tells the service's Sunday, 1, from its Saturday, 7", () => {
    // Both weekdays meet 29 February on different years; only the right shift keeps weekday names and numbers alike.
    for (const [number, name] of ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"].entries()) {
      expect(intervalOf(`cron(0 8 ? 2 ${number + 1}#5 *)`)).toEqual(intervalOf(`cron(0 8 ? 2 ${name}#5 *)`));
    }
  });

  it.each([
    "rate(0 days)",
    "rate(30 minutes)",
    "rate(30)",
    "every day",
    "cron(30 8 * * ? *)",
    "cron(0 8 * * ? 2027)",
    "cron(0 8 * * * *)",
    "cron(0 8 ? * ? *)",
    "cron(0 25 * * ? *)",
    "cron(0 x * * ? *)",
    "cron(0 8 32 * ? *)",
    "cron(0 8 15W * ? *)",
    "cron(0 8 ? * 8 *)",
    "cron(0 8 30 2 ? *)",
    "",
  ])("takes %j for nothing that the service takes", (expression) => {
    expect(intervalOf(expression)).toBeUndefined();
  });

  it("agrees with a plain walk over the calendar on days of the month", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 31 }), { minLength: 1, maxLength: 4 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 }),
        (days, months) => {
          const matches: number[] = [];
          for (let ms = Date.UTC(2024, 0, 1); ms < Date.UTC(2052, 0, 1); ms += DAY * 3_600_000) {
            const date = new Date(ms);
            if (days.includes(date.getUTCDate()) && months.includes(date.getUTCMonth() + 1)) matches.push(ms);
          }
          const gaps = matches.slice(1).map((ms, i) => (ms - (matches[i] ?? 0)) / 3_600_000);
          const expected =
            gaps.length === 0
              ? undefined
              : { shortestHours: Math.min(...gaps), longestHours: Math.max(...gaps), lastHour: 8 };
          expect(intervalOf(`cron(0 8 ${days.join(",")} ${months.join(",")} ? *)`)).toEqual(expected);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("longestLifeHours", () => {
  it("counts the window: rotated as it opens, and the next time as it closes", () => {
    expect(longestLifeHours({ schedule: "rate(30 days)", windowHours: 4 })).toBe(30 * DAY + 4);
  });
});

describe("scheduleFault", () => {
  const fault = (schedule: string, windowHours = 1) => scheduleFault({ schedule, windowHours }, 90);

  it("takes 89 days and a window of a day, and not an hour more than 90", () => {
    expect(fault("rate(89 days)", 24)).toBeUndefined();
    expect(fault("rate(90 days)", 1)?.got).toBe("rate(90 days): up to 90 days and a window of 1 h");
  });

  it("refuses a quarter, which some are longer than 90 days", () => {
    expect(fault("cron(0 8 1 1/3 ? *)")?.got).toContain("up to 92 days and a window");
  });

  it("refuses what is too often, and what is no schedule", () => {
    expect(fault("rate(3 hours)")?.allowed).toContain("from 4 hours");
    expect(fault("cron(0 6,9 * * ? *)")?.allowed).toContain("from 4 hours");
    expect(fault("monthly")?.got).toBe("monthly");
  });

  it("refuses a window that reaches the next one, or the next day", () => {
    expect(fault("rate(4 hours)", 5)?.allowed).toContain("at most 4 h");
    expect(fault("cron(0 20 * * ? *)", 5)?.allowed).toContain("at most 4 h");
    expect(fault("cron(0 20 * * ? *)", 4)).toBeUndefined();
    expect(fault("rate(30 days)", 25)?.allowed).toContain("at most 24 h");
  });
});
