import { describe, expect, it } from "vitest";
import { callUpstream, type Upstream } from "./callUpstream";
import type { Permit, Refusal } from "./circuitBreaker";
import type { UpstreamRequest } from "./httpsSender";
import type { TryOutcome, Verdict } from "./outcome";
import { RetryBudget } from "./retryPolicy";
import { settings } from "./testSupport/settings";
import { VirtualTime } from "./testSupport/virtualTime";
import { upstreamSettings } from "./upstream.schema";

const request: UpstreamRequest = {
  method: "POST",
  path: "/",
  headers: {},
  body: Buffer.alloc(0),
  correlationId: "c",
  idempotencyKey: '"k"',
};
const answer = (status: number, headers = {}): TryOutcome => ({
  kind: "answer",
  status,
  headers,
  body: Buffer.alloc(0),
});
const refused: Refusal = { kind: "refused", reason: "open", retryAfterMs: 4_000 };

interface Script {
  /** What each try comes to, and how long it takes. */
  readonly tries: readonly (readonly [TryOutcome, tookMs: number])[];
  readonly admissions?: readonly (Refusal | { readonly kind: "pass" | "probe"; readonly forMs: number })[];
  readonly admitMs?: number;
  readonly deadlineMs?: number;
  readonly change?: Partial<UpstreamRequest>;
}

async function call(script: Script) {
  const time = new VirtualTime();
  const timing = time.timing(() => 0.5);
  const timeouts: number[] = [];
  const verdicts: Verdict[] = [];
  let asked = 0;
  const upstream: Upstream = {
    id: "chat-01",
    settings,
    timing,
    budget: new RetryBudget(settings.retry.budget),
    send: async (_, timeoutMs) => {
      const [outcome, tookMs] = script.tries[timeouts.length] ?? [answer(200), 0];
      timeouts.push(timeoutMs);
      await timing.sleep(tookMs);
      return outcome;
    },
    breaker: {
      admit: async (): Promise<Refusal | Permit> => {
        const admission = script.admissions?.[asked] ?? { kind: "pass", forMs: Infinity };
        asked += 1;
        await timing.sleep(script.admitMs ?? 0);
        if (admission.kind === "refused") return admission;
        return {
          kind: admission.kind,
          shared: true,
          finishByMs: time.nowMs + admission.forMs,
          settle: (verdict) => Promise.resolve(void verdicts.push(verdict)),
        };
      },
    },
  };
  const result = callUpstream(
    upstream,
    { ...request, ...script.change },
    time.nowMs + (script.deadlineMs ?? 10_000),
  );
  let tookMs = -1;
  void result.then(() => (tookMs = time.nowMs - time.startMs));
  await time.run(time.startMs + 60_000);
  return { ...(await result), timeouts, verdicts, asked, tookMs };
}

