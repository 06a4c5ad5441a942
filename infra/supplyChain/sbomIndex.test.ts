import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSboms } from "./sbomIndex";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const program = { name: "program", file: "program.cdx.json", sha256: sha256("one"), components: 2 };
const edge = {
  name: "edge",
  file: "edge.cdx.json",
  sha256: sha256("two"),
  deployedSha256: sha256("code"),
  components: 1,
};

describe("the bills of a stack", () => {
  let stack: string;
  beforeEach(() => {
    stack = mkdtempSync(path.join(tmpdir(), "fase-b-sboms-"));
  });
  afterEach(() => rmSync(stack, { recursive: true, force: true }));

  const write = (index: unknown, files: Readonly<Record<string, string>> = {}): void => {
    mkdirSync(path.join(stack, "sbom"));
    const all = { "program.cdx.json": "one", "edge.cdx.json": "two", ...files };
    for (const [name, text] of Object.entries(all)) writeFileSync(path.join(stack, "sbom", name), text);
    const text = typeof index === "string" ? index : JSON.stringify(index);
    writeFileSync(path.join(stack, "sbom", "index.json"), text);
  };

  it("are none before they are made", () => {
    expect(readSboms(stack)).toEqual([]);
  });

  it("are read as they are listed", () => {
    write([program, edge]);
    expect(readSboms(stack)).toEqual([program, edge]);
  });

  it.each([
    ["a list that is cut off", "[{"],
    ["a list of another form", { program }],
    ["a bill in another folder", [{ ...program, file: "../program.cdx.json" }]],
    ["a bill of one name in the file of another", [{ ...program, file: "edge.cdx.json" }]],
    ["two bills of one name", [program, program]],
    ["a bundle's bill without the bundle's digest", [program, { ...edge, deployedSha256: undefined }]],
    ["a program's bill with a bundle's digest", [{ ...program, deployedSha256: sha256("code") }]],
    ["a digest that is none", [{ ...program, sha256: "one" }]],
    ["a word that means nothing here", [{ ...program, fresh: true }]],
  ])("are refused for %s", (_, index) => {
    write(index);
    expect(() => readSboms(stack)).toThrow(/^sbom\/index\.json: got .+; allowed: .+; fix: npm run sbom$/);
  });

  it("are refused where a bill was changed after it was listed", () => {
    write([program, edge], { "edge.cdx.json": "two " });
    expect(() => readSboms(stack)).toThrow("sbom/edge.cdx.json: got other bytes than index.json says");
  });

  it("are refused where a bill is gone", () => {
    write([program, edge]);
    rmSync(path.join(stack, "sbom", "edge.cdx.json"));
    expect(() => readSboms(stack)).toThrow("sbom/edge.cdx.json: got no file");
  });
});
