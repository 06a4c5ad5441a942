import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../usageError";
import { findPaths, projectAbove } from "./paths";

let project: string;
const put = (path: string): void => {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), "");
};
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "fase-b-paths-"));
  for (const path of ["Pulumi.yaml", "Pulumi.staging.yaml", "policies/PulumiPolicy.yaml", "cli/x"]) put(path);
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

describe("the project that a command works in", () => {
  it("is the nearest above", () => {
    expect(projectAbove(join(project, "cli"))).toBe(project);
  });

  it.each(["Pulumi.json", "Pulumi.yml", "cli/Pulumi.json"])(
    "is refused beside %s, which the engine would take for another",
    (path) => {
      put(path);
      expect(() => projectAbove(join(project, "cli"))).toThrow(UsageError);
      expect(() => projectAbove(join(project, "cli"))).toThrow(
        /^Pulumi\.(json|yml): got one in .*; allowed: Pulumi\.yaml alone, .*; fix: remove Pulumi\.(json|yml)$/,
      );
    },
  );

  it("has a pack that the engine finds as these commands do", () => {
    const find = (): unknown => findPaths({ stack: "staging" }, project);
    expect(find()).toEqual({ projectDir: project, policyPacks: [join(project, "policies")] });
    put("policies/PulumiPolicy.json");
    expect(find).toThrow(/^PulumiPolicy\.json: got one in policies; allowed: PulumiPolicy\.yaml alone/);
  });

  it("has stacks by their settings, and no other file is named where one is unknown", () => {
    const find = (): unknown => findPaths({ stack: "other" }, project);
    expect(find).toThrow(
      '--stack: no stack "other": Pulumi.other.yaml is not there; allowed: staging; write that file, or name a stack that is there',
    );
  });
});
