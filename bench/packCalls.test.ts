import { describe, expect, it } from "vitest";
import { decodeCalls, encodeCalls, type Call } from "./packCalls";

const calls: readonly Call[] = [
  { method: "ConfigureStack", request: Buffer.from("stack") },
  { method: "Analyze", request: Buffer.alloc(0) },
  { method: "Analyze", request: Buffer.alloc(70_000, 7) },
  { method: "AnalyzeStack", request: Buffer.from([0, 255]) },
];

describe("a recording of what a pack was asked", () => {
  it("gives back every call in its order, empty and long ones too", () => {
    expect(decodeCalls(encodeCalls(calls))).toEqual(calls);
    expect(decodeCalls(Buffer.alloc(0))).toEqual([]);
  });

  it("is refused where it was cut short, in a message or before it", () => {
    const whole = encodeCalls(calls);
    expect(() => decodeCalls(whole.subarray(0, -1))).toThrow(RangeError);
    expect(() => decodeCalls(whole.subarray(0, 3))).toThrow(RangeError);
  });

  it("is refused where it names no method", () => {
    expect(() => decodeCalls(Buffer.from([9, 0, 0, 0, 0]))).toThrow("no whole call at byte 0");
  });
});
