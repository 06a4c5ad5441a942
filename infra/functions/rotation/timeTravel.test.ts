import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInAlarm } from "../trust-watch/alarms";
import { actors, playYear, type Outage, type YearOptions } from "./testSupport/year";
import { DAY_MS } from "./testSupport/virtualClock";

/** A year takes seconds: more of them by hand. */
const RUNS = Number(process.env["TIME_TRAVEL_RUNS"] ?? 2);
const LIMIT_MS = 60_000 * (1 + RUNS);

const good: Omit<YearOptions, "outages" | "seed"> = {
  thresholds: {
    certificateLifePercent: 25,
    authorityLifePercent: 25,
    stageCertificateLifePercent: 25,
    secretAgeDays: 75,
  },
  isInAlarm,
};
const play = (outages: readonly Outage[], changes: Partial<YearOptions> = {}) =>
  playYear({ ...good, outages, seed: 1, ...changes });

/** Nothing but the watch works, all the year. */
const nothingWorks: readonly Outage[] = actors
  .filter((actor) => actor !== "watch")
  .map((actor) => ({ actor, fromDay: 0, days: 365 }));

describe("a year of days (B5.2, B6.1)", () => {
  it("in which all works pages about nothing that rotates by itself", async () => {
    const { unnoticed, broken, pagedDays, passed } = await play([]);
    expect({ unnoticed, broken, passed: [...passed] }).toEqual({ unnoticed: [], broken: [], passed: [] });
    // What a person renews pages once it is time, until he has done it; a generation for as long as the old one overlaps.
    expect([...pagedDays.keys()].toSorted()).toEqual(
      ["clients-issuer", "fase-b-staging/pagerduty/integration-key", "services-issuer", "web-app"].toSorted(),
    );
    expect(pagedDays.get("web-app")).toBeLessThanOrEqual(6);
  });

  it("in which nothing works passes every deadline it has, and each was paged about in time", async () => {
    const { unnoticed, broken, passed } = await play(nothingWorks);
    expect({ unnoticed, broken }).toEqual({ unnoticed: [], broken: [] });
    expect(passed.size).toBeGreaterThanOrEqual(10);
  });

  it(
    `with outages of anything at any time, ${RUNS} of them, has nothing that ends unnoticed and no second version in force`,
    async () => {
      const outage = fc.record({
        actor: fc.constantFrom(...actors),
        fromDay: fc.integer({ min: 0, max: 364 }),
        days: fc.integer({ min: 1, max: 200 }),
      });
      const passed = new Set<string>();
      await fc.assert(
        fc.asyncProperty(
          fc.array(outage, { minLength: 2, maxLength: 8 }),
          fc.nat(1_000),
          async (outages, seed) => {
            const year = await play(outages, { seed });
            for (const thing of year.passed) passed.add(thing);
            expect(year.unnoticed).toEqual([]);
            expect(year.broken).toEqual([]);
          },
        ),
        { numRuns: RUNS, seed: 20_261_125, endOnFailure: true },
      );
      // The histories do reach what they are about.
      expect(passed.size).toBeGreaterThanOrEqual(2);
    },
    LIMIT_MS,
  );

  it("is not in order with thresholds that come too late: each is missed where it is the only one", async () => {
    const { unnoticed } = await play(nothingWorks, {
      thresholds: {
        certificateLifePercent: 5,
        authorityLifePercent: 5,
        stageCertificateLifePercent: 2,
        secretAgeDays: 89,
      },
      watch: { graceMs: 30 * DAY_MS, stagedMs: 30 * DAY_MS },
    });
    for (const [threshold, thing] of [
      ["certificateLifePercent", "the client's certificate"],
      ["authorityLifePercent", "the clients' issuer"],
      ["stageCertificateLifePercent", "the stage's certificate"],
      ["secretAgeDays", "90 days of fase-b-staging/pagerduty"],
      ["graceMs and stagedMs", "the edge's certificate"],
    ])
      expect({ threshold, missed: unnoticed.some((each) => each.includes(`: ${thing}`)) }).toEqual({
        threshold,
        missed: true,
      });
  });

  it("is not in order where a number that does not come is no alarm", async () => {
    const { unnoticed } = await play([...nothingWorks, { actor: "watch", fromDay: 0, days: 365 }], {
      isInAlarm: (alarm, value) => value !== undefined && isInAlarm(alarm, value),
    });
    expect(unnoticed.length).toBeGreaterThan(100);
    expect((await play([...nothingWorks, { actor: "watch", fromDay: 0, days: 365 }])).unnoticed).toEqual([]);
  });
});
