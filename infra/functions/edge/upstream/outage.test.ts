import { describe, expect, it } from "vitest";
import { Fleet, type Call, type Health } from "./testSupport/fleet";
import { MemoryBreakerStore } from "./testSupport/memoryStore";
import { settings } from "./testSupport/settings";
import { VirtualTime, seeded } from "./testSupport/virtualTime";

const instances = 8;
const requestsPerSecond = 40;
const outage = { fromMs: 60_000, untilMs: 180_000 };
const endMs = 300_000;
const [failing, healthy] = ["chat-01", "vision-001"];

/**
 * Two upstreams with Poisson arrivals; one of them fails for two minutes.
 *
 * @param onePerInstance as Lambda does it: a request goes to an idle instance, or to a new one. Otherwise to any of eight.
 */
async function simulate(mode: Health, onePerInstance = false) {
  const time = new VirtualTime();
  const store = new MemoryBreakerStore(time);
  const at = (): number => time.nowMs - time.startMs;
  const fleet = new Fleet({
    time,
    store,
    settings,
    seed: 7,
    healthOf: (id) => (id === failing && at() >= outage.fromMs && at() < outage.untilMs ? mode : "well"),
    skewMs: (instance) => (instance % 2) * settings.breaker.clockSkewMs,
  });
  const latest: Call[] = [];
  const idle = (): number => {
    const index = latest.findIndex((each) => each.endMs !== undefined);
    return index === -1 ? latest.length : index;
  };
  for (const upstreamId of [failing, healthy]) {
    const random = seeded(upstreamId.length);
    let atMs = 0;
    for (;;) {
      atMs += (-Math.log(1 - random()) * 1000) / requestsPerSecond;
      if (atMs >= endMs) break;
      const any = Math.floor(random() * instances);
      time.at(time.startMs + Math.round(atMs), () => {
        const instance = onePerInstance ? idle() : any;
        latest[instance] = fleet.call(instance, upstreamId, 6_000);
      });
    }
  }
  await time.run(time.startMs + endMs + 10_000);
  const during = (startMs: number, [fromMs, untilMs]: readonly [number, number]): boolean =>
    startMs >= time.startMs + fromMs && startMs < time.startMs + untilMs;
  return {
    store,
    fleet,
    triesOf: (id: string, span: readonly [number, number]) =>
      fleet.tries.filter((each) => each.upstreamId === id && during(each.startMs, span)),
    callsOf: (id: string, span: readonly [number, number]) =>
      fleet.calls.filter((each) => each.upstreamId === id && during(each.startMs, span)),
  };
}

/** The same arrivals without the outage. */
const calmRun = simulate("well");
const whole = [outage.fromMs, outage.untilMs] as const;

describe.each(["503", "500", "silent", "reset"] as const)(
  "B3.3 B8.7 an upstream that fails for two minutes (%s) among eight instances",
  async (mode) => {
    const { fleet, store, triesOf, callsOf } = await simulate(mode);
    const calm = await calmRun;

    it("is relieved of more than 95 % of its load, finding out included", () => {
      const demand = callsOf(failing, whole).length;
      expect(demand).toBeGreaterThan(4_000);
      expect(triesOf(failing, whole).length).toBeLessThan(demand * 0.05);
    });

    it("is cut off within seconds, and then gets single probes only", () => {
      const later = triesOf(failing, [outage.fromMs + 6_000, outage.untilMs]);
      expect(later.length).toBeGreaterThan(0);
      expect(later.every((each) => each.kind === "probe")).toBe(true);
      expect(later.length).toBeLessThan(20);
    });

    it("has never two probes at once", () => {
      const probes = fleet.tries.filter((each) => each.kind === "probe");
      expect(probes.length).toBeGreaterThan(settings.breaker.successesToClose);
      for (const [index, probe] of probes.entries())
        expect(probe.startMs).toBeGreaterThanOrEqual(index === 0 ? 0 : (probes[index - 1]?.endMs ?? 0));
    });

    it("is let back in: within the longest open period and a little everybody is served", () => {
      const { maximumOpenMs, openJitterRatio, probeLeaseMs } = settings.breaker;
      const backMs = outage.untilMs + maximumOpenMs * (1 + openJitterRatio) + probeLeaseMs;
      const after = callsOf(failing, [backMs, endMs]);
      expect(after.length).toBeGreaterThan(2_000);
      expect(after.every((each) => each.result?.outcome.kind === "answer")).toBe(true);
      expect(store.items.get(failing)?.state).toBe("closed");
    });

    it("leaves the other upstream as it was, to the millisecond", () => {
      const seen = (run: Awaited<ReturnType<typeof simulate>>) =>
        run.callsOf(healthy, [0, endMs]).map((each) => [each.startMs, each.endMs, each.result?.tries]);
      expect(seen({ fleet, store, triesOf, callsOf })).toEqual(seen(calm));
      expect(callsOf(healthy, [0, endMs]).every((each) => each.result?.outcome.kind === "answer")).toBe(true);
    });

    it("gets no more retries than the budget of all instances, and nobody waits beyond the deadline", () => {
      const { ratio, burst } = settings.retry.budget;
      const demand = callsOf(failing, [0, endMs]).length;
      const retries = fleet.calls.reduce((sum, each) => sum + Math.max(0, (each.result?.tries ?? 0) - 1), 0);
      expect(retries).toBeLessThanOrEqual(instances * burst + ratio * demand);
      expect(fleet.calls.filter((each) => each.endMs === undefined || each.endMs > each.deadlineMs)).toEqual(
        [],
      );
    });
  },
);

describe.each(["503", "500", "silent", "reset"] as const)(
  "B3.3 B8.7 an upstream that fails for two minutes (%s) among instances that run one request at a time",
  (mode) => {
    it("is cut off although each instance sees little of it, and the other upstream does not feel it", async () => {
      const [run, calm] = await Promise.all([simulate(mode, true), simulate("well", true)]);
      const demand = run.callsOf(failing, whole).length;
      expect(run.triesOf(failing, whole).length).toBeLessThan(demand * 0.05);
      const p95 = ({ callsOf }: typeof run): number => {
        const tookMs = callsOf(healthy, whole).map((each) => (each.endMs ?? Infinity) - each.startMs);
        return tookMs.sort((a, b) => a - b)[Math.floor(tookMs.length * 0.95)] ?? NaN;
      };
      expect(p95(run)).toBeLessThan(p95(calm) * 1.1);
      expect(run.store.items.get(failing)?.state).toBe("closed");
    });
  },
);

describe("B3.3 while all is well", () => {
  it("the breaker costs no write, and one read an upstream, instance and cacheMs at most", async () => {
    const { store, fleet } = await calmRun;
    expect(store.puts).toBe(0);
    expect(store.gets).toBeLessThanOrEqual((2 * instances * (endMs + 10_000)) / settings.breaker.cacheMs);
    expect(fleet.tries.length).toBe(fleet.calls.length);
  });
});
