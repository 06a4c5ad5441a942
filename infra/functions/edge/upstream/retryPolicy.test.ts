import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TryOutcome } from "./outcome";
import { parseRetryAfter } from "./retryAfter";
import { RetryBudget, decideRetry, fullJitterMs, isReplayable, type RetrySituation } from "./retryPolicy";
import { settings } from "./testSupport/settings";
import type { Timing } from "./timing";

const nowMs = Date.UTC(2026, 10, 22, 9, 0, 0);
const timing = (random: number): Timing => ({
  nowMs: () => nowMs,
  random: () => random,
  sleep: () => Promise.resolve(),
});
const answer = (status: number, headers: Record<string, string> = {}): TryOutcome => ({
  kind: "answer",
  status,
  headers,
  body: Buffer.alloc(0),
});
const decide = (
  situation: Partial<RetrySituation>,
  random = 0.5,
  budget = new RetryBudget(settings.retry.budget),
) =>
  decideRetry(
    { outcome: answer(503), tries: 1, replayable: true, finishByMs: nowMs + 10_000, ...situation },
    settings.retry,
    budget,
    timing(random),
  );

describe("B3.3 a retry", () => {
  it.each([429, 502, 503, 504])("follows a %i", (status) => {
    expect(decide({ outcome: answer(status) })).toEqual({ retry: true, delayMs: 50 });
  });

  it.each([200, 201, 400, 404, 409, 422, 500, 501])("does not follow a %i", (status) => {
    expect(decide({ outcome: answer(status) })).toEqual({ retry: false, because: "done" });
  });

  it.each([
    { kind: "tls", reason: "expired" },
    { kind: "garbage", reason: "json" },
    { kind: "unsendable" },
  ] satisfies TryOutcome[])("does not follow %j, which would come again", (outcome) => {
    expect(decide({ outcome })).toEqual({ retry: false, because: "done" });
  });

  it.each([
    [{ kind: "connection", reason: "refused", sent: false, stale: false }, true],
    [{ kind: "timeout", sent: false }, true],
    [{ kind: "connection", reason: "reset", sent: true, stale: false }, false],
    [{ kind: "timeout", sent: true }, false],
    [answer(503), false],
    [answer(429), false],
  ] satisfies [TryOutcome, boolean][])(
    "without a key follows %j: %s, as only what was not sent is safe",
    (outcome, retry) => {
      expect(decide({ outcome, replayable: false }).retry).toBe(retry);
      expect(decide({ outcome, replayable: true }).retry).toBe(true);
    },
  );

  it("is safe for an idempotent method or a request with a key", () => {
    expect(isReplayable({ method: "POST" })).toBe(false);
    expect(isReplayable({ method: "POST", idempotencyKey: '"a"' })).toBe(true);
    expect(isReplayable({ method: "GET" })).toBe(true);
    expect(isReplayable({ method: "PATCH" })).toBe(false);
  });

  it("waits a random time under a ceiling that doubles up to the longest wait", () => {
    const waits = [1, 2, 3, 4, 5, 6].map((tries) => fullJitterMs(tries, settings.retry, timing(0.999_999)));
    expect(waits).toEqual([99, 199, 399, 799, 999, 999]);
    expect(fullJitterMs(6, settings.retry, timing(0))).toBe(0);
  });

  it("waits at least as long as Retry-After says, and its jitter on top", () => {
    expect(decide({ outcome: answer(503, { "retry-after": "2" }) })).toEqual({ retry: true, delayMs: 2_050 });
    const date = "Sun, 22 Nov 2026 09:00:03 GMT";
    expect(decide({ outcome: answer(429, { "retry-after": date }) })).toEqual({
      retry: true,
      delayMs: 3_050,
    });
  });

  it("is not sent earlier than Retry-After says, though the deadline does not allow the wait", () => {
    expect(decide({ outcome: answer(503, { "retry-after": "10" }) })).toEqual({
      retry: false,
      because: "deadline",
    });
  });

  it("is sent only while a whole try still fits before the deadline", () => {
    const finishByMs = nowMs + 50 + settings.retry.minimumTryMs;
    expect(decide({ finishByMs })).toEqual({ retry: true, delayMs: 50 });
    expect(decide({ finishByMs: finishByMs - 1 })).toEqual({ retry: false, because: "deadline" });
  });

  it("ends at the number of tries that is set", () => {
    expect(decide({ tries: 2 }).retry).toBe(true);
    expect(decide({ tries: 3 })).toEqual({ retry: false, because: "tries" });
  });

  it("is paid from the budget, which a refusal for another reason does not touch", () => {
    const budget = new RetryBudget({ ratio: 0.1, burst: 1 });
    expect(decide({ tries: 3 }, 0.5, budget).retry).toBe(false);
    expect(decide({ finishByMs: nowMs }, 0.5, budget).retry).toBe(false);
    expect(decide({}, 0.5, budget).retry).toBe(true);
    expect(decide({}, 0.5, budget)).toEqual({ retry: false, because: "budget" });
  });
});

describe("B3.3 the retry budget", () => {
  it("never allows more than the burst and the ratio of the requests, in any order", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 20 }),
        fc.array(fc.boolean(), { maxLength: 500 }),
        (ratio, burst, steps) => {
          const budget = new RetryBudget({ ratio, burst });
          let requests = 0;
          let retries = 0;
          for (const isRequest of steps) {
            if (isRequest) {
              requests += 1;
              budget.earn();
            } else if (budget.take()) retries += 1;
            expect(retries).toBeLessThanOrEqual(burst + ratio * requests + 1e-9);
          }
        },
      ),
    );
  });

  it("saves up no more than the burst in quiet times", () => {
    const budget = new RetryBudget({ ratio: 1, burst: 2 });
    for (let request = 0; request < 100; request += 1) budget.earn();
    expect([budget.take(), budget.take(), budget.take()]).toEqual([true, true, false]);
  });
});

describe("Retry-After", () => {
  it.each([
    ["0", 0],
    ["120", 120_000],
    [" 7 ", 7_000],
    ["99999999999999999999", Number.MAX_SAFE_INTEGER],
    ["Sun, 22 Nov 2026 09:01:00 GMT", 60_000],
    ["Sunday, 22-Nov-26 09:01:00 GMT", 60_000],
    ["Sun Nov 22 09:01:00 2026", 60_000],
    ["Tue Dec  1 09:00:00 2026", 9 * 86_400_000],
    ["Sat, 21 Nov 2026 09:00:00 GMT", 0],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 0],
    ["Thu, 31 Dec 2026 23:59:60 GMT", Date.UTC(2027, 0, 1) - nowMs],
  ])("%j is %i ms", (value, ms) => {
    expect(parseRetryAfter(value, nowMs)).toBe(ms);
  });

  it.each([
    [undefined],
    [""],
    ["-1"],
    ["1.5"],
    ["1e3"],
    ["soon"],
    ["5, 6"],
    ["2026-11-22T09:01:00Z"],
    ["Sun, 22 Nov 2026 09:01:00"],
    ["Sun, 22 Nov 2026 09:01:00 +0200"],
    ["Tue, 31 Feb 2026 09:00:00 GMT"],
    ["Sun, 22 Nov 2026 25:00:00 GMT"],
  ])("%j says nothing", (value) => {
    expect(parseRetryAfter(value, nowMs)).toBeUndefined();
  });

  it("is never negative, broken or thrown, whatever is sent", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const ms = parseRetryAfter(value, nowMs) ?? 0;
        expect(Number.isFinite(ms) && ms >= 0).toBe(true);
      }),
    );
  });
});
