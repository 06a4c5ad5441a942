import { describe, expect, it } from "vitest";
import { requirements } from "../infra/evidence/record/requirements";
import { clauses } from "../policies/clauses";
import { proofs } from "../policies/proofs";

describe("the evidence that a clause needs", () => {
  it("is the same to the pack's table and to the program that collects and judges it", () => {
    const said = clauses.flatMap(({ id }) => {
      const { evidence } = proofs[id];
      return evidence ? [[id, evidence]] : [];
    });
    expect(Object.fromEntries(said)).toEqual(requirements);
  });
});
