import { describe, expect, it } from "vitest";
import { digestText, jsonText, stepsText } from "./digestJson";
import type { PreviewDigest } from "./model";

const stack = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev";
const component = "urn:pulumi:dev::p::fase-b:x:C::c";

/** Members in an order that is not the CLI's. */
const digest: PreviewDigest = {
  changeSummary: { create: 2 },
  steps: [
    {
      detailedDiff: null,
      newState: {
        type: "pulumi:pulumi:Stack",
        custom: false,
        urn: stack,
        inputs: {},
        dependencies: [],
        protect: false,
      },
      urn: stack,
      op: "create",
    },
    {
      op: "create",
      urn: component,
      newState: {
        ignoreChanges: ["nest.a"],
        retainOnDelete: true,
        customTimeouts: { update: 1200, create: 3600 },
        additionalSecretOutputs: ["q"],
        propertyDependencies: { sec: [], clauses: [], nest: [], lit: [], odd: [] },
        protect: true,
        parent: stack,
        inputs: {
          sec: "[secret]",
          clauses: ["B1.6"],
          lit: "<a&b>",
          nest: {
            z: 1e21,
            a: 1.5,
            e: 1e-7,
            m: 0.000001,
            "404": 1,
            "1000": 2,
            "200": [],
            x: {},
            neg: -0,
            big: 9007199254740991,
          },
          odd: '\u2028\u0001\u007f\b\f\t"\\é😀',
        },
        type: "fase-b:x:C",
        custom: false,
        urn: component,
      },
      detailedDiff: null,
    },
  ],
  config: { "p:foo": "[secret]", "p:baz": "qux" },
};

/** What the CLI itself (v3.260.0) printed for this, without duration, diagnostics and source positions. */
const printedByTheCli = `{
    "config": {
        "p:baz": "qux",
        "p:foo": "[secret]"
    },
    "steps": [
        {
            "op": "create",
            "urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
            "newState": {
                "urn": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
                "custom": false,
                "type": "pulumi:pulumi:Stack"
            },
            "detailedDiff": null
        },
        {
            "op": "create",
            "urn": "urn:pulumi:dev::p::fase-b:x:C::c",
            "newState": {
                "urn": "urn:pulumi:dev::p::fase-b:x:C::c",
                "custom": false,
                "type": "fase-b:x:C",
                "inputs": {
                    "clauses": [
                        "B1.6"
                    ],
                    "lit": "\\u003ca\\u0026b\\u003e",
                    "nest": {
                        "1000": 2,
                        "200": [],
                        "404": 1,
                        "a": 1.5,
                        "big": 9007199254740991,
                        "e": 1e-7,
                        "m": 0.000001,
                        "neg": -0,
                        "x": {},
                        "z": 1e+21
                    },
                    "odd": "\\u2028\\u0001\u007f\\b\\f\\t\\"\\\\é😀",
                    "sec": "[secret]"
                },
                "parent": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
                "protect": true,
                "propertyDependencies": {
                    "clauses": [],
                    "lit": [],
                    "nest": [],
                    "odd": [],
                    "sec": []
                },
                "additionalSecretOutputs": [
                    "q"
                ],
                "customTimeouts": {
                    "create": 3600,
                    "update": 1200
                },
                "retainOnDelete": true,
                "ignoreChanges": [
                    "nest.a"
                ]
            },
            "detailedDiff": null
        }
    ],
    "changeSummary": {
        "create": 2
    }
}
`;

describe("the digest as JSON", () => {
  it("is what the CLI prints, byte for byte", () => {
    expect(digestText(digest)).toBe(printedByTheCli);
  });

  it("is the same when its steps were written before, and other steps are written anew", () => {
    stepsText(digest.steps);
    expect(digestText(digest)).toBe(printedByTheCli);
    expect(digestText({ ...digest, steps: digest.steps.slice(1) })).not.toBe(printedByTheCli);
  });

  it("says nothing of what is empty, as the CLI does", () => {
    expect(digestText({ steps: [], changeSummary: {}, config: {} })).toBe("{}\n");
  });

  it("puts what the CLI has no place for behind the rest", () => {
    const text = digestText({ steps: [], changeSummary: { create: 1 } }, { policies: [{ b: 1, a: [] }] });
    expect(Object.keys(JSON.parse(text) as object)).toEqual(["changeSummary", "policies"]);
    expect(text).toContain(
      '"policies": [\n        {\n            "a": [],\n            "b": 1\n        }\n    ]\n}\n',
    );
  });

  it("reads back as the same values", () => {
    const value = { b: [1, -2.5, true, null, "x\n<"], a: { "": [] } };
    expect(JSON.parse(jsonText(value))).toEqual(value);
  });

  it("refuses a field of the state whose place it does not know", () => {
    const state = { urn: stack, custom: false, type: "a:b:c", sourcePosition: "somewhere" };
    const steps = [{ op: "create", urn: stack, newState: state, detailedDiff: null }] as const;
    expect(() => digestText({ steps, changeSummary: {} })).toThrow('the state has a field "sourcePosition"');
  });
});
