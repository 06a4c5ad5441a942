import { Cron } from "croner";
import { describe, expect, it } from "vitest";
import { startsWithin } from "./cron";

const DAY_MS = 86_400_000;
const FROM_MS = Date.UTC(2027, 6, 1);

describe("a schedule of five fields", () => {
  it.each([
    "17 1 * * *",
    "*/30 0 * * *",
    "5,35 */6 * * *",
    "0 4 1-7 * *",
    "0 4 * * 1-5",
    "10-20/5 3,15 * 7 *",
    "0 0 13 * 5",
    "59 23 31 * *",
    "0 5 * 8 0",
  ])("begins when another reader of it says: %s", (schedule) => {
    const days = 40;
    const others = new Cron(schedule, { utcOffset: 0 })
      .nextRuns(500, new Date(FROM_MS - 1))
      .map((at) => at.getTime())
      .filter((ms) => ms < FROM_MS + days * DAY_MS);
    expect(startsWithin(schedule, FROM_MS, days)).toEqual(others);
    expect(others.length).toBeGreaterThan(0);
    expect(others.length).toBeLessThan(500);
  });

  it.each([
    "",
    "17 1 * *",
    "17 1 * * * *",
    "60 1 * * *",
    "17 24 * * *",
    "17 1 0 * *",
    "17 1 * 13 *",
    "17 1 * * 7",
    "20-10 1 * * *",
    "17,, 1 * * *",
    "*/0 1 * * *",
    "- 1 * * *",
    "@daily",
  ])("is none: %j", (schedule) => {
    expect(startsWithin(schedule, FROM_MS, 40)).toBeUndefined();
  });
});
