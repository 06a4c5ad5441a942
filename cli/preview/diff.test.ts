import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffResources, diffValues, equal } from "./diff";
import type { Json } from "./model";
import { stackStep, stepOf } from "./testing";

describe("what differs between two values", () => {
  it("is told place by place", () => {
    const before = { limit: 100, tags: { a: "1", "b.c": "2" }, on: true };
    const after = { limit: 200, tags: { a: "1", "b.c": "3" }, off: null };
    expect(diffValues(before, after)).toEqual([
      { path: "limit", before: 100, after: 200 },
      { path: "off", after: null },
      { path: "on", before: true },
      { path: 'tags["b.c"]', before: "2", after: "3" },
    ]);
  });

  it("reaches into strings that hold JSON, such as policies and OpenAPI bodies", () => {
    const policy = (action: string): string =>
      JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: ["s3:Get", action] }] });
    expect(diffValues({ policy: policy("s3:Put") }, { policy: policy("s3:List") })).toEqual([
      { path: "policy » Statement[0].Action[1]", before: "s3:Put", after: "s3:List" },
    ]);
  });

  it("shows a JSON string as it is when only its white space differs", () => {
    expect(diffValues('{"a":1}', '{ "a": 1 }', "body")).toEqual([
      { path: "body", before: '{"a":1}', after: '{ "a": 1 }' },
    ]);
  });

  it("takes a string that merely begins like JSON for a string", () => {
    expect(diffValues("{x}", "{y}", "template")).toEqual([{ path: "template", before: "{x}", after: "{y}" }]);
  });

  it("knows the items of a list by their names, so that one put in front changes no other", () => {
    const rule = (name: string, limit: number): Json => ({ name, limit });
    expect(
      diffValues(
        [rule("warn", 1), rule("block", 2)],
        [rule("slow", 9), rule("warn", 1), rule("block", 3)],
        "rules",
      ),
    ).toEqual([
      { path: "rules[name=slow]", after: { name: "slow", limit: 9 } },
      { path: "rules[name=block].limit", before: 2, after: 3 },
    ]);
  });

  it("tells that named items changed places", () => {
    const [a, b] = [{ name: "a" }, { name: "b" }];
    expect(diffValues([a, b], [b, a], "rules")).toEqual([
      { path: "rules (order)", before: ["a", "b"], after: ["b", "a"] },
    ]);
  });

  it("goes by position where two items share a name", () => {
    const items = (limit: number): Json => [
      { name: "a", limit: 1 },
      { name: "a", limit },
    ];
    expect(diffValues(items(1), items(2), "rules")).toEqual([
      { path: "rules[1].limit", before: 1, after: 2 },
    ]);
  });

  it("finds what was put into a list without names", () => {
    expect(diffValues(["a", "b", "c"], ["a", "x", "b", "c"], "list")).toEqual([
      { path: "list[1]", after: "x" },
    ]);
    expect(diffValues(["a", "b", "c"], ["a", "c"], "list")).toEqual([{ path: "list[1]", before: "b" }]);
  });

  it("is nothing for equal values and something for others, whatever they are", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (left, right) => {
        const [a, b] = [left as Json, right as Json];
        expect(diffValues(a, a)).toEqual([]);
        expect(diffValues(a, b).length === 0).toBe(equal(a, b));
      }),
    );
  });

  it("stays affordable for long lists", () => {
    const list = (offset: number): Json => Array.from({ length: 3_000 }, (_, index) => index + offset);
    // Place by place, since a table of nine million cells would not do.
    expect(diffValues(list(0), list(1), "list")).toHaveLength(3_000);
  });
});

describe("what differs between two previews", () => {
  const api = (limit: number, rest = {}) => stepOf("aws:x:Api", "api", { limit }, rest);

  it("is added, changed and removed resources", () => {
    const [old, gone, fresh] = [api(1), stepOf("aws:x:Key", "gone"), stepOf("aws:x:Key", "fresh")];
    expect(diffResources([stackStep, old, gone], [stackStep, fresh, api(2)])).toEqual([
      { kind: "added", urn: fresh.urn, type: "aws:x:Key", properties: [] },
      {
        kind: "changed",
        urn: old.urn,
        type: "aws:x:Api",
        properties: [{ path: "limit", before: 1, after: 2 }],
      },
      { kind: "removed", urn: gone.urn, type: "aws:x:Key", properties: [] },
    ]);
  });

  it("names what is not an input in brackets", () => {
    expect(
      diffResources([api(1)], [api(1, { protect: true, dependencies: ["urn:a"] })])[0]?.properties,
    ).toEqual([
      { path: "[dependencies]", after: ["urn:a"] },
      { path: "[protect]", after: true },
    ]);
  });

  it("does not tell the empty dependencies of an input that comes, but those that say something", () => {
    const before = stepOf("aws:x:Api", "api", {}, { propertyDependencies: {} });
    const after = stepOf(
      "aws:x:Api",
      "api",
      { a: 1, b: 2 },
      { propertyDependencies: { a: [], b: ["urn:b"] } },
    );
    expect(diffResources([before], [after])[0]?.properties).toEqual([
      { path: "[propertyDependencies].b", after: ["urn:b"] },
      { path: "a", after: 1 },
      { path: "b", after: 2 },
    ]);
  });
});
