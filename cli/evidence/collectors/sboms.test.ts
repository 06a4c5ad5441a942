import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { functionNames } from "../../../infra/edge/functionNames";
import { EXPECTED_SBOMS } from "../../../infra/evidence/record/requirements";
import { PROGRAM, SBOM_FOLDER, SBOM_INDEX, type Sbom } from "../../../infra/supplyChain/sbomIndex";
import { testContext } from "../testSupport";
import { judgeSboms, sbomCollector } from "./sboms";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const BUILT = vi.hoisted(() => new Map<string, string>());
// What the source makes is the bundler's matter, which has tests of its own, and takes seconds.
vi.mock("../../../infra/edge/bundle", () => ({
  buildFunctions: () => Promise.resolve({ digests: Object.fromEntries(BUILT), bundles: {}, validators: "" }),
}));

const context = testContext();
let projectDir: string;
let folder: string;
beforeEach(() => {
  projectDir = mkdtempSync(join(tmpdir(), "fase-b-sboms-"));
  folder = join(projectDir, "stacks", "staging", SBOM_FOLDER);
  mkdirSync(folder, { recursive: true });
  BUILT.clear();
  for (const name of functionNames) BUILT.set(name, sha256(`bundle of ${name}`));
});
afterEach(() => rmSync(projectDir, { recursive: true, force: true }));

/** Three components, one of them in another. */
const bill = (name: string): string =>
  JSON.stringify({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    metadata: { component: { name } },
    components: [{ name: "a", components: [{ name: "b" }] }, { name: "c" }],
  });
const entry = (name: string): Sbom => ({
  name,
  file: `${name}.cdx.json`,
  sha256: sha256(bill(name)),
  ...(name === PROGRAM ? {} : { deployedSha256: sha256(`bundle of ${name}`) }),
  components: 3,
});
const INDEX = EXPECTED_SBOMS.map(entry);

function lie(index: unknown = INDEX): void {
  writeFileSync(join(folder, SBOM_INDEX), JSON.stringify(index));
  for (const name of EXPECTED_SBOMS) writeFileSync(join(folder, `${name}.cdx.json`), bill(name));
}
async function collected() {
  const [one, ...others] = await sbomCollector({ ...context, projectDir });
  if (one?.kind !== "sbom" || others.length > 0) throw new Error("not one list of bills");
  return one.predicate;
}

describe("bills of materials (B6.2)", () => {
  it("are there for the program and every function, of what this source makes", async () => {
    lie();
    const count = functionNames.length + 1;
    expect(await collected()).toEqual({
      clause: "B6.2",
      verdict: "met",
      because: `${count} bills of materials of ${3 * count} components, each as the index says`,
      sources: [{ system: "repository", asked: "stacks/staging/sbom/index.json" }],
      of: INDEX.map(({ name, sha256: sbomSha256, deployedSha256, components }) => ({
        name,
        ...(deployedSha256 === undefined ? {} : { deployedSha256 }),
        sbomSha256,
        components,
      })),
    });
  });

  it.each(EXPECTED_SBOMS)("are not there without that of %s", async (name) => {
    lie(INDEX.filter((each) => each.name !== name));
    expect(await collected()).toMatchObject({
      verdict: "not-met",
      because: `no bill of materials of ${name}`,
    });
  });

  it.each(functionNames)("are not those of this source where %s has changed since", async (name) => {
    lie();
    BUILT.set(name, sha256("another bundle"));
    expect(await collected()).toMatchObject({
      verdict: "not-met",
      because: `the bill of ${name} is of another bundle than this source makes`,
    });
  });

  it.each<[string, (file: string) => void, RegExp]>([
    ["is gone", (file) => rmSync(file), /^edge\.cdx\.json is not there$/],
    [
      "was altered",
      (file) => writeFileSync(file, `${bill("edge")} `),
      /^edge\.cdx\.json is not what the index says$/,
    ],
  ])("do not hold where one %s", async (_, change, because) => {
    lie();
    change(join(folder, "edge.cdx.json"));
    expect(await collected()).toMatchObject({
      verdict: "not-met",
      because: expect.stringMatching(because) as string,
    });
  });

  it.each<[string, string, number, RegExp]>([
    ["is no JSON", "{", 0, /^edge\.cdx\.json is no CycloneDX document$/],
    ["is of another format", '{"spdxVersion":"SPDX-2.3","components":[]}', 0, /is no CycloneDX document$/],
    ["has more components than the index says", bill("edge"), 2, /has not the 2 components of the index$/],
    ["has fewer, since those in components are counted once", bill("edge"), 4, /has not the 4 components/],
  ])("do not hold where one %s, be its digest as it may", async (_, text, components, because) => {
    lie(INDEX.map((each) => (each.name === "edge" ? { ...each, sha256: sha256(text), components } : each)));
    writeFileSync(join(folder, "edge.cdx.json"), text);
    expect(await collected()).toMatchObject({
      verdict: "not-met",
      because: expect.stringMatching(because) as string,
    });
  });

  it("do not hold where the program's names nothing; a function may have nothing but its own code", async () => {
    const empty = JSON.stringify({ bomFormat: "CycloneDX" });
    const without = (name: string): void => {
      lie(
        INDEX.map((each) => (each.name === name ? { ...each, sha256: sha256(empty), components: 0 } : each)),
      );
      writeFileSync(join(folder, `${name}.cdx.json`), empty);
    };
    without(PROGRAM);
    expect(await collected()).toMatchObject({
      verdict: "not-met",
      because: "the program's bill names no component",
    });
    without("edge");
    expect(await collected()).toMatchObject({ verdict: "met" });
  });

  it.each<[string, unknown]>([
    ["is no list", {}],
    ["has a name twice", [...INDEX, entry("edge")]],
    ["leads to a file elsewhere", INDEX.map((each) => ({ ...each, file: `../${each.file}` }))],
    ["has no digest of a bundle", INDEX.map(({ deployedSha256: _, ...each }) => each)],
  ])("are unknown where their index %s", async (_, index) => {
    lie(index);
    expect(await collected()).toMatchObject({
      verdict: "unknown",
      because: "there is no index of bills of materials that can be read",
      of: [],
    });
  });

  it("are unknown where none were made", async () => {
    expect(await collected()).toMatchObject({ verdict: "unknown", of: [] });
  });

  it("of a function that the source no longer makes are of nothing", () => {
    const index = [...INDEX, entry("gone")];
    expect(judgeSboms(index, [], BUILT)).toEqual({
      verdict: "not-met",
      because: "the bill of gone is of another bundle than this source makes",
    });
  });
});
