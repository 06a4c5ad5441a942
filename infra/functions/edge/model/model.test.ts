import { describe, expect, it } from "vitest";
import { checkModel } from "./world";

/** More of both for a night: `EDGE_MODEL_RUNS=200000 EDGE_MODEL_SECONDS=600`. */
const runs = Number(process.env["EDGE_MODEL_RUNS"] ?? 2_500);
const timeLimitMs = 1_000 * Number(process.env["EDGE_MODEL_SECONDS"] ?? 60);

const expected = [
  "answer",
  "replay",
  "idempotency-key-reused",
  "request-in-flight",
  "resource-locked",
  "quota-exceeded",
  "store-unavailable",
  "agent-cut-off",
  "agent-failed",
  "agent-throttled",
  "agent-timeout",
  "agent-unreachable",
  "agent-answer-unusable",
  "busy",
  "crashed",
  "fenced off",
  "frozen",
  "thawed",
  "taken over",
  "tried again",
  "withdrawn",
  "agent too late",
  "breaker too late",
  "table too late",
];

describe("the edge under any order, crash, lost answer, failing agent and clock (B3.1, B3.2, B4.1, B8.6)", () => {
  it(
    "causes one effect for each key, gives its first answer to all, holds no lock twice, counts each request that it sends once, answers in time",
    async () => {
      const report = await checkModel({ runs, timeLimitMs, expected });
      expect(report.failure).toBe("");
      // An idle history proves nothing.
      expect(expected.filter((what) => !report.seen.has(what))).toEqual([]);
    },
    timeLimitMs + 60_000,
  );
});
