/**
 * The program's reading of a letter and the pack's are two implementations that know nothing of each other. What one lets through the other
 * does, and neither anything that was tampered with.
 */
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
} from "../../infra/release/tampering";
import { renderLetter } from "../../infra/release/renderLetter";
import { sha256 } from "../../infra/evidence/record/envelope";
import { COLLECTORS, NOW_MS, SOURCE, verifyOf } from "../../infra/release/testSupport";
import { isRefusal as isProgramRefusal } from "../../infra/release/verifyLetter";
import { isRefusal, validLetter } from "../../policies/lib/release/letter";

function byPack({ files: letters, roles: list, input = {} }: Case): ReturnType<typeof validLetter> {
  const {
    stack = "production",
    phase = "fase-b",
    nowMs = NOW_MS,
    sourceDigest = SOURCE,
    collectors = COLLECTORS,
  } = input;
  return validLetter(
    {
      source: () => ({ digest: sourceDigest }),
      ofStack: () => ({ letters, roles: list, collectors, evidence: [], defects: [] }),
      trustedRoles: () => ("trustedRoles" in input ? input.trustedRoles : sha256(list)),
    },
    stack,
    phase,
    nowMs,
    (clause, digest) => (input.believed ?? believed)(clause as Parameters<typeof believed>[0], digest),
  );
}

const byProgram = ({ files: letters, roles: list, input }: Case): ReturnType<typeof verifyOf> =>
  verifyOf(letters, list, { believed, ...input });

describe("a letter, to program and pack (B0.1, B0.2)", () => {
  it("holds for both, with the same words", () => {
    const letter = rendered(second);
    for (const good of [{ files, roles }, signedAs(letter, right, renderLetter(letter))]) {
      const [program, pack] = [byProgram(good), byPack(good)];
      if (isProgramRefusal(program)) throw new Error(program.refusal);
      if (isRefusal(pack)) throw new Error(JSON.stringify(pack));
      expect(pack).toMatchObject({
        number: program.letter.number,
        decision: program.letter.decision,
        unprotect: program.letter.unprotect,
      });
    }
  });

  it("is accepted by neither once it is tampered with", () => {
    fc.assert(
      fc.property(tampered, (changed) => {
        fc.pre(!isSame(changed));
        const [program, pack] = [isProgramRefusal(byProgram(changed)), isRefusal(byPack(changed))];
        if (!program || !pack) throw new Error(`accepted by ${program ? "the pack" : "the program"}`);
      }),
      { numRuns: 4_000 },
    );
  }, 600_000);
});
