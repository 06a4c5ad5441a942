import { describe, expect, it } from "vitest";
import { checkModel } from "./simulation";

/** More of both for a night: `VOICE_MODEL_RUNS=200000 VOICE_MODEL_SECONDS=600`. */
const runs = Number(process.env["VOICE_MODEL_RUNS"] ?? 2_500);
const timeLimitMs = 1_000 * Number(process.env["VOICE_MODEL_SECONDS"] ?? 60);

const expected = [
  "opened",
  "full",
  "fromCaller",
  "fromAgent",
  "hold",
  "early",
  "bandwidth",
  "duration",
  "crashed",
  "ended: idle",
  "ended: lost",
  "ended: duration",
  "ticket refused",
  "4008",
  "4029",
  "4030",
  "4031",
  "4050",
];

describe("voice sessions under any order, crash, lost disconnect and clock (B4.2, B5.3)", () => {
  it(
    "let no session too many in, lock nobody out beyond the lease, write once a second, keep to the rate, honour a ticket once",
    async () => {
      const report = await checkModel({ runs, timeLimitMs, expected });
      expect(report.failure).toBe("");
      // An idle history proves nothing.
      expect(expected.filter((what) => !report.seen.has(what))).toEqual([]);
    },
    timeLimitMs + 60_000,
  );
});
