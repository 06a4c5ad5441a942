import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  believed,
  files,
  isSame,
  rendered,
  right,
  roles,
  second,
  signedAs,
  tampered,
  type Case,
} from "./tampering";
import { renderLetter } from "./renderLetter";
import { verifyOf } from "./testSupport";
import { isRefusal } from "./verifyLetter";

describe("a tampered letter (B0.2)", () => {
  const judge = ({ files: some, roles: list, input }: Case): ReturnType<typeof verifyOf> =>
    verifyOf(some, list, { believed, ...input });

  it("starts as one that holds", () => {
    expect(judge({ files, roles })).toMatchObject({ letter: { number: 2 } });
    const letter = rendered(second);
    expect(judge(signedAs(letter, right, renderLetter(letter)))).toMatchObject({ letter: { number: 2 } });
  });

  it("is never accepted, 10,000 times over, and each refusal is one line", () => {
    let judged = 0;
    fc.assert(
      fc.property(tampered, (changed) => {
        fc.pre(!isSame(changed));
        const result = judge(changed);
        judged += 1;
        if (!isRefusal(result)) throw new Error("accepted");
        if (/[\r\n]/.test(result.refusal)) throw new Error(`more than a line: ${result.refusal}`);
      }),
      { numRuns: 10_000 },
    );
    expect(judged).toBeGreaterThanOrEqual(10_000);
  }, 600_000);
});
