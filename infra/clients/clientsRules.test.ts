import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planQuota } from "./clientsRules";

describe("B4.1: the quota of a client's plan", () => {
  it("is the contract's and the margin, rounded up", () => {
    expect(planQuota(20_000_000, 5)).toBe(21_000_000);
    expect(planQuota(1, 5)).toBe(2);
    expect(planQuota(101, 10)).toBe(112);
  });

  it("never refuses a request that the contract grants, and never doubles the contract", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000_000 }),
        fc.double({ min: 1, max: 100, noNaN: true }),
        (quota, margin) => {
          const plan = planQuota(quota, margin);
          expect(Number.isInteger(plan)).toBe(true);
          expect(plan).toBeGreaterThan(quota);
          expect(plan).toBeLessThanOrEqual(2 * quota);
        },
      ),
    );
  });
});
