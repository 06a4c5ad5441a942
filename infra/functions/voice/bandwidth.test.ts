import { describe, expect, it } from "vitest";
import { fullBuckets, refilled, taken } from "./bandwidth";

const limits = { bytesPerSecond: 1_000, burstBytes: 5_000 };

describe("a bucket (B4.2)", () => {
  it("fills by its rate up to its brim, and owes what was taken ahead", () => {
    const owing = taken(fullBuckets(limits, 0).fromCaller, 6_000);
    expect(owing).toEqual({ level: -1_000, atMs: 0 });
    expect(refilled(owing, limits, 500)).toEqual({ level: -500, atMs: 500 });
    expect(refilled(owing, limits, 60_000)).toEqual({ level: 5_000, atMs: 60_000 });
  });

  it("is neither emptied nor turned back by a clock that is behind, and fills each instant once", () => {
    const ahead = refilled(taken(fullBuckets(limits, 0).fromCaller, 5_000), limits, 2_000);
    const behind = refilled(ahead, limits, 1_000);
    expect(behind).toEqual({ level: 2_000, atMs: 2_000 });
    expect(refilled(behind, limits, 2_500)).toEqual({ level: 2_500, atMs: 2_500 });
  });
});
