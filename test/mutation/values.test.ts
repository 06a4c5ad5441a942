import { describe, expect, it } from "vitest";
import { edited } from "./values";

const inputs = {
  settings: { rate: 10, traced: true },
  rules: [
    { name: "first", limit: 1 },
    { name: "second", limit: 2 },
  ],
  policy: '{"Statement":[{"Sid":"One","Action":["a","b"]}]}',
};

describe("an edit of plain data", () => {
  it("changes what its path says, and nothing else", () => {
    expect(edited(inputs, { set: "settings.rate", to: 11 })).toEqual({
      ...inputs,
      settings: { rate: 11, traced: true },
    });
    expect(edited(inputs, { add: "rules.name=second.limit", by: -1 })["rules"]).toEqual([
      { name: "first", limit: 1 },
      { name: "second", limit: 1 },
    ]);
    expect(edited(inputs, { drop: "rules.-1" })["rules"]).toEqual([{ name: "first", limit: 1 }]);
  });

  it("goes into a JSON text, which stays one", () => {
    expect(edited(inputs, { append: "policy.#.Statement.Sid=One.Action", item: "c" })["policy"]).toBe(
      '{"Statement":[{"Sid":"One","Action":["a","b","c"]}]}',
    );
  });

  it("leaves what it was given as it was", () => {
    const before = JSON.stringify(inputs);
    edited(inputs, { drop: "settings.rate" });
    expect(JSON.stringify(inputs)).toBe(before);
  });

  it.each([
    {
      what: "leads nowhere",
      edit: { set: "settings.burst.limit", to: 1 },
      says: /leads nowhere at settings\.burst/,
    },
    {
      what: "finds no such element",
      edit: { drop: "rules.name=third" },
      says: /leads nowhere at rules\.name=third/,
    },
    { what: "changes nothing", edit: { set: "settings.rate", to: 10 }, says: /changes nothing/ },
    {
      what: "drops what is not there",
      edit: { drop: "settings.burst" },
      says: /nothing stands at settings\.burst/,
    },
    { what: "replaces no text", edit: { text: "policy", from: "Two", to: "Three" }, says: /no text "Two"/ },
    { what: "adds to no number", edit: { add: "settings.traced", by: 1 }, says: /no number/ },
  ])("is refused when it $what: such a mutant would prove nothing", ({ edit, says }) => {
    expect(() => edited(inputs, edit)).toThrow(says);
  });
});
