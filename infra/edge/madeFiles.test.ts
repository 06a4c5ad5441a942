import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { madeFiles, type MadeFile } from "./madeFiles";

/** 2026-11-22, noon: long before the files are made. */
const settled = Date.UTC(2026, 10, 22, 12) / 1000;

describe("madeFiles", () => {
  let project: string;
  let made: number;

  beforeEach(() => {
    project = mkdtempSync(path.join(tmpdir(), "fase-b-made-"));
    mkdirSync(path.join(project, "node_modules"));
    for (const file of ["source.txt", path.join("node_modules", "package.txt")]) {
      writeFileSync(path.join(project, file), "one");
      utimesSync(path.join(project, file), settled, settled);
    }
    made = 0;
  });
  afterEach(() => rmSync(project, { recursive: true, force: true }));

  const make = (key = "key", anew = false): Promise<readonly MadeFile[]> =>
    madeFiles(project, path.join(project, "out"), { key, anew }, () => {
      made += 1;
      const source = readFileSync(path.join(project, "source.txt"), "utf8");
      return {
        inputs: ["source.txt", path.join("node_modules", "package.txt")],
        files: { "result.txt": `made of ${source}` },
      };
    });
  const result = (): string => readFileSync(path.join(project, "out", "result.txt"), "utf8");

  it("makes once what does not change", async () => {
    const files = await make();
    const digest = createHash("sha256").update("made of one").digest("hex");
    expect(files).toEqual([{ path: path.join(project, "out", "result.txt"), sha256: digest }]);
    expect(await make()).toEqual(files);
    expect(made).toBe(1);
  });

  it.each([
    ["a source", () => writeFileSync(path.join(project, "source.txt"), "two")],
    ["a file of a package", () => writeFileSync(path.join(project, "node_modules", "package.txt"), "three")],
    ["a package that is gone", () => rmSync(path.join(project, "node_modules", "package.txt"))],
    ["the result", () => writeFileSync(path.join(project, "out", "result.txt"), "half")],
    ["a result that is gone", () => rmSync(path.join(project, "out", "result.txt"))],
    ["a manifest that is none", () => writeFileSync(path.join(project, "out", "manifest.json"), "{")],
  ])("makes again after a change of %s", async (_, change) => {
    await make();
    change();
    await make();
    expect(made).toBe(2);
    expect(result()).toBe(`made of ${readFileSync(path.join(project, "source.txt"), "utf8")}`);
  });

  it("makes again what was saved while it was made", async () => {
    const save = (): void => writeFileSync(path.join(project, "source.txt"), "one");
    await madeFiles(project, path.join(project, "out"), { key: "key" }, () => {
      save();
      return { inputs: ["source.txt"], files: { "result.txt": "made of one" } };
    });
    await make();
    expect(made).toBe(1);
  });

  it("makes again for another key", async () => {
    await make("one");
    await make("two");
    expect(made).toBe(2);
  });

  it("makes again what was put there with its hash beside it, where it is asked for anew", async () => {
    await make();
    const list = path.join(project, "out", "manifest.json");
    const manifest = JSON.parse(readFileSync(list, "utf8")) as { readonly files: Record<string, string> };
    manifest.files["result.txt"] = createHash("sha256").update("of nobody").digest("hex");
    writeFileSync(path.join(project, "out", "result.txt"), "of nobody");
    writeFileSync(list, JSON.stringify(manifest));
    await make();
    expect([made, result()]).toEqual([1, "of nobody"]);
    await make("key", true);
    expect([made, result()]).toEqual([2, "made of one"]);
  });

  it("leaves what was there when it cannot be made", async () => {
    await make();
    writeFileSync(path.join(project, "source.txt"), "two");
    const failing = madeFiles(project, path.join(project, "out"), { key: "key" }, () => {
      throw new Error("no such luck");
    });
    await expect(failing).rejects.toThrow("no such luck");
    expect(result()).toBe("made of one");
  });
});
