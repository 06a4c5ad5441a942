import { describe, expect, it } from "vitest";
import type { Component } from "./bom";
import { licenceTable, licenceUses, reasonFor } from "./licences";

const library = (name: string, ...licenses: NonNullable<Component["licenses"]>): Component => ({
  type: "library",
  name,
  version: "1.0.0",
  licenses,
});

describe("licences", () => {
  it.each([
    "MIT",
    "(MIT)",
    "MIT AND ISC",
    "(BSD-3-Clause AND Apache-2.0)",
    "MIT OR GPL-3.0-only",
    "GPL-3.0-only OR MIT",
    "(GPL-3.0-only OR MIT) AND ISC",
    "GPL-3.0-only AND Zlib OR MIT",
  ])("may be %s", (expression) => {
    expect(reasonFor(expression)).toEqual(expect.any(String));
  });

  it.each([
    "",
    "GPL-3.0-only",
    "mit",
    "MIT AND GPL-3.0-only",
    "MIT OR",
    "MIT AND",
    "MIT ISC",
    "(MIT",
    "MIT)",
    "()",
    "(MIT OR GPL-3.0-only) AND GPL-2.0-only",
    "MIT WITH Some-exception",
    "SEE LICENSE IN LICENSE",
    "UNLICENSED",
    "constructor",
    "__proto__",
  ])("may not be %j", (expression) => {
    expect(reasonFor(expression)).toBeUndefined();
  });

  it("are listed by the packages that have them, those of a second bill too", () => {
    const uses = licenceUses([
      { components: [library("b", { license: { id: "MIT" } }), library("a", { license: { id: "MIT" } })] },
      { components: [library("a", { license: { id: "MIT" } }), library("c", { license: { name: "Mine" } })] },
      { components: [{ ...library("d"), components: [library("e", { expression: "(MIT OR ISC)" })] }] },
    ]);
    expect(uses.map(({ licence, packages }) => [licence, packages])).toEqual([
      ["(MIT OR ISC)", ["e@1.0.0"]],
      ["MIT", ["a@1.0.0", "b@1.0.0"]],
      ["Mine", ["c@1.0.0"]],
      ["none said", ["d@1.0.0"]],
    ]);
    expect(
      uses.filter(({ allowedBecause }) => allowedBecause === undefined).map(({ licence }) => licence),
    ).toEqual(["Mine", "none said"]);
  });

  it("takes a list of several for all of them", () => {
    const [use] = licenceUses([
      { components: [library("a", { license: { id: "MIT" } }, { license: { id: "GPL-3.0-only" } })] },
    ]);
    expect(use).toEqual({ licence: "GPL-3.0-only AND MIT", packages: ["a@1.0.0"] });
  });

  it("believes what was read of one version of one package, and of no other", () => {
    const says = { license: { name: "SEE LICENSE IN LICENSE" } };
    const tail = { ...library("tail-file", says), group: "@logdna" };
    const read = licenceUses([{ components: [{ ...tail, version: "2.2.0" }] }]);
    expect(read[0]?.allowedBecause).toEqual(expect.any(String));
    const other = licenceUses([
      { components: [{ ...tail, version: "2.3.0" }, library("constructor", says)] },
    ]);
    expect(other).toEqual([
      { licence: "SEE LICENSE IN LICENSE", packages: ["@logdna/tail-file@2.3.0", "constructor@1.0.0"] },
    ]);
  });

  it("keeps a package's words in their cell", () => {
    const table = licenceTable([{ licence: "a | b\n| c | `<x>`", packages: ["p@1"] }]);
    expect(table.trimEnd().split("\n").at(-1)).toBe(
      "| a \\| b \\| c \\| \\`\\<x\\>\\` | 1: p@1 | **not allowed** |",
    );
  });
});
