import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashArchive, hashAsset } from "./assets";
import { inOrder, type Ordered } from "./digest";
import { seconds } from "./monitor";
import { complete } from "./outputs";
import { goJson, splitArguments } from "./project";
import type { OutputShape } from "./sdkTypes";
import { ARCHIVE, ASSET, SIGNATURE } from "./signatures";
import { createUrn } from "./urn";
import { errorLine } from "./analyzer";

describe("assets", () => {
  it("are hashed by their content", () => {
    // `printf hello | sha256sum`
    const hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    expect(hashAsset({ [SIGNATURE]: ASSET, text: "hello", __pulumiAsset: true }, "/")).toEqual({
      [SIGNATURE]: ASSET,
      hash: hello,
      text: "hello",
    });
  });

  it("from a network are refused", () => {
    expect(() => hashAsset({ [SIGNATURE]: ASSET, uri: "https://example.com/x" }, "/")).toThrow(
      "uses no network",
    );
  });

  it("in an archive are hashed in the order of their names, whatever the order in which they are given", () => {
    const asset = (text: string) => ({ [SIGNATURE]: ASSET, text });
    const one = hashArchive({ [SIGNATURE]: ARCHIVE, assets: { a: asset("1"), b: asset("2") } }, "/");
    const two = hashArchive({ [SIGNATURE]: ARCHIVE, assets: { b: asset("2"), a: asset("1") } }, "/");
    const other = hashArchive({ [SIGNATURE]: ARCHIVE, assets: { b: asset("1"), a: asset("2") } }, "/");
    expect(one["hash"]).toBe(two["hash"]);
    expect(one["hash"]).not.toBe(other["hash"]);
  });

  it("with names that tar would write in another way are refused", () => {
    const assets = { ["n".repeat(101)]: { [SIGNATURE]: ASSET, text: "" } };
    expect(() => hashArchive({ [SIGNATURE]: ARCHIVE, assets }, "/")).toThrow("at most 100 characters");
  });
});

describe("URNs", () => {
  it("carry the types of the parents, but not the stack's", () => {
    const root = createUrn("s", "p", "", "pulumi:pulumi:Stack", "p-s");
    const parent = createUrn("s", "p", root, "a:b:C", "c");
    expect(parent).toBe("urn:pulumi:s::p::a:b:C::c");
    expect(createUrn("s", "p", parent, "x:y:Z", "z")).toBe("urn:pulumi:s::p::a:b:C$x:y:Z::z");
  });
});

describe("order", () => {
  const registration = (urn: string, before: readonly string[]): readonly [string, Ordered] => [
    urn,
    { analyzed: { urn, parent: "", dependencies: before }, provider: "" },
  ];

  it("does not depend on the order of arrival, and puts first what others refer to", () => {
    const graph = fc
      .array(fc.array(fc.nat(20), { maxLength: 3 }), { minLength: 1, maxLength: 20 })
      .map((edges) => edges.map((to, index) => [index, to.filter((other) => other < index)] as const));
    const name = (index: number): string => `urn-${(index * 7919) % 101}`;
    fc.assert(
      fc.property(graph, fc.integer(), (nodes, seed) => {
        const entries = nodes.map(([index, to]) => registration(name(index), to.map(name)));
        const shuffled = [...entries].sort(
          ([left], [right]) => ((left.length * seed) % 7) - ((right.length * seed) % 5),
        );
        const order = inOrder(new Map(entries)).map(({ analyzed }) => analyzed.urn);
        expect(inOrder(new Map(shuffled.reverse())).map(({ analyzed }) => analyzed.urn)).toEqual(order);
        for (const [urn, { analyzed }] of entries) {
          for (const before of analyzed.dependencies)
            expect(order.indexOf(before)).toBeLessThan(order.indexOf(urn));
        }
      }),
    );
  });

  it("stands a chain of 20,000 dependencies", () => {
    const name = (index: number): string => `urn-${String(index).padStart(6, "0")}`;
    const chain = Array.from({ length: 20_000 }, (_, index) =>
      registration(name(index), index + 1 < 20_000 ? [name(index + 1)] : []),
    );
    expect(inOrder(new Map(chain))).toHaveLength(20_000);
  });
});

describe("outputs", () => {
  const inner: OutputShape = { certain: new Map([["zoneId", "string"]]), blocks: new Map() };
  const shape: OutputShape = {
    certain: new Map([
      ["arn", "string"],
      ["name", "string"],
    ]),
    blocks: new Map([["endpoints", () => inner]]),
  };
  const mark = (name: string): string => `?${name}`;

  it("that were not given are added, in lists of blocks too", () => {
    expect(complete({ name: "n", endpoints: [{ zoneId: "z" }, { other: 1 }] }, shape, mark)).toEqual({
      name: "n",
      arn: "?arn",
      endpoints: [{ zoneId: "z" }, { other: 1, zoneId: "?zoneId" }],
    });
  });

  it("are the inputs themselves when nothing is missing", () => {
    const given = { arn: "a", name: "n", endpoints: [{ zoneId: "z" }] };
    expect(complete(given, shape, mark)).toBe(given);
  });
});

describe("small readers", () => {
  it.each([
    ["5m", 300],
    ["1h30m", 5400],
    ["1.5s", 1.5],
    ["", 0],
  ])("a timeout of %s is %d seconds", (duration, expected) => expect(seconds(duration)).toBe(expected));

  it("a timeout that is none is refused", () =>
    expect(() => seconds("5 minutes")).toThrow("a custom timeout"));

  it("arguments are split as in a shell", () => {
    expect(splitArguments(`--require=tsx/cjs  --title="a b" 'c d' e\\ f`)).toEqual([
      "--require=tsx/cjs",
      "--title=a b",
      "c d",
      "e f",
    ]);
  });

  it("JSON is written as the CLI writes it", () => {
    expect(goJson({ b: [1, "<&>"], a: null })).toBe('{"a":null,"b":[1,"\\u003c\\u0026\\u003e"]}');
  });

  it("of a stack trace the line with the error is kept", () => {
    expect(errorLine("x.js:1\n  throw y\n\nError: no such thing\n    at y")).toBe("Error: no such thing");
  });
});
