import Ajv from "ajv/dist/2020";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { stagingValues } from "../../test/support/staging";
import { jsonSchemaPath, stackFileJsonSchema } from "./jsonSchema";
import { settingsSchema } from "./settings.schema";

const root = path.join(__dirname, "..", "..");
const committed = JSON.parse(readFileSync(path.join(root, jsonSchemaPath), "utf8")) as object;

describe("the schemas that editors and `pulumi config` read", () => {
  it("are fresh: the committed JSON Schema is what the settings' schema gives", () => {
    expect(committed).toEqual(JSON.parse(JSON.stringify(stackFileJsonSchema("fase-b"))));
  });

  it("accept staging's own file, and refuse a mistyped key in it", () => {
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(committed);
    const file = (values: Record<string, unknown>): object => ({
      config: Object.fromEntries(Object.entries(values).map(([key, value]) => [`fase-b:${key}`, value])),
    });
    expect(validate(file(stagingValues()))).toBe(true);
    const gateway = { ...(stagingValues()["gateway"] as object), stageNam: "v1" };
    expect(validate(file({ ...stagingValues(), gateway }))).toBe(false);
  });

  it("declare in Pulumi.yaml every part of the settings and no other, each with a description", () => {
    const project = parse(readFileSync(path.join(root, "Pulumi.yaml"), "utf8")) as {
      config: Record<string, { type: string; description: string }>;
    };
    expect(Object.keys(project.config).sort()).toEqual(Object.keys(settingsSchema.shape).sort());
    for (const { description } of Object.values(project.config))
      expect(description.length).toBeGreaterThan(20);
  });

  it("are named in the first line of the stack's file", () => {
    const [first] = readFileSync(path.join(root, "Pulumi.staging.yaml"), "utf8").split("\n");
    expect(first).toBe(`# yaml-language-server: $schema=${jsonSchemaPath}`);
  });
});
