import { describe, expect, it } from "vitest";
import { definitions } from "../../policies/catalogue";
import { blockOf } from "./blocks";
import { fewer } from "./fewer";
import { mutants, nearMisses } from "./mutants";
import { relationOf, relations } from "./relations";

const names = new Set(definitions.map(({ name }) => name));
const kindsOf = (policy: string): ReadonlySet<string> =>
  new Set(
    mutants.filter((one) => one.policy === policy && one.survives === undefined).map(({ kind }) => kind),
  );

describe("the mutants", () => {
  it("are at least two of different kinds for each policy of the catalogue, or a reason says why not", () => {
    const lacking = [...names].filter((name) => kindsOf(name).size < 2 && fewer[name] === undefined);
    expect(
      lacking,
      "policies without two mutants of different kinds: add them to test/mutation/mutants",
    ).toEqual([]);
  });

  it("are of policies of the catalogue alone, and no reason is left over", () => {
    const strangers = [...mutants, ...nearMisses]
      .filter(({ policy }) => !names.has(policy))
      .map(({ policy }) => policy);
    expect(strangers).toEqual([]);
    expect(Object.keys(fewer).filter((name) => !names.has(name) || kindsOf(name).size >= 2)).toEqual([]);
  });

  it("have names of their own", () => {
    const all = [...mutants, ...nearMisses].map(({ policy, name }) => `${policy}: ${name}`);
    expect(all.filter((name, at) => all.indexOf(name) !== at)).toEqual([]);
  });

  it("name nobody beside their policy without the relation that explains it, and no relation is left over", () => {
    const pairs = mutants.flatMap(({ policy, also, alsoInState, alsoInPreview }) =>
      [...also, ...alsoInState, ...alsoInPreview].map((other) => ({ policy, other })),
    );
    expect(
      pairs.filter(({ policy, other }) => !names.has(other) || relationOf(policy, other) === undefined),
    ).toEqual([]);
    const used = new Set(pairs.map(({ policy, other }) => relationOf(policy, other)));
    expect(relations.filter(({ because }) => !used.has(because))).toEqual([]);
  });

  it("are of a part of the pack each", () => {
    expect([...names].filter((name) => blockOf(name) === "elsewhere")).toEqual([]);
  });
});
