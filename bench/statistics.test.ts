import { describe, expect, it } from "vitest";
import { isMet, median, secondsPerResource, summarize, type Comparison } from "./statistics";

describe("the benchmark's numbers", () => {
  it("take the middle of an odd number of runs and the mean of the middle two of an even one", () => {
    expect(median([10, 2, 3])).toBe(3);
    expect(median([10, 1, 2, 3])).toBe(2.5);
    expect(median([7])).toBe(7);
  });

  it("sort by size, not as text, and leave the list as it was", () => {
    const values = [100, 9, 20];
    expect(median(values)).toBe(20);
    expect(values).toEqual([100, 9, 20]);
  });

  it("have no median of nothing", () => {
    expect(() => median([])).toThrow(RangeError);
  });

  it("sum runs up by their fastest, middle and slowest, and by the most memory of any", () => {
    const samples = [
      { seconds: 3, peakMiB: 50 },
      { seconds: 1, peakMiB: 80 },
      { seconds: 2, peakMiB: 60 },
    ];
    expect(summarize(samples)).toEqual({
      runs: 3,
      minSeconds: 1,
      medianSeconds: 2,
      maxSeconds: 3,
      peakMiB: 80,
    });
  });

  it("take the middle of the processor's time where it was measured", () => {
    const samples = [9, 1, 2].map((processorSeconds) => ({ seconds: 1, processorSeconds, peakMiB: 1 }));
    expect(summarize(samples).medianProcessorSeconds).toBe(2);
    expect(summarize([{ seconds: 1, peakMiB: 1 }])).not.toHaveProperty("medianProcessorSeconds");
  });

  it("meet a target exactly, and miss it by the least bit", () => {
    const held = (value: number, direction: Comparison["direction"]): boolean =>
      isMet({ what: "", unit: "×", target: 3, value, direction });
    expect([held(3, "at least"), held(2.999, "at least")]).toEqual([true, false]);
    expect([held(3, "at most"), held(3.001, "at most")]).toEqual([true, false]);
  });

  it("share the time among the resources", () => {
    expect(secondsPerResource({ resources: 100, seconds: 2 }, { resources: 1000, seconds: 10 })).toEqual({
      small: 0.02,
      large: 0.01,
    });
  });
});