describe("B3.3 a call upstream", () => {
  it("is one try when that goes well", async () => {
    expect(await call({ tries: [[answer(200), 30]] })).toMatchObject({
      outcome: { status: 200 },
      tries: 1,
      stopped: "done",
      verdicts: ["success"],
      tookMs: 30,
    });
  });

  it("tries again after a jittered wait, and tells the breaker of each try", async () => {
    expect(
      await call({
        tries: [
          [answer(503), 10],
          [answer(429), 10],
          [answer(200), 10],
        ],
      }),
    ).toMatchObject({
      outcome: { status: 200 },
      tries: 3,
      verdicts: ["failure", "throttled", "success"],
      tookMs: 10 + 50 + 10 + 100 + 10,
    });
  });

  it("without a key is one try, unless nothing was sent", async () => {
    const change = { idempotencyKey: undefined };
    expect(await call({ change, tries: [[answer(503), 10]] })).toMatchObject({
      tries: 1,
      stopped: "not-safe",
    });
    const unsent: TryOutcome = { kind: "connection", reason: "refused", sent: false, stale: false };
    expect(await call({ change, tries: [[unsent, 1]] })).toMatchObject({
      tries: 2,
      outcome: { status: 200 },
    });
  });

  it.each<[boolean, string, TryOutcome]>([
    [true, "an answer", answer(500)],
    [true, "garbage", { kind: "garbage", reason: "json" }],
    [true, "silence", { kind: "timeout", sent: true }],
    [true, "a broken connection", { kind: "connection", reason: "reset", sent: true, stale: true }],
    [false, "no connection", { kind: "connection", reason: "name", sent: false, stale: false }],
    [false, "no connection in time", { kind: "timeout", sent: false }],
    [false, "a refused certificate", { kind: "tls", reason: "name" }],
    [false, "a request that cannot be written", { kind: "unsendable" }],
  ])("says %s of whether anything was sent: %s", async (sent, _, outcome) => {
    const each = [outcome, 1] as const;
    expect(await call({ tries: [each, each, each] })).toMatchObject({ sent });
    // Once sent, always sent.
    const before = [{ kind: "timeout", sent: true }, 1] as const;
    expect(await call({ tries: [before, each, each] })).toMatchObject({ sent: true });
  });

  it("says that nothing was sent without a try", async () => {
    expect(await call({ tries: [], admissions: [refused] })).toMatchObject({ sent: false });
    expect(await call({ tries: [], deadlineMs: 1 })).toMatchObject({ sent: false, tries: 0 });
  });

  it("is refused at once while the breaker is open, and says when to come back", async () => {
    expect(await call({ tries: [], admissions: [refused] })).toMatchObject({
      outcome: refused,
      tries: 0,
      stopped: "breaker",
      tookMs: 0,
    });
  });

  it("ends with the last answer when the breaker opens between two tries", async () => {
    const admissions = [{ kind: "pass", forMs: Infinity } as const, refused];
    expect(await call({ tries: [[answer(503), 10]], admissions })).toMatchObject({
      outcome: { status: 503 },
      tries: 1,
      stopped: "breaker",
    });
  });

  it("gives a try its own time-out, and less when the deadline or a probe's lease is nearer", async () => {
    expect((await call({ tries: [[answer(200), 1]] })).timeouts).toEqual([2_000]);
    expect((await call({ tries: [[answer(200), 1]], deadlineMs: 1_000 })).timeouts).toEqual([900]);
    const admissions = [{ kind: "probe", forMs: 700 } as const];
    expect((await call({ tries: [[answer(200), 1]], admissions })).timeouts).toEqual([700]);
  });

  it("starts no try that cannot finish before the deadline, and does not trouble the store for it", async () => {
    expect(await call({ tries: [], deadlineMs: 399 })).toMatchObject({
      outcome: { kind: "no-time" },
      tries: 0,
      asked: 0,
      stopped: "deadline",
    });
    expect(await call({ tries: [[answer(200), 1]], deadlineMs: 400 })).toMatchObject({ tries: 1 });
  });

  it("gives its permit back when asking for it took the time that was left", async () => {
    expect(await call({ tries: [], deadlineMs: 500, admitMs: 150 })).toMatchObject({
      outcome: { kind: "no-time" },
      tries: 0,
      verdicts: ["none"],
      stopped: "deadline",
    });
  });

  it("does not wait for a Retry-After beyond its deadline", async () => {
    const later = answer(503, { "retry-after": "60" });
    expect(await call({ tries: [[later, 10]] })).toMatchObject({ tries: 1, stopped: "deadline", tookMs: 10 });
  });
});

describe("the settings of an upstream", () => {
  const changed = (part: "retry" | "breaker", change: object): string[] => {
    const result = upstreamSettings.safeParse({ ...settings, [part]: { ...settings[part], ...change } });
    return (result.error?.issues ?? []).map((issue) => issue.path.join("."));
  };

  it.each([
    ["retry", { maximumDelayMs: 99 }, "retry.maximumDelayMs"],
    ["retry", { minimumTryMs: 2_001 }, "retry.minimumTryMs"],
    ["breaker", { maximumOpenMs: 4_999 }, "breaker.maximumOpenMs"],
    ["breaker", { cacheMs: 5_001 }, "breaker.cacheMs"],
    ["breaker", { probeLeaseMs: 600 }, "breaker.probeLeaseMs"],
    ["breaker", { probeLeaseMs: 2_599 }, "breaker.probeLeaseMs"],
    ["retry", { minimumTryMs: 99 }, "retry.minimumTryMs"],
  ] as const)("refuse %s with %j", (part, change, path) => {
    expect(changed(part, change)).toContain(path);
    expect(changed(part, {})).toEqual([]);
  });
});
