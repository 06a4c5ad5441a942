import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { join } from "node:path";
import { runPreview } from "../../cli/preview/engine";
import type { Violation } from "../../cli/preview/model";
import type { Mutant, NearMiss } from "./mutant";
import { mutants, nearMisses } from "./mutants";
import { PROJECT_DIR, STACK } from "./recording";
import { relationOf } from "./relations";
import { scoreTable } from "./score";
import { blockOf } from "./blocks";
import { Trial } from "./trial";
import { isNoticed, others, weakened } from "./verdicts";

/** Each moment has its own pack, so that both are asked at once. */
let preview: Trial;
let state: Trial;
const killed = new Set<Mutant>();
const passed = new Set<NearMiss>();

beforeAll(async () => {
  preview = await Trial.start("preview");
  state = await Trial.start("state");
}, 300_000);

afterAll(() => {
  preview.close();
  state.close();
  console.log(`\n${scoreTable({ mutants, nearMisses, killed, passed }, blockOf)}\n`);
});

const sorted = (violations: readonly Violation[]): readonly string[] =>
  violations
    .map(({ policy, enforcementLevel, urn = "", message }) =>
      [policy, enforcementLevel, urn, message].join(" | "),
    )
    .sort();

describe("the program as it is", () => {
  it("is judged in a replay as `npm run preview` judges it", async () => {
    const { packs, programSucceeded, digest } = await runPreview({
      projectDir: PROJECT_DIR,
      stack: STACK,
      policyPacks: [join(PROJECT_DIR, "policies")],
    });
    expect(programSucceeded).toBe(true);
    const shown = preview.recording.resources.map(({ analyzed }) => analyzed.urn);
    expect(digest.steps.map(({ urn }) => urn).sort()).toEqual([...shown].sort());
    expect(sorted(preview.baseline)).toEqual(sorted(packs.flatMap(({ violations }) => violations)));
  });

  it("is judged once all is known as it is judged before", () => {
    expect(sorted(state.baseline)).toEqual(sorted(preview.baseline));
    expect(preview.baseline.filter(({ enforcementLevel }) => enforcementLevel === "mandatory")).toEqual([]);
  });

  it("is recorded with nothing unknown in a state, and with something unknown in a preview", () => {
    const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const holds = ({ recording }: Trial): boolean =>
      recording.resources.some(
        ({ inputs, outputs }) => inputs.includes(unknown) || outputs.includes(unknown),
      );
    expect([holds(preview), holds(state)]).toEqual([true, false]);
  });
});

async function judge(mutant: Mutant) {
  const [before, after] = await Promise.all([
    preview.differences(mutant.changes),
    state.differences(mutant.changes),
  ]);
  return { before, after, noticed: [isNoticed(mutant, before), isNoticed(mutant, after)] };
}

describe("a mutant", () => {
  it.each(mutants)("of $policy ($kind): $name", async (mutant) => {
    const { before, after, noticed } = await judge(mutant);
    const isExpected = mutant.survives === undefined;
    expect(noticed, "noticed by its policy in a preview and in a state").toEqual([isExpected, isExpected]);
    expect([...weakened(before), ...weakened(after)], "said at another level than the pack's").toEqual([]);
    expect(others(mutant, before), "who notices too").toEqual(
      [...mutant.also, ...mutant.alsoInPreview].sort(),
    );
    expect(others(mutant, after), "who notices too in a state").toEqual(
      [...mutant.also, ...mutant.alsoInState].sort(),
    );
    for (const other of [...mutant.also, ...mutant.alsoInState, ...mutant.alsoInPreview])
      expect(relationOf(mutant.policy, other), `${other} beside ${mutant.policy}`).toBeDefined();
    if (isExpected) killed.add(mutant);
  });
});

describe("what is allowed changes no verdict", () => {
  it.each(nearMisses)("$policy: $name", async (nearMiss) => {
    const differences = await Promise.all(
      [preview, state].map((trial) => trial.differences(nearMiss.changes)),
    );
    expect(differences.flat()).toEqual([]);
    passed.add(nearMiss);
  });
});
