import { mkdtempSync, rmSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { predicates } from "../../../infra/evidence/record/predicates";
import { known, unknown, type Answer } from "../sources/answer";
import type { ErrorFigures, LatencyFigures, RequestsSource } from "../sources/requests";
import { testContext } from "../testSupport";
import { errorsCollector, judgeErrors, judgeLatency, latencyCollector } from "./objectives";

const latency = (change: Partial<LatencyFigures> = {}) =>
  judgeLatency(
    { samples: 1_000, slow: 0, percentileMs: 500, how: "as counted", ...change },
    { thresholdMs: 700, percentile: 95, minimum: 1_000 },
  );
const errors = (change: Partial<ErrorFigures> = {}) =>
  judgeErrors(
    { clients: { samples: 10_000, errors: 0 }, how: "as counted", ...change },
    { maximumPercent: 0.7, minimum: 1_000 },
  );

describe("p95 (B8.1)", () => {
  it.each([
    ["exactly at the threshold", { percentileMs: 700 }, "met"],
    ["a thousandth of a millisecond over it", { percentileMs: 700.001 }, "not-met"],
    ["with exactly one in twenty slower", { slow: 50 }, "met"],
    ["with one more slower", { slow: 51 }, "not-met"],
    ["where only the count of slow ones says so", { percentileMs: 100, slow: 51 }, "not-met"],
    ["where only the percentile says so", { percentileMs: 701, slow: 0 }, "not-met"],
    ["of 999 requests", { samples: 999, percentileMs: 100 }, "unknown"],
    ["of 999 slow requests", { samples: 999, percentileMs: 9_000, slow: 999 }, "unknown"],
    ["of 1,000 requests", { samples: 1_000 }, "met"],
    ["without a count of slow ones", { slow: undefined }, "met"],
    [
      "in a bucket without end, whose lower bound is quick",
      { percentileIsAtLeast: true, slow: undefined },
      "unknown",
    ],
    [
      "in a bucket without end, whose lower bound is slow",
      { percentileMs: 1_000, percentileIsAtLeast: true, slow: undefined },
      "not-met",
    ],
  ])("%s", (_, change, verdict) => {
    expect(latency(change as Partial<LatencyFigures>).verdict).toBe(verdict);
  });

  it("says both figures, and that the stricter decides", () => {
    const { because, value, samples } = latency({ percentileMs: 640.5, slow: 60 });
    expect(because).toMatch(/640\.5 ms.*6 % of 1000 requests took longer than 700 ms.*stricter/);
    expect([value, samples]).toEqual([640.5, 1_000]);
  });
});

describe("the share of 5xx (B8.2)", () => {
  it.each([
    ["none", { clients: { samples: 1_000, errors: 0 } }, "met"],
    ["exactly at the threshold, which is not less", { clients: { samples: 1_000, errors: 7 } }, "not-met"],
    ["just below it", { clients: { samples: 10_000, errors: 69 } }, "met"],
    ["of 999 requests", { clients: { samples: 999, errors: 0 } }, "unknown"],
    ["of 999 failed requests", { clients: { samples: 999, errors: 999 } }, "unknown"],
    [
      "thinned out by the prober",
      { clients: { samples: 1_000, errors: 8 }, gateway: { samples: 100_000, errors: 8 } },
      "not-met",
    ],
    [
      "of the gateway alone",
      { clients: { samples: 1_000, errors: 0 }, gateway: { samples: 1_000, errors: 7 } },
      "not-met",
    ],
    ["of more errors than requests", { clients: { samples: 1_000, errors: 1_001 } }, "unknown"],
    [
      "of a gateway that saw less than its clients asked",
      { clients: { samples: 1_000, errors: 0 }, gateway: { samples: 900, errors: 0 } },
      "unknown",
    ],
  ])("%s", (_, change, verdict) => {
    expect(errors(change).verdict).toBe(verdict);
  });

  it("is the worse of the two counts", () => {
    expect(
      errors({ clients: { samples: 10_000, errors: 10 }, gateway: { samples: 10_000, errors: 20 } }).value,
    ).toBe(0.2);
  });
});

describe("collected", () => {
  let projectDir: string;
  beforeEach(() => {
    projectDir = mkdtempSync(join(tmpdir(), "fase-b-baseline-"));
    mkdirSync(join(projectDir, "stacks", "staging"), { recursive: true });
  });
  afterEach(() => rmSync(projectDir, { recursive: true }));

  const asked = [{ system: "cloudwatch", asked: "p95" }];
  const source = (over: {
    latency?: Answer<LatencyFigures>;
    errors?: Answer<ErrorFigures>;
  }): RequestsSource & { hours: number[] } => {
    const hours: number[] = [];
    return {
      hours,
      windowOf: (nowMs, windowHours) => {
        hours.push(windowHours);
        return { fromMs: nowMs - windowHours * 3_600_000, toMs: nowMs };
      },
      latency: () => Promise.resolve(over.latency ?? unknown("nobody asked", asked)),
      errors: () => Promise.resolve(over.errors ?? unknown("nobody asked", asked)),
    };
  };

  it("has the form of its kind, with window, samples and threshold of the settings", async () => {
    const of = source({ latency: known({ samples: 2_000, slow: 3, percentileMs: 512, how: "x" }, asked) });
    const [collected] = await latencyCollector(of)(testContext({ projectDir }));
    expect(of.hours).toEqual([24]);
    const filled = {
      ...collected?.predicate,
      collectedAt: "2026-11-26T07:20:30.000Z",
      collector: { name: "fase-b", version: "0.1.0" },
    };
    expect(predicates.metrics.parse(filled)).toMatchObject({
      clause: "B8.1",
      verdict: "met",
      unit: "ms",
      value: 512,
      threshold: 700,
      samples: 2_000,
      minimumSamples: 1_000,
      window: { from: "2026-11-25T07:20:30.000Z", to: "2026-11-26T07:20:30.000Z" },
    });
    expect(collected?.predicate).not.toHaveProperty("baseline");
  });

  it("is unknown, with its reason and without a value, where the source is silent", async () => {
    const [collected] = await errorsCollector(source({ errors: unknown("no value at all", asked) }))(
      testContext({ projectDir }),
    );
    expect(collected?.predicate).toMatchObject({
      verdict: "unknown",
      because: "no value at all",
      samples: 0,
    });
    expect(collected?.predicate).not.toHaveProperty("value");
  });
});
