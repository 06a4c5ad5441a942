import { Version } from "@cyclonedx/cyclonedx-library/Spec";
import { JsonStrictValidator } from "@cyclonedx/cyclonedx-library/Validation";
import * as nodeConsole from "node:console";
import { createHash } from "node:crypto";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readContract } from "../../infra/contract/contract";
import { buildFunctions } from "../../infra/edge/bundle";
import { functionNames } from "../../infra/edge/functionNames";
import { PROGRAM, readSboms } from "../../infra/supplyChain/sbomIndex";
import { packageId } from "./bom";
import { generateBills, type Bill } from "./generate";

const projectDir = path.join(__dirname, "..", "..");
/** The smallest bundle. */
const name = "announce";

describe("bills of materials (B6.2)", () => {
  let copy: string;
  let here: readonly Bill[];

  beforeAll(async () => {
    // The runner's own console can't make another one, as the generator wants it.
    vi.stubGlobal("console", nodeConsole);
    copy = mkdtempSync(path.join(tmpdir(), "fase-b-bills-"));
    for (const part of ["package.json", "package-lock.json", "infra", ".npmrc", "tsconfig.json"])
      cpSync(path.join(projectDir, part), path.join(copy, part), { recursive: true });
    symlinkSync(path.join(projectDir, "node_modules"), path.join(copy, "node_modules"));
    here = await generateBills(projectDir, [name]);
  });
  afterAll(() => {
    vi.unstubAllGlobals();
    rmSync(copy, { recursive: true, force: true });
  });

  const billOf = (bills: readonly Bill[], of: string): Bill => {
    const bill = bills.find(({ entry }) => entry.name === of);
    if (!bill) throw new Error(`no bill of ${of}`);
    return bill;
  };
  const packagesIn = ({ bom }: Bill): readonly string[] => (bom.components ?? []).map(packageId);

  it("are the same bytes in another folder", async () => {
    const there = await generateBills(copy, [name]);
    expect(there.map(({ text }) => text)).toEqual(here.map(({ text }) => text));
  });

  it("are of the very bundle that is deployed", async () => {
    const { digests, bundles } = await buildFunctions(projectDir, readContract());
    const { entry, bom, bundle } = billOf(here, name);
    expect(bundle).toBe(readFileSync(bundles[name], "utf8"));
    expect(entry.deployedSha256).toBe(digests[name]);
    const ofBundle = createHash("sha256").update(readFileSync(bundles[name])).digest("hex");
    expect(ofBundle).toBe(digests[name]);
    expect(bom.metadata?.component).toMatchObject({ name, hashes: [{ alg: "SHA-256", content: ofBundle }] });
  });

  it("change with a package that a bundle takes in", async () => {
    appendFileSync(
      path.join(copy, "infra", "functions", name, "index.ts"),
      '\nimport { Cron } from "croner";\nexport const next = (text: string): unknown => new Cron(text).nextRun();\n',
    );
    const [before, after] = [billOf(here, name), billOf(await generateBills(copy, [name]), name)];
    expect(packagesIn(before)).not.toContainEqual(expect.stringMatching(/^croner@/));
    expect(packagesIn(after)).toContainEqual(expect.stringMatching(/^croner@\d/));
    expect(after.entry.deployedSha256).not.toBe(before.entry.deployedSha256);
    expect(after.entry.sha256).not.toBe(before.entry.sha256);
  });

  it("name what the program needs to run, and nothing that only makes or tests it", () => {
    const packages = packagesIn(billOf(here, PROGRAM));
    expect(packages).toContainEqual(expect.stringMatching(/^@pulumi\/aws@/));
    expect(packages).not.toContainEqual(expect.stringMatching(/^vitest@/));
  });

  it("hold in the schema what they hold, and say nothing of time or place", async () => {
    for (const { text, entry } of here) {
      expect(await new JsonStrictValidator(Version.v1dot6).validate(text)).toBeNull();
      expect(text).not.toMatch(/"serialNumber"|"timestamp"|"type": "distribution"/);
      expect(text).not.toContain(projectDir);
      expect(createHash("sha256").update(text).digest("hex")).toBe(entry.sha256);
    }
    // The validator is one that refuses.
    const broken = billOf(here, name).text.replace('"type": "library"', '"type": "thing"');
    expect(await new JsonStrictValidator(Version.v1dot6).validate(broken)).not.toBeNull();
  });

  it("are committed for what is deployed", async () => {
    const { digests } = await buildFunctions(projectDir, readContract());
    const committed = readSboms(path.join(projectDir, "stacks", "staging"));
    expect(committed.map(({ name: of }) => of)).toEqual([PROGRAM, ...functionNames]);
    for (const of of functionNames)
      expect(committed.find((one) => one.name === of)?.deployedSha256).toBe(digests[of]);
    expect(committed[0]?.sha256).toBe(billOf(here, PROGRAM).entry.sha256);
  });
});
