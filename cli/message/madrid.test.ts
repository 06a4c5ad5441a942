import { describe, expect, it } from "vitest";
import { clockOf, dayOf, lastingOf, momentOf, statusFrom, statusOf, STATUS_HOURS } from "./madrid";

const at = (iso: string): number => Date.parse(iso);
const isoOf = (ms: number): string => new Date(ms).toISOString().replace(".000Z", "Z");

describe("the time of Madrid (B7.7)", () => {
  it.each([
    ["2026-03-29T00:59:59Z", "domingo 29 de marzo de 2026, 01:59:59 CET"],
    ["2026-03-29T01:00:00Z", "domingo 29 de marzo de 2026, 03:00 CEST"],
    ["2026-10-25T00:59:59Z", "domingo 25 de octubre de 2026, 02:59:59 CEST"],
    ["2026-10-25T01:00:00Z", "domingo 25 de octubre de 2026, 02:00 CET"],
    ["2026-12-31T23:30:00Z", "viernes 1 de enero de 2027, 00:30 CET"],
    ["2028-02-29T12:00:00Z", "martes 29 de febrero de 2028, 13:00 CET"],
  ])("at %s is %s", (instant, said) => {
    expect(momentOf(at(instant))).toBe(said);
  });

  it("tells a lasting in hours and minutes", () => {
    expect([0, 59_999, 3_600_000 + 5 * 60_000, 48 * 3_600_000].map(lastingOf)).toEqual([
      "0 h 00 min",
      "0 h 00 min",
      "1 h 05 min",
      "48 h 00 min",
    ]);
  });
});

describe("the hours of the status (B7.7)", () => {
  it.each([
    ["in winter", "2026-11-26T09:00:00Z", "2026-11-26T12:00:00Z", "2026-11-26T17:00:00Z"],
    ["in summer", "2026-07-01T09:00:00Z", "2026-07-01T11:00:00Z", "2026-07-01T16:00:00Z"],
    ["before the clock goes forward", "2026-03-28T08:00:00Z", "2026-03-28T12:00:00Z", "2026-03-28T17:00:00Z"],
    [
      "on the day when it goes forward",
      "2026-03-28T23:30:00Z",
      "2026-03-29T11:00:00Z",
      "2026-03-29T16:00:00Z",
    ],
    ["before it goes back", "2026-10-23T22:30:00Z", "2026-10-24T11:00:00Z", "2026-10-24T16:00:00Z"],
    ["on the day when it goes back", "2026-10-24T22:30:00Z", "2026-10-25T12:00:00Z", "2026-10-25T17:00:00Z"],
    ["over a new year", "2026-12-31T18:00:00Z", "2027-01-01T12:00:00Z", "2027-01-01T17:00:00Z"],
  ])("%s are 13:00 and 18:00 in Madrid", (_when, now, first, second) => {
    const one = statusFrom(at(now));
    expect([isoOf(one), isoOf(statusFrom(one + 1))]).toEqual([first, second]);
  });

  it("are two a day, at their hours, through two years and their four changes", () => {
    const zones = new Map<string, number>();
    let slot = statusFrom(at("2026-01-01T00:00:00Z"));
    for (let count = 0; count < 2 * 730; count += 1) {
      const hour = STATUS_HOURS[count % 2];
      expect(clockOf(slot)).toMatch(new RegExp(`^${hour}:00 CES?T$`));
      expect(dayOf(slot)).toBe(dayOf(at("2026-01-01T12:00:00Z") + Math.floor(count / 2) * 86_400_000));
      zones.set(clockOf(slot), (zones.get(clockOf(slot)) ?? 0) + 1);
      slot = statusFrom(slot + 1);
    }
    // Summer time takes 31 weeks of 2026 and of 2027: 29 March to 24 October, 28 March to 30 October.
    expect(Object.fromEntries(zones)).toEqual({
      "13:00 CET": 303,
      "18:00 CET": 303,
      "13:00 CEST": 427,
      "18:00 CEST": 427,
    });
  });

  it("are those of a message until an hour has passed", () => {
    const slot = "2026-11-26T12:00:00Z";
    for (const now of ["2026-11-25T18:00:01Z", "2026-11-26T11:45:00Z", slot, "2026-11-26T13:00:00Z"])
      expect([now, isoOf(statusOf(at(now)))]).toEqual([now, slot]);
    expect(isoOf(statusOf(at("2026-11-26T13:00:01Z")))).toBe("2026-11-26T17:00:00Z");
    expect(isoOf(statusOf(at("2026-11-26T18:00:01Z")))).toBe("2026-11-27T12:00:00Z");
  });
});
