import { beforeEach, describe, expect, it } from "vitest";
import { FailureWindow, claimed, decide, opened, probed } from "./breakerRules";
import type { BreakerItem } from "./breakerStore";
import { CircuitBreaker, type BreakerEvent, type Permit } from "./circuitBreaker";
import { verdictOf, type TryOutcome, type Verdict } from "./outcome";
import { settings as all } from "./testSupport/settings";
import { MemoryBreakerStore, type StoreFault } from "./testSupport/memoryStore";
import { VirtualTime, seeded } from "./testSupport/virtualTime";

const settings = all.breaker;
const id = "chat-01";

let time: VirtualTime;
let fault: StoreFault;
let store: MemoryBreakerStore;
let events: BreakerEvent[];
let tokens: number;

beforeEach(() => {
  time = new VirtualTime();
  fault = "none";
  store = new MemoryBreakerStore(time, () => fault);
  events = [];
  tokens = 0;
});

const newBreaker = (): CircuitBreaker =>
  new CircuitBreaker({
    store,
    settings,
    timing: time.timing(seeded(1)),
    newToken: () => `token-${(tokens += 1)}`,
    observe: (event) => events.push(event),
  });

/** Lets `ms` pass and returns what came of the promise meanwhile. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let done = false;
  void promise.then(() => (done = true));
  await time.run(time.nowMs + ms);
  expect(done, `done within ${ms} ms`).toBe(true);
  return promise;
}

const admit = (breaker: CircuitBreaker) => within(250, breaker.admit(id, Infinity));

async function permit(breaker: CircuitBreaker): Promise<Permit> {
  const admission = await admit(breaker);
  if (admission.kind === "refused") throw new Error(`refused: ${admission.reason}`);
  return admission;
}

const settle = (given: Permit, verdict: Verdict) => within(150, given.settle(verdict, Infinity));

async function calls(breaker: CircuitBreaker, verdicts: readonly Verdict[]): Promise<void> {
  for (const verdict of verdicts) await settle(await permit(breaker), verdict);
}

const open = (breaker: CircuitBreaker) => calls(breaker, Array<Verdict>(5).fill("failure"));
const pass = (ms: number) => time.run(time.nowMs + ms);
const stateOf = (): string => store.items.get(id)?.state ?? "none";

describe("B3.3 what a try says of its upstream", () => {
  const answer = (status: number): TryOutcome => ({
    kind: "answer",
    status,
    headers: {},
    body: Buffer.alloc(0),
  });
  it.each([
    [answer(200), "success"],
    [answer(404), "success"],
    [answer(422), "success"],
    [answer(429), "throttled"],
    [answer(500), "failure"],
    [answer(503), "failure"],
    [{ kind: "timeout", sent: true }, "failure"],
    [{ kind: "timeout", sent: false }, "failure"],
    [{ kind: "connection", reason: "refused", sent: false, stale: false }, "failure"],
    [{ kind: "connection", reason: "reset", sent: true, stale: true }, "none"],
    [{ kind: "tls", reason: "expired" }, "failure"],
    [{ kind: "garbage", reason: "json" }, "failure"],
    [{ kind: "unsendable" }, "none"],
  ] satisfies [TryOutcome, Verdict][])("%j: %s", (outcome, verdict) => {
    expect(verdictOf(outcome)).toBe(verdict);
  });
});

describe("B3.3 an instance's count of calls", () => {
  const start = Date.UTC(2026, 10, 22);

  it("is too high at the number of failures in a row", () => {
    const window = new FailureWindow(settings);
    expect([0, 1, 2, 3, 4].map((second) => window.failed(start + second * 1000))).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
  });

  it("starts over in a row after a success, or when the window has passed since the last failure", () => {
    const window = new FailureWindow({ ...settings, minimumCalls: 1000 });
    for (let second = 0; second < 4; second += 1) window.failed(start + second * 1000);
    window.succeeded(start + 3500);
    expect(window.failed(start + 4000)).toBe(false);
    for (let second = 5; second < 8; second += 1) window.failed(start + second * 1000);
    expect(window.failed(start + 7000 + settings.windowMs + 1)).toBe(false);
  });

  it("is too high at the ratio, from the least number of calls on", () => {
    const window = new FailureWindow({ ...settings, consecutiveFailures: 100 });
    const outcomes = Array.from({ length: 10 }, (_, index) =>
      index % 2 === 0 ? window.succeeded(start + index) : window.failed(start + index),
    );
    expect(outcomes.filter((each) => each !== undefined)).toEqual([false, false, false, false, true]);
  });

  it("forgets what is older than the window", () => {
    const window = new FailureWindow({ ...settings, consecutiveFailures: 100 });
    for (let index = 0; index < 9; index += 1) window.failed(start + index);
    expect(window.failed(start + settings.windowMs + 1000)).toBe(false);
  });
});

describe("B3.3 the breaker's steps", () => {
  const nowMs = Date.UTC(2026, 10, 22);
  const halfOpen = {
    token: "t",
    state: "half-open",
    leaseUntilMs: nowMs + 1,
    successes: 1,
    openings: 2,
  } as const;

  it("make each open period twice the one before, up to the longest, with some chance on top", () => {
    const periods = [1, 2, 3, 4, 50].map((openings) => {
      const step = opened(openings, nowMs, 0, settings);
      return step.state === "open" ? step.untilMs - nowMs : undefined;
    });
    expect(periods).toEqual([5_000, 10_000, 20_000, 20_000, 20_000]);
    expect(opened(1, nowMs, 0.5, settings)).toEqual({ state: "open", untilMs: nowMs + 5_500, openings: 1 });
  });

  it.each([
    ["success", { state: "half-open", successes: 2, openings: 2 }],
    ["failure", { state: "open", untilMs: nowMs + 20_000, openings: 3 }],
    ["throttled", { state: "open", untilMs: nowMs + 10_000, openings: 2 }],
    ["none", { state: "half-open", successes: 1, openings: 2 }],
  ] as const)("after a probe with %s lead to %j", (verdict, step) => {
    expect(probed(halfOpen, verdict, nowMs, 0, settings)).toEqual(step);
    expect(probed({ ...halfOpen, successes: 2 }, "success", nowMs, 0, settings)).toEqual({ state: "closed" });
  });

  it("keep a probe's predecessors' successes when it is claimed", () => {
    expect(claimed(halfOpen, nowMs, settings)).toMatchObject({ successes: 1, leaseUntilMs: nowMs + 3_000 });
  });

  it.each([
    { token: "t", state: "open", openings: 1, untilMs: nowMs + 86_400_000 },
    { token: "t", state: "open", openings: 1, untilMs: NaN },
    { token: "t", state: "half-open", openings: 1, successes: 0, leaseUntilMs: nowMs + 86_400_000 },
  ] satisfies BreakerItem[])(
    "are not held back by an instant that only a wrong clock can have written: %j",
    (item) => {
      expect(decide(item, nowMs, settings).kind).toBe("probe-due");
    },
  );
});

describe("B3.3 the circuit breaker", () => {
  it("lets calls through and writes nothing while all is well; reads once in cacheMs", async () => {
    const breaker = newBreaker();
    for (let call = 0; call < 10; call += 1) await calls(breaker, ["success"]);
    expect([store.gets, store.puts]).toEqual([4, 0]);
  });

  it("is asked earlier for a copy that has to last, and not again when it was", async () => {
    const breaker = newBreaker();
    const half = settings.cacheMs / 2;
    await calls(breaker, ["success"]);
    const before = store.gets;
    await pass(half - 200);
    await within(0, breaker.refresh(id, Infinity, 100));
    expect(store.gets - before).toBe(0);
    await within(250, breaker.refresh(id, Infinity, half + 200));
    expect(store.gets - before).toBe(1);
    await pass(half);
    await calls(breaker, ["success"]);
    expect(store.gets - before).toBe(1);
  });

  it("opens for all instances, who learn it within cacheMs", async () => {
    const [first, second] = [newBreaker(), newBreaker()];
    await calls(second, ["success"]);
    await open(first);
    expect(stateOf()).toBe("open");
    expect(await admit(first)).toMatchObject({ kind: "refused", reason: "open" });
    await pass(settings.cacheMs);
    const refusal = await admit(second);
    expect(refusal).toMatchObject({ kind: "refused", reason: "open" });
    expect(events.filter((each) => each.event === "state")).toEqual([
      { event: "state", upstreamId: id, state: "open", shared: true },
      { event: "state", upstreamId: id, state: "open", shared: true },
    ]);
  });

  it("opens when many instances have seen one failure each, which none of them could have known", async () => {
    for (let instance = 1; instance <= 9; instance += 1) await calls(newBreaker(), ["failure"]);
    expect(store.items.get(id)).toMatchObject({ state: "closed", count: { calls: 9, failures: 9 } });
    await calls(newBreaker(), ["failure"]);
    expect(stateOf()).toBe("open");
  });

  it("adds up failures that many instances report at the same instant", async () => {
    const permits = await Promise.all(Array.from({ length: 2 }, () => permit(newBreaker())));
    await within(300, Promise.all(permits.map((each) => each.settle("failure", Infinity))));
    expect(store.items.get(id)).toMatchObject({ count: { calls: 2, failures: 2 } });
  });

  it("stays closed where failures are few among all calls, each told once", async () => {
    for (let instance = 1; instance <= 5; instance += 1)
      await calls(newBreaker(), ["success", "success", "success", "failure", "success"]);
    // Five instances, each of which told all its calls before its failure but the first one's of long before.
    expect(store.items.get(id)).toMatchObject({ state: "closed", count: { calls: 18, failures: 5 } });
  });

  it("does not let what went well earlier hide that nothing goes well now", async () => {
    const fleet = Array.from({ length: 10 }, newBreaker);
    for (const breaker of fleet) await calls(breaker, Array<Verdict>(10).fill("success"));
    await pass(settings.clockSkewMs + 1);
    for (const breaker of fleet) await calls(breaker, ["failure"]);
    expect(stateOf()).toBe("open");
  });

  it("begins to count anew when the window is over", async () => {
    await calls(newBreaker(), ["failure", "failure"]);
    await pass(settings.windowMs);
    await calls(newBreaker(), ["failure"]);
    expect(store.items.get(id)).toMatchObject({ count: { calls: 1, failures: 1 } });
  });

  it("does not open on 429s or on tries that say nothing", async () => {
    const breaker = newBreaker();
    await calls(breaker, Array<Verdict>(30).fill("throttled"));
    await calls(breaker, Array<Verdict>(30).fill("none"));
    expect(stateOf()).toBe("none");
  });

  it("keeps upstreams apart", async () => {
    const breaker = newBreaker();
    await open(breaker);
    expect((await within(250, breaker.admit("vision-01", Infinity))).kind).toBe("pass");
  });

  it("lets one probe at a time through after the open period, and closes after three that succeed", async () => {
    const [first, second] = [newBreaker(), newBreaker()];
    await open(first);
    await pass(settings.openMs * 1.2);
    for (let round = 1; round <= 3; round += 1) {
      const probe = await permit(first);
      expect(probe).toMatchObject({ kind: "probe", shared: true });
      expect(await admit(first)).toMatchObject({ kind: "refused", reason: "probing" });
      expect(await admit(second)).toMatchObject({ kind: "refused", reason: "probing" });
      await settle(probe, "success");
    }
    expect(stateOf()).toBe("closed");
    expect((await permit(first)).kind).toBe("pass");
    await pass(settings.cacheMs);
    expect((await permit(second)).kind).toBe("pass");
  });

  it("gives the probe to one of two instances that ask at the same instant", async () => {
    const [first, second] = [newBreaker(), newBreaker()];
    await open(first);
    await pass(settings.openMs * 1.2);
    const both = await within(250, Promise.all([first.admit(id, Infinity), second.admit(id, Infinity)]));
    expect(both.map((each) => each.kind).sort()).toEqual(["probe", "refused"]);
  });

  it("opens for longer when a probe fails", async () => {
    const breaker = newBreaker();
    await open(breaker);
    await pass(settings.openMs * 1.2);
    await settle(await permit(breaker), "failure");
    expect(store.items.get(id)).toMatchObject({ state: "open", openings: 2 });
    await pass(settings.openMs * 1.2);
    expect(await admit(breaker)).toMatchObject({ kind: "refused", reason: "open" });
  });

  it("replaces a prober that fell silent once its lease is over, and ignores it when it comes late", async () => {
    const [first, second] = [newBreaker(), newBreaker()];
    await open(first);
    await pass(settings.openMs * 1.2);
    const silent = await permit(first);
    await pass(settings.probeLeaseMs - 500);
    expect(await admit(second)).toMatchObject({ kind: "refused", reason: "probing" });
    await pass(500);
    const next = await permit(second);
    expect(next.kind).toBe("probe");
    await settle(silent, "success");
    expect(store.items.get(id)).toMatchObject({ state: "half-open", successes: 0 });
    await settle(next, "success");
    expect(store.items.get(id)).toMatchObject({ state: "half-open", successes: 1 });
  });

  it("ignores a late prober also when its own instance has begun another probe", async () => {
    const breaker = newBreaker();
    await open(breaker);
    await pass(settings.openMs * 1.2);
    const silent = await permit(breaker);
    await pass(settings.probeLeaseMs);
    expect((await permit(breaker)).kind).toBe("probe");
    await settle(silent, "failure");
    expect(stateOf()).toBe("half-open");
  });

  it("ends a probe before its lease by the difference of the clocks", async () => {
    const breaker = newBreaker();
    await open(breaker);
    await pass(settings.openMs * 1.2);
    const probe = await permit(breaker);
    const item = store.items.get(id);
    const leaseUntilMs = item?.state === "half-open" ? (item.leaseUntilMs ?? 0) : 0;
    expect(probe.finishByMs).toBe(leaseUntilMs - settings.clockSkewMs);
  });

  it("does not open again for calls that began before it closed", async () => {
    const breaker = newBreaker();
    const early: Permit[] = [];
    for (let call = 0; call < 20; call += 1) early.push(await permit(breaker));
    await open(breaker);
    await pass(settings.openMs * 1.2);
    await calls(breaker, ["success", "success", "success"]);
    for (const call of early) await settle(call, "failure");
    expect(stateOf()).toBe("closed");
  });
});

describe("B3.3 the circuit breaker without its store", () => {
  it.each(["reject", "hang", "late"] as const)(
    "works for the instance alone and brings its state back afterwards: %s",
    async (kind) => {
      const [alone, other] = [newBreaker(), newBreaker()];
      fault = kind;
      await open(alone);
      expect(await admit(alone)).toMatchObject({ kind: "refused", reason: "open" });
      expect((await permit(other)).kind).toBe("pass");
      expect(stateOf()).toBe("none");
      expect(events).toContainEqual({ event: "store-failure", upstreamId: id, operation: "get" });
      expect(events).toContainEqual({ event: "state", upstreamId: id, state: "open", shared: false });

      fault = "none";
      await pass(settings.cacheMs);
      await admit(alone);
      expect(stateOf()).toBe("open");
      await pass(settings.cacheMs);
      expect(await admit(other)).toMatchObject({ kind: "refused", reason: "open" });
    },
  );

  it("probes and closes by itself", async () => {
    const breaker = newBreaker();
    fault = "reject";
    await open(breaker);
    await pass(settings.openMs * 1.2);
    const probe = await permit(breaker);
    expect(probe).toMatchObject({ kind: "probe", shared: false });
    expect(await admit(breaker)).toMatchObject({ kind: "refused", reason: "probing" });
    await settle(probe, "success");
    await calls(breaker, ["success", "success"]);
    expect((await permit(breaker)).kind).toBe("pass");
  });

  it("gives way to what others wrote meanwhile", async () => {
    const [alone, other] = [newBreaker(), newBreaker()];
    fault = "reject";
    await open(alone);
    store.items.set(id, { token: "theirs", state: "closed" });
    fault = "none";
    await pass(settings.cacheMs);
    expect((await permit(alone)).kind).toBe("pass");
    expect((await permit(other)).kind).toBe("pass");
    expect(store.items.get(id)?.token).toBe("theirs");
  });

  it("asks a failing store once in cacheMs, so that calls do not queue up behind it", async () => {
    const breaker = newBreaker();
    fault = "hang";
    await admit(breaker);
    const before = store.gets;
    const startMs = time.nowMs;
    for (let call = 0; call < 20; call += 1) {
      const admission = breaker.admit(id, Infinity);
      await time.run(time.nowMs);
      expect((await admission).kind).toBe("pass");
    }
    await within(0, breaker.refresh(id, Infinity, settings.cacheMs));
    expect([store.gets - before, time.nowMs - startMs]).toEqual([0, 0]);
  });

  it("gives the store no time beyond the instant by which an answer is needed", async () => {
    const breaker = newBreaker();
    fault = "hang";
    expect((await within(10, breaker.admit(id, time.nowMs + 10))).kind).toBe("pass");
  });

  it("does not keep a call that shares another's read beyond its own time", async () => {
    const breaker = newBreaker();
    fault = "hang";
    const patient = breaker.admit(id, Infinity);
    expect((await within(10, breaker.admit(id, time.nowMs + 10))).kind).toBe("pass");
    await within(250, patient);
  });

  it("gives a claim no time beyond the instant either, and blames no store for that", async () => {
    const breaker = newBreaker();
    await open(breaker);
    await pass(settings.openMs * 1.2 - 100);
    await within(250, breaker.refresh(id, Infinity));
    fault = "hang";
    await within(10, breaker.admit(id, time.nowMs + 10));
    expect(events.filter((each) => each.event === "store-failure")).toEqual([]);
  });

  it("knows its own write again when a client below it had repeated one that had worked", async () => {
    const breaker = newBreaker();
    const put = store.put.bind(store);
    store.put = async (...args) => {
      await put(...args);
      return put(...args);
    };
    await open(breaker);
    await pass(settings.openMs * 1.2);
    await calls(breaker, ["success", "success", "success"]);
    expect(stateOf()).toBe("closed");
    expect(events.filter((each) => each.event === "store-failure")).toEqual([]);
  });
});
