/** The program and the pack count the source each by its own code; what they come to must be the same number. */
import fc from "fast-check";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { sourceOf } from "../../policies/records/source";

let root: string;
const put = (path: string, text = path): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
/** What a checkout must have. */
const least = [
  "infra/a.ts",
  "policies/a.ts",
  "runtime/a.ts",
  "stacks/index.ts",
  ...["Pulumi.yaml", "package.json", "package-lock.json", "pins.json", "tsconfig.json"],
];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "source-"));
  for (const path of least) put(path);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function programs(): string {
  try {
    return sourceDigest(root);
  } catch {
    return "refused";
  }
}
function packs(): string {
  const source = sourceOf(root);
  return "digest" in source ? source.digest : "refused";
}

describe("the digest of the source (B0.2)", () => {
  it("is the same for both, of this repository", () => {
    const repository = join(__dirname, "../..");
    expect(sourceOf(repository)).toEqual({ digest: sourceDigest(repository) });
  });

  it("is the same for both, whatever lies where", () => {
    const name = fc.constantFrom(
      ...["b.ts", "B.ts", "README.md", "x.json", ".hidden", "a-b.ts", "a.b.ts", "@x+y", "Pulumi.x.yaml"],
      ...[
        ".npmrc",
        ".NPMRC",
        "Pulumi.json",
        "pulumi.x.yaml",
        "Pulumi..yml",
        "PulumiPolicy.JSON",
        "Pulumi.bak",
      ],
      ...["stack-configuration.json", ".cache", ".build", "__pycache__", "node_modules", "a b.ts", "ñ.ts"],
    );
    const folder = fc.constantFrom(
      ...["infra", "infra/settings", "infra/.build", "infra/b", "policies", "policies/x/y", "runtime"],
      ...["stacks", "stacks/staging", "stacks/staging/letters", "stacks/node_modules", "test", "cli", "."],
    );
    const file = fc.record({ folder, name, text: fc.string({ maxLength: 8 }) });
    let counted = 0;
    fc.assert(
      fc
        .property(
          fc.uniqueArray(file, { maxLength: 6, selector: (one) => `${one.folder}/${one.name}` }),
          (files) => {
            const paths = files.map((one) => `${one.folder}/${one.name}`);
            // Nothing is a file and a folder.
            fc.pre(!paths.some((path) => paths.some((other) => other.startsWith(`${path}/`))));
            for (const [at, { text }] of files.entries()) put(paths[at] ?? "", text);
            expect(packs()).toBe(programs());
            if (packs() !== "refused") counted += 1;
          },
        )
        .beforeEach(() => {
          rmSync(root, { recursive: true, force: true });
          for (const path of least) put(path);
        }),
      { numRuns: 200, examples: [[[{ folder: "infra/.build", name: "b.ts", text: "" }]]] },
    );
    // Most of them are counted, and not refused by both.
    expect(counted).toBeGreaterThan(60);
  });

  it.each<[string, () => void]>([
    ["a link", () => symlinkSync("a.ts", join(root, "infra/link.ts"))],
    ["a link to a folder", () => symlinkSync("../cli", join(root, "infra/cli"))],
    ["a link in the program's folder", () => symlinkSync("index.ts", join(root, "stacks/other.ts"))],
    ["a folder of packages", () => put("policies/node_modules/x/index.js")],
    ["packages beside the program", () => put("stacks/node_modules/x/index.js")],
    ["a name with a line's end", () => put("infra/a\nb.ts")],
    ["a name with a space", () => put("stacks/a b.ts")],
    ["a folder of a strange name that only has documents", () => put("infra/a b/README.md")],
    ["a project that the engine takes first", () => put("Pulumi.json")],
    ["a project that the engine takes last", () => put("Pulumi.yml")],
    ["settings for such a project", () => put("Pulumi.staging.json")],
    ["settings by the name that another file system finds", () => put("pulumi.staging.yaml")],
    ["a pack that the engine takes first", () => put("policies/PulumiPolicy.json")],
    ["a pack that the engine takes last", () => put("policies/PulumiPolicy.yml")],
    ["a pack beside the project", () => put("PulumiPolicy.yaml")],
    ["a link to what npm is told", () => symlinkSync("infra/a.ts", join(root, ".npmrc"))],
    ["no lock file", () => rmSync(join(root, "package-lock.json"))],
    ["no runtime", () => rmSync(join(root, "runtime"), { recursive: true })],
    [
      "a file where a folder should be",
      () => {
        rmSync(join(root, "runtime"), { recursive: true });
        put("runtime");
      },
    ],
    ["a folder where a file should be", () => put("Pulumi.other.yaml/x")],
  ])("is refused by both for %s", (_, change) => {
    change();
    expect(packs()).toBe("refused");
    expect(packs()).toBe(programs());
  });

  it("is another one with what npm is told, and with another word of it", () => {
    const seen = [packs()];
    expect(programs()).toBe(seen[0]);
    for (const text of ["engine-strict=true\n", "node-options=--require=./x.cjs\n"]) {
      put(".npmrc", text);
      expect(programs()).toBe(packs());
      expect(seen).not.toContain(packs());
      seen.push(packs());
    }
  });

  it("is the same beside what is only called like the engine's files", () => {
    const before = packs();
    for (const path of ["Pulumi.yaml.bak", "pulumi.md", "stacks/staging/Pulumi.json"]) put(path);
    expect([packs(), programs()]).toEqual([before, before]);
  });

  it("is the same for both beside a document of whatever name, or a link that is called so", () => {
    const before = packs();
    put("stacks/a b.md");
    symlinkSync("index.ts", join(root, "stacks/link.md"));
    expect([packs(), programs()]).toEqual([before, before]);
  });

  it("is refused with the path, in words, and without the place on this machine", () => {
    symlinkSync("a.ts", join(root, "infra/link.ts"));
    expect(sourceOf(root)).toEqual({ defect: "infra/link.ts, which is a link" });
    rmSync(join(root, "infra/link.ts"));
    put("Pulumi.json");
    expect(sourceOf(root)).toEqual({
      defect: '"Pulumi.json", which the engine could read instead of the .yaml that is counted: remove it',
    });
    expect(() => sourceDigest(root)).toThrow(
      /^Pulumi\.json: got a file that the engine could take before .*; allowed: Pulumi\.yaml, .*; fix: rm "Pulumi\.json"$/,
    );
    expect(sourceOf(join(root, "nowhere"))).toEqual({ defect: "no infra" });
  });
});
