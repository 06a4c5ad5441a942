import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sourceDigest, sourceFiles } from "./sourceDigest";

const root = join(__dirname, "../../..");
let project: string;
const put = (path: string, text = path): void => {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
};

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "source-"));
  for (const path of [
    "infra/a.ts",
    "infra/b/contract.yaml",
    "infra/settings/stack-configuration.json",
    "infra/README.md",
    "policies/index.ts",
    "policies/controls.md",
    "runtime/register.cjs",
    "stacks/index.ts",
    "stacks/staging/preview.json",
    "stacks/staging/evidence/B8.1/x.json",
    "Pulumi.yaml",
    "Pulumi.staging.yaml",
    "package.json",
    "package-lock.json",
    "pins.json",
    "tsconfig.json",
    ".npmrc",
    "docs/runbook.md",
    "cli/main.ts",
    "test/x.test.ts",
  ])
    put(path);
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

describe("the source's digest", () => {
  it.each([
    "infra/a.ts",
    "infra/b/contract.yaml",
    "policies/index.ts",
    "runtime/register.cjs",
    "stacks/index.ts",
    "Pulumi.yaml",
    "Pulumi.staging.yaml",
    "package.json",
    "package-lock.json",
    "pins.json",
    "tsconfig.json",
    ".npmrc",
  ])("changes with %s", (path) => {
    const before = sourceDigest(project);
    appendFileSync(join(project, path), " ");
    expect(sourceDigest(project)).not.toBe(before);
  });

  it.each([
    "infra/new.ts",
    "policies/x/new.json",
    "runtime/new.ts",
    "stacks/other.ts",
    "stacks/other.cjs",
    "stacks/numbers.json",
    "stacks/.hidden.ts",
    "Pulumi.production.yaml",
    "infra/a.test.ts",
  ])("changes with a new %s", (path) => {
    const before = sourceDigest(project);
    put(path);
    expect(sourceDigest(project)).not.toBe(before);
  });

  it.each([
    "infra/README.md",
    "infra/settings/stack-configuration.json",
    "policies/controls.md",
    "stacks/staging/preview.json",
    "stacks/staging/evidence/B8.1/x.json",
    "docs/runbook.md",
    "cli/main.ts",
    "test/x.test.ts",
    "stacks/README.md",
    "infra/scanning/scripts/__pycache__/merge.cpython-312.pyc",
    "policies/.cache/x.json",
  ])("does not change with %s", (path) => {
    const before = sourceDigest(project);
    put(path, "other");
    expect(sourceDigest(project)).toBe(before);
  });

  it("changes with a name, be the content the same", () => {
    const before = sourceDigest(project);
    rmSync(join(project, "infra/a.ts"));
    put("infra/c.ts", "infra/a.ts");
    expect(sourceDigest(project)).not.toBe(before);
  });

  it("changes where npm is told nothing any more", () => {
    const before = sourceDigest(project);
    rmSync(join(project, ".npmrc"));
    expect(sourceDigest(project)).not.toBe(before);
  });

  it.each(["infra/link.ts", "infra/folder", "stacks/link.ts", "Pulumi.link.yaml"])(
    "refuses the link %s",
    (path) => {
      symlinkSync(join(project, "infra"), join(project, path));
      expect(() => sourceDigest(project)).toThrow(/got a symbolic link; allowed: .*; fix: /);
    },
  );

  it.each(["infra", "infra/functions/edge", "policies", "runtime", "stacks"])(
    "refuses packages in %s, which would be loaded before the locked ones",
    (folder) => {
      put(`${folder}/node_modules/zod/index.js`);
      expect(() => sourceDigest(project)).toThrow(/node_modules: got a folder of packages; .*; fix: rm -r /);
    },
  );

  it("refuses a name that tools would write in more than one way, and a source that is not whole", () => {
    put("infra/a b.ts");
    expect(() => sourceDigest(project)).toThrow(/infra\/a b\.ts: got something else/);
    rmSync(join(project, "infra/a b.ts"));
    put("Pulumi.a b.yaml");
    expect(() => sourceDigest(project)).toThrow(/Pulumi\.a b\.yaml: got something else/);
    rmSync(join(project, "Pulumi.a b.yaml"));
    rmSync(join(project, "pins.json"));
    expect(() => sourceDigest(project)).toThrow(/pins\.json: got nothing/);
  });

  it("is what the README's shell line prints, here and in this repository", () => {
    const readme = readFileSync(join(__dirname, "../README.md"), "utf8");
    const line = /```sh source-digest\n([^]*?)```/.exec(readme)?.[1];
    if (line === undefined) throw new Error("no shell line in the README");
    put("infra/__pycache__/left.pyc");
    put("stacks/.Numbers.json");
    put("infra/B.ts");
    const withoutNpmrc = mkdtempSync(join(tmpdir(), "source-"));
    cpSync(project, withoutNpmrc, { recursive: true });
    rmSync(join(withoutNpmrc, ".npmrc"));
    for (const folder of [project, withoutNpmrc, root])
      expect(
        execFileSync("sh", ["-c", line], {
          cwd: folder,
          encoding: "utf8",
          env: { ...process.env, LC_ALL: "", LANG: "en_US.UTF-8" },
        }),
      ).toBe(`${sourceDigest(folder)}  -\n`);
    rmSync(withoutNpmrc, { recursive: true });
  });

  it("covers the files of this repository that are deployed and judged", () => {
    const files = sourceFiles(root);
    for (const path of [
      "stacks/staging.ts",
      "infra/contract/openapi.yaml",
      "policies/index.ts",
      "Pulumi.staging.yaml",
      "tsconfig.json",
      ".npmrc",
      "infra/scanning/scripts/zap.sh",
      "policies/package.json",
    ])
      expect(files).toContain(path);
    expect(files.filter((path) => path.endsWith(".md") || path.startsWith("stacks/staging/"))).toEqual([]);
  });
});
