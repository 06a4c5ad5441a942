import { describe, expect, it } from "vitest";
import { coveredMs, percentiles, quantile, sequentialDepth } from "./latency";

const between = (startMs: number, endMs: number) => ({ startMs, endMs });

describe("quantiles of latencies", () => {
  it("are values that were measured, by nearest rank, in whatever order they came", () => {
    const values = [40, 10, 30, 20, 100];
    expect([0.2, 0.21, 0.5, 0.95, 1].map((share) => quantile(values, share))).toEqual([10, 20, 30, 100, 100]);
    expect(values).toEqual([40, 10, 30, 20, 100]);
  });

  it("sort by size and not as text", () => {
    expect(quantile([9, 100, 20], 0.5)).toBe(20);
  });

  it("leave the slowest one in twenty out of p95, and one in a hundred out of p99", () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(percentiles(hundred)).toEqual({ samples: 100, p50: 50, p95: 95, p99: 99, max: 100 });
  });

  it("do not exist of nothing", () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});

describe("round trips in sequence", () => {
  it("count one behind the other, also where one begins as the other ends", () => {
    expect(sequentialDepth([between(0, 1), between(1, 2), between(5, 6)])).toBe(3);
  });

  it("count a trip beside another one once", () => {
    expect(sequentialDepth([between(0, 2), between(1, 3), between(3, 4)])).toBe(2);
  });

  it("count what ran beside one long trip, and not the long one instead", () => {
    expect(sequentialDepth([between(0, 10), between(1, 2), between(3, 4), between(5, 6)])).toBe(3);
  });

  it("are none where nothing was asked", () => {
    expect(sequentialDepth([])).toBe(0);
  });
});

describe("time on the wire", () => {
  it("counts once what overlaps, and no pause", () => {
    expect(coveredMs([between(5, 8), between(0, 2), between(1, 3)])).toBe(6);
  });

  it("counts a trip inside another one no second time", () => {
    expect(coveredMs([between(0, 10), between(2, 3), between(9, 11)])).toBe(11);
  });
});
