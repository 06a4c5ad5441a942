import { describe, expect, it } from "vitest";
import { SECRET, SIGNATURE, UNKNOWN } from "../../preview/engine/signatures";
import { parseState } from "./stateFile";

const urn = (type: string, name: string, project = "fase-b"): string =>
  `urn:pulumi:staging::${project}::${type}::${name}`;
const BUCKET = "aws:s3/bucket:Bucket";
const bucket = (name: string, others: object = {}): object => ({
  urn: urn(BUCKET, name),
  type: BUCKET,
  custom: true,
  id: name,
  inputs: { bucket: name },
  outputs: { bucket: name, arn: `arn:aws:s3:::${name}` },
  ...others,
});
const exported = (resources: readonly object[], others: object = {}): Buffer =>
  Buffer.from(JSON.stringify({ version: 3, deployment: { manifest: {}, resources, ...others } }));
const parsed = (...resources: readonly object[]): ReturnType<typeof parseState> =>
  parseState(exported(resources), "state.json");
const secret = (inner: object): object => ({ [SIGNATURE]: SECRET, ...inner });

describe("a state file", () => {
  it("is one stack's resources, by URN, whatever order they were exported in", () => {
    const state = parsed(bucket("b"), bucket("a"));
    expect(state).toMatchObject({ project: "fase-b", stack: "staging", hiddenSecrets: 0 });
    expect(state.resources.map(({ urn: one }) => one)).toEqual([urn(BUCKET, "a"), urn(BUCKET, "b")]);
  });

  const wrong: readonly (readonly [what: string, bytes: Buffer, got: string])[] = [
    ["an empty file", Buffer.alloc(0), "an empty file"],
    ["half a file", exported([bucket("a")]).subarray(0, 100), "no JSON"],
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00]), "no JSON"],
    ["a list", Buffer.from("[]"), "no object"],
    ["a text", Buffer.from('"state"'), "no object"],
    ["another JSON", Buffer.from('{"a":1}'), "no version"],
    [
      "another version",
      Buffer.from('{"version":2,"deployment":{}}'),
      "the version 2 in state.json; allowed: a stack's whole state in JSON, of version 3 or 4;",
    ],
    ["no deployment", Buffer.from('{"version":3}'), "something else at deployment"],
    [
      "a backend's checkpoint",
      Buffer.from('{"version":3,"checkpoint":{"latest":{}}}'),
      "a checkpoint of a backend, not an export",
    ],
    ["a state of nothing", exported([]), "a state without resources"],
    [
      "a deployment without resources",
      Buffer.from('{"version":3,"deployment":{}}'),
      "a state without resources",
    ],
    [
      "a resource without a URN",
      exported([bucket("a", { urn: "" })]),
      "something else at deployment.resources.0.urn",
    ],
    [
      "inputs that are a text",
      exported([bucket("a", { inputs: "all" })]),
      "something else at deployment.resources.0.inputs",
    ],
    ["a type that is not the URN's", exported([bucket("a", { type: "Bucket" })]), 'the type "Bucket" at'],
    ["a resource twice", exported([bucket("a"), bucket("a")]), `${urn(BUCKET, "a")} twice`],
    [
      "two projects",
      exported([bucket("a"), bucket("b", { urn: urn(BUCKET, "b", "other") })]),
      `${urn(BUCKET, "b", "other")} beside those of fase-b/staging`,
    ],
    [
      "a stack whose name is a path",
      exported([bucket("a", { urn: `urn:pulumi:../../etc::fase-b::${BUCKET}::a` })]),
      "the URN",
    ],
  ];
  it.each(wrong)("is refused in one line: %s", (_what, bytes, got) => {
    let message = "";
    try {
      parseState(bytes, "state.json");
    } catch (error) {
      message = error instanceof Error && error.name === "UsageError" ? error.message : String(error);
    }
    expect(message).toContain(`--file: got ${got}`);
    expect(message).toMatch(
      /in state\.json; allowed: a stack's whole state in JSON(, of version 3 or 4)?; fix: pulumi stack export/,
    );
    expect(message).not.toContain("\n");
  });

  it("keeps encrypted secrets unknown and counts them", () => {
    const state = parsed(
      bucket("a", {
        outputs: {
          key: secret({ ciphertext: "v1:abc" }),
          other: { deep: [secret({ ciphertext: "v1:def" })] },
        },
      }),
    );
    expect(state.hiddenSecrets).toBe(2);
    expect(state.resources[0]?.outputs).toEqual({
      key: secret({ value: UNKNOWN }),
      other: { deep: [secret({ value: UNKNOWN })] },
    });
  });

  it("shows secrets that were exported in plain text, and none in an error", () => {
    const plain = bucket("a", {
      outputs: { key: secret({ plaintext: '{"a":["b"]}' }), bad: secret({ plaintext: "not JSON" }) },
    });
    const state = parsed(plain);
    expect(state.hiddenSecrets).toBe(1);
    expect(state.resources[0]?.outputs).toEqual({
      key: secret({ value: { a: ["b"] } }),
      bad: secret({ value: UNKNOWN }),
    });
  });

  it("shows the input where a whole block was encrypted for one value in it", () => {
    const state = parsed(
      bucket("a", {
        inputs: { block: [{ name: "x", key: secret({ ciphertext: "v1:abc" }) }] },
        outputs: { block: secret({ ciphertext: "v1:def" }) },
      }),
    );
    expect(state.resources[0]?.outputs).toEqual({ block: [{ name: "x", key: secret({ value: UNKNOWN }) }] });
  });

  it("leaves out the notes of the engine and its bridges, and no property of a person's", () => {
    const state = parsed(
      bucket("a", {
        inputs: { __defaults: ["acl"], __internal: {}, rule: { __defaults: [], __panelId__: "1" } },
      }),
    );
    expect(state.resources[0]?.inputs).toEqual({ rule: { __panelId__: "1" } });
  });

  it("does not count what waits to be deleted, and says how many, and how many operations broke off", () => {
    const state = parseState(
      exported([bucket("a"), bucket("a", { delete: true })], { pending_operations: [{}, {}] }),
      "state.json",
    );
    expect(state.resources).toHaveLength(1);
    expect(state).toMatchObject({ beingDeleted: 1, pendingOperations: 2 });
  });

  it("survives a property that is called __proto__", () => {
    const bytes = Buffer.from(
      exported([bucket("a", { inputs: { x: { y: 1 } } })])
        .toString()
        .replace('"y":1', '"__proto__":{"polluted":true}'),
    );
    const state = parseState(bytes, "state.json");
    expect(JSON.stringify(state.resources[0]?.inputs)).toBe('{"x":{"__proto__":{"polluted":true}}}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});
