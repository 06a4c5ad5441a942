import { describe, expect, it } from "vitest";
import { filesOf, rolesOf, testLetter, testRoleKeys, verifyOf } from "./testSupport";

const keys = testRoleKeys();
const roles = rolesOf(keys);

describe("a letter (B0.2)", () => {
  it("holds with the signatures of three people for the three roles", () => {
    const result = verifyOf(filesOf(testLetter(roles), keys), roles);
    expect(result).toMatchObject({
      letter: { decision: "GO" },
      signers: [{ role: "lead-security" }, {}, {}],
    });
  });
});
