import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fleet, type Health, type SentTry } from "./testSupport/fleet";
import { MemoryBreakerStore, type StoreFault } from "./testSupport/memoryStore";
import { settings } from "./testSupport/settings";
import { VirtualTime, seeded } from "./testSupport/virtualTime";

const { retry, breaker } = settings;
const upstreamId = "chat-01";
const troubleMs = 60_000;
/** From the end of all trouble: the longest open period, a dead prober's lease, and the probes that close it. */
const recoveryMs = breaker.maximumOpenMs * (1 + breaker.openJitterRatio) + 3 * breaker.probeLeaseMs;
const servedMs = 10_000;

const span = <T>(value: fc.Arbitrary<T>) =>
  fc.record({ fromMs: fc.nat(troubleMs), lengthMs: fc.integer({ min: 1, max: 30_000 }), value });

const schedule = fc.record({
  seed: fc.nat(),
  instances: fc.integer({ min: 1, max: 5 }),
  requestsPerSecond: fc.integer({ min: 1, max: 12 }),
  /** The calls' time, one after the other, over and over. */
  allowedMs: fc.array(fc.integer({ min: 100, max: 6_000 }), { minLength: 1, maxLength: 5 }),
  /** By instance; any two differ by what the settings allow at most. */
  skewMs: fc.array(fc.integer({ min: 0, max: breaker.clockSkewMs }), { minLength: 5, maxLength: 5 }),
  upstream: fc.array(span(fc.constantFrom<Health>("503", "500", "429", "silent", "reset")), { maxLength: 4 }),
  store: fc.array(span(fc.constantFrom<StoreFault>("reject", "hang", "lost", "late")), { maxLength: 3 }),
  crashes: fc.array(fc.nat(troubleMs), { maxLength: 6 }),
  /** The probes, by their number, whose prober dies as it sends. */
  fatalProbes: fc.uniqueArray(fc.nat(8), { maxLength: 6 }),
});
type Schedule = typeof schedule extends fc.Arbitrary<infer T> ? T : never;

async function play(given: Schedule) {
  const time = new VirtualTime();
  const at = (): number => time.nowMs - time.startMs;
  const current = <T>(spans: readonly { fromMs: number; lengthMs: number; value: T }[], calm: T): T =>
    spans.find((each) => at() < troubleMs && at() >= each.fromMs && at() < each.fromMs + each.lengthMs)
      ?.value ?? calm;
  const store = new MemoryBreakerStore(time, () => current<StoreFault>(given.store, "none"));
  let probes = 0;
  // An instance that dies is followed by a new one with the same clock.
  let born = given.instances;
  const alive = Array.from({ length: given.instances }, (_, index) => index);
  const replace = (instance: number): void => {
    const place = alive.indexOf(instance);
    if (place === -1) return;
    fleet.kill(instance);
    alive[place] = born;
    born += 1;
  };
  const fleet: Fleet = new Fleet({
    time,
    store,
    settings,
    seed: given.seed,
    healthOf: () => current<Health>(given.upstream, "well"),
    skewMs: (instance) => given.skewMs[instance % 5] ?? 0,
    onProbe: (sent) => {
      if (given.fatalProbes.includes(probes) && at() < troubleMs) replace(sent.instance);
      probes += 1;
    },
  });
  const random = seeded(given.seed);
  for (const crashMs of given.crashes)
    time.at(time.startMs + crashMs, () => replace(alive[Math.floor(random() * alive.length)] ?? 0));
  const untilMs = troubleMs + recoveryMs + servedMs;
  for (let atMs = 0; atMs < untilMs; atMs += (-Math.log(1 - random()) * 1000) / given.requestsPerSecond) {
    time.at(time.startMs + Math.round(atMs), () => {
      const allowedMs = given.allowedMs[fleet.calls.length % given.allowedMs.length] ?? 0;
      fleet.call(
        alive[Math.floor(random() * alive.length)] ?? 0,
        upstreamId,
        at() < troubleMs ? allowedMs : 6_000,
      );
    });
  }
  await time.run(time.startMs + untilMs + 10_000);
  return { time, fleet, alive, store };
}

const overlapping = (tries: readonly SentTry[]): SentTry[] =>
  tries.filter((each, index) => tries.slice(0, index).some((earlier) => earlier.endMs > each.startMs));

describe("B3.3 on any schedule of outages, store failures, crashes and wrong clocks", () => {
  it("probes never meet, deadlines and budgets hold, and an upstream that is well is let back in", async () => {
    let seenProbes = 0;
    let seenLonely = 0;
    await fc.assert(
      fc.asyncProperty(schedule, async (given) => {
        const { time, fleet, alive } = await play(given);
        const probes = fleet.tries.filter((each) => each.kind === "probe");
        seenProbes += probes.length;

        // One probe of all instances at once; one of its own for each instance that the store does not answer.
        expect(overlapping(probes.filter((each) => each.shared))).toEqual([]);
        const lonely = probes.filter((each) => !each.shared);
        seenLonely += lonely.length;
        for (const instance of new Set(lonely.map((each) => each.instance)))
          expect(overlapping(lonely.filter((each) => each.instance === instance))).toEqual([]);

        // Everybody alive answers in time, and no try starts that cannot finish.
        const late = fleet.calls.filter((each) =>
          each.endMs === undefined ? alive.includes(each.instance) : each.endMs > each.deadlineMs,
        );
        expect(late).toEqual([]);
        expect(fleet.tries.filter((each) => each.timeoutMs < retry.minimumTryMs)).toEqual([]);

        for (const instance of new Set(fleet.calls.map((each) => each.instance))) {
          const calls = fleet.calls.filter((each) => each.instance === instance && each.result !== undefined);
          const retries = calls.reduce((sum, each) => sum + Math.max(0, (each.result?.tries ?? 0) - 1), 0);
          const requests = fleet.calls.filter((each) => each.instance === instance).length;
          expect(retries).toBeLessThanOrEqual(retry.budget.burst + retry.budget.ratio * requests + 1e-9);
        }

        const last = fleet.calls.filter((each) => each.startMs >= time.startMs + troubleMs + recoveryMs);
        expect(last.filter((each) => each.result?.outcome.kind !== "answer")).toEqual([]);
      }),
      { numRuns: 100, seed: 20261122 },
    );
    // The schedules reached what the properties are about.
    expect(seenProbes).toBeGreaterThan(200);
    expect(seenLonely).toBeGreaterThan(20);
  });
});
