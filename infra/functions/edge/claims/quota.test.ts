import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryStore } from "../../store/memoryStore";
import { countOf, countWrite, maxCountsPerSecond, monthOf, uncountWrite, wasCounted } from "./quota";

const table = "claims";
const clientId = "web-app";
const quota = 1_000_000_000;
/** The store's write timeout and the clocks' difference, as staging has them. */
const evidenceMs = 3_500;
/** The first instant of a place in the ring, well within its month. */
const startMs = Math.ceil(Date.UTC(2026, 10, 2) / evidenceMs) * evidenceMs;

const tokenOf = (n: number): string => `token-${String(n).padStart(16, "0")}`.split("").reverse().join("");

class Counter {
  readonly #store = new MemoryStore();

  count(token: string, nowMs: number): "counted" | "counted before" | "refused" {
    const result = this.#store.apply([countWrite(table, clientId, token, quota, nowMs, evidenceMs)]);
    if (result.done) return "counted";
    return wasCounted(this.#item, token, nowMs, evidenceMs) ? "counted before" : "refused";
  }

  get #item() {
    const [item] = this.#store.items;
    return item;
  }

  get counted(): number {
    return countOf(this.#item);
  }

  /** Of all sets together. */
  get tokens(): number {
    return Object.values(this.#item ?? {}).reduce<number>(
      (sum, value) => sum + (value instanceof Set ? value.size : 0),
      0,
    );
  }
}

describe("who was counted of late", () => {
  it("is known for the whole of its time, whoever counts in between by whatever clock", () => {
    const anyMs = fc.integer({ min: -evidenceMs, max: evidenceMs });
    const firstMs = fc.integer({ min: startMs, max: startMs + 40 * evidenceMs });
    fc.assert(
      fc.property(firstMs, fc.array(anyMs, { maxLength: 12 }), (nowMs, others) => {
        const counter = new Counter();
        expect(counter.count(tokenOf(0), nowMs)).toBe("counted");
        for (const [n, ms] of others.entries())
          expect(counter.count(tokenOf(n + 1), nowMs + ms)).toBe("counted");
        // The SDK's repeat: the same request as at first.
        expect(counter.count(tokenOf(0), nowMs)).toBe("counted before");
        expect(counter.counted).toBe(others.length + 1);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 18, 24, 60, 120, 1_026].map((halves) => [
      halves,
      (halves * evidenceMs) / 2,
    ]),
  )("is forgotten by a client that asks every %i halves of that, to the millisecond", (_, everyMs) => {
    const counter = new Counter();
    let most = 0;
    // Within one month: the next one has an item of its own.
    const times = Math.min(2_000, Math.floor((25 * 86_400_000) / everyMs));
    for (let n = 0; n < times; n += 1) {
      counter.count(tokenOf(n), startMs + n * everyMs);
      most = Math.max(most, counter.tokens);
    }
    expect(counter.counted).toBe(times);
    expect(most).toBeLessThan(25);
  });

  it("takes no more of the item than what the highest rate is reckoned by", () => {
    const perSecond = maxCountsPerSecond(evidenceMs);
    const counter = new Counter();
    let most = 0;
    for (let n = 0; n < 60 * perSecond; n += 1) {
      counter.count(tokenOf(n), startMs + Math.floor((n * 1_000) / perSecond));
      most = Math.max(most, counter.tokens);
    }
    expect(most).toBeGreaterThan((perSecond * evidenceMs) / 1_000);
    expect(most).toBeLessThanOrEqual((perSecond * 3 * evidenceMs) / 1_000);
  });
});

describe("TTL", () => {
  const yearMs = 366 * 86_400_000;

  it.each([
    ["a month's first millisecond", Date.UTC(2026, 10)],
    ["a month's last", Date.UTC(2026, 11) - 1],
    ["a year's last", Date.UTC(2027, 0) - 1],
    ["a leap day's last", Date.UTC(2028, 2) - 1],
  ])("takes nothing that was counted in %s before the year's reports are over", (_when, nowMs) => {
    const store = new MemoryStore();
    const { resetMs } = monthOf(nowMs);
    expect(resetMs).toBeGreaterThan(nowMs);
    const writes = [
      countWrite(table, clientId, tokenOf(0), quota, nowMs, evidenceMs),
      // In the next month: the month that was counted in still stands, and as long.
      uncountWrite(table, clientId, tokenOf(0), resetMs, resetMs + 1_000, evidenceMs),
    ];
    for (const [index, write] of writes.entries()) {
      expect(store.apply([write]).done).toBe(true);
      expect(store.items).toHaveLength(1);
      expect(countOf(store.items[0])).toBe(1 - index);
      const expiresMs = 1_000 * Number(store.items[0]?.["expiresAtSeconds"]);
      expect(expiresMs).toBeGreaterThan(resetMs + yearMs);
      expect(expiresMs).toBeLessThan(resetMs + 2 * yearMs);
    }
  });
});

describe("an increment", () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity])("is made for no quota of %s", (wrong) => {
    expect(() => countWrite(table, clientId, "token", wrong, startMs, evidenceMs)).toThrow(
      /^quota: .*allowed: /,
    );
  });

  it.each([-1, Number.NaN])("is made at no time of %s ms", (wrong) => {
    expect(() => countWrite(table, clientId, "token", quota, wrong, evidenceMs)).toThrow(RangeError);
  });
});
