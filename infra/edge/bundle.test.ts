import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readContract } from "../contract/contract";
import { BUILD_FOLDER, buildFunctions, codeDigest, VALIDATING, type BuiltFunctions } from "./bundle";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const root = path.join(__dirname, "../..");
const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");
const OTHER = "exports.handler = async () => 'of nobody';\n";

describe("what lies in the build's folder", () => {
  let project: string;
  let first: BuiltFunctions;
  const build = (anew?: boolean): Promise<BuiltFunctions> =>
    buildFunctions(project, readContract(), anew === undefined ? {} : { anew });
  /** Another file in the place of one that was made, and its hash in the list of them. */
  const poison = (folder: string, name: string): void => {
    const target = path.join(project, BUILD_FOLDER, folder);
    writeFileSync(path.join(target, name), OTHER);
    const list = path.join(target, "manifest.json");
    const manifest = JSON.parse(readFileSync(list, "utf8")) as { files: Record<string, string> };
    manifest.files[name] = sha256(OTHER);
    writeFileSync(list, JSON.stringify(manifest));
  };

  beforeAll(async () => {
    project = mkdtempSync(path.join(tmpdir(), "fase-b-bundle-"));
    for (const part of ["infra", "node_modules", "tsconfig.json"])
      symlinkSync(path.join(root, part), path.join(project, part));
    first = await build();
    poison("bundles", "edge.js");
    poison("contract", "validators.js");
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it("is taken for what was made, where it says so of itself, and by another number", async () => {
    const again = await build();
    expect(readFileSync(again.bundles.edge, "utf8")).toBe(OTHER);
    expect(again.digests.edge).not.toBe(first.digests.edge);
  });

  it("is not looked at where it is built anew, and no more there afterwards", async () => {
    const anew = await build(true);
    expect(anew).toEqual(first);
    const [edge, validators] = [anew.bundles.edge, anew.validators].map((file) => sha256(readFileSync(file)));
    expect(codeDigest(edge ?? "", validators)).toBe(first.digests.edge);
  });
});

describe("the number of a function's code", () => {
  const [bundle, validators] = [sha256("bundle"), sha256("validators")];

  it("is its bundle's where that is all, and what sha256sum's lines come to where there is more", () => {
    expect(codeDigest(bundle)).toBe(bundle);
    expect(codeDigest(bundle, validators)).toBe(
      sha256(`${bundle}  index.js\n${validators}  validators.js\n`),
    );
  });

  it("changes with the validators alone, of the function that has them", () => {
    expect(codeDigest(bundle, sha256(OTHER))).not.toBe(codeDigest(bundle, validators));
    expect(VALIDATING).toBe("edge");
  });
});
