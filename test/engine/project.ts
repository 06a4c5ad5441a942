/** Small projects in folders of their own, for what a whole program would only show by accident. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runPreview } from "../../cli/preview/engine";
import type { PreviewOptions, PreviewResult } from "../../cli/preview/model";
import { ROOT } from "./subjects";

const RUNTIME = "runtime:\n  name: nodejs\n  options:\n    typescript: false\n";

export interface SmallProject {
  /** JavaScript; `pulumi` and `aws` are there. */
  readonly program: string;
  /** JavaScript of `policies: [ … ]`; without it there is no pack. */
  readonly policies?: string;
  /** `Pulumi.yaml` after the runtime. */
  readonly project?: string;
  /** `Pulumi.test.yaml`. */
  readonly stack?: string;
  /** JavaScript that the pack runs before it is made. */
  readonly packPrelude?: string;
}

export class TemporaryProject {
  readonly directory = mkdtempSync(join(tmpdir(), "fase-b-preview-"));

  constructor(private readonly content: SmallProject) {
    symlinkSync(join(ROOT, "node_modules"), join(this.directory, "node_modules"));
    this.write("Pulumi.yaml", `name: small\nmain: index.js\n${RUNTIME}${content.project ?? ""}`);
    this.write("Pulumi.test.yaml", content.stack ?? "config: {}\n");
    this.write("package.json", '{ "name": "small" }');
    this.write(
      "index.js",
      `const pulumi = require("@pulumi/pulumi");
const custom = (type, name, props = {}, opts = {}) => new pulumi.CustomResource(type, name, props, opts);
${content.program}`,
    );
    if (content.policies === undefined) return;
    mkdirSync(join(this.directory, "policies"));
    this.write("policies/PulumiPolicy.yaml", RUNTIME);
    this.write(
      "policies/package.json",
      '{ "name": "small-policies", "version": "1.0.0", "main": "index.js" }',
    );
    this.write(
      "policies/index.js",
      `const { PolicyPack } = require("@pulumi/policy");
${content.packPrelude ?? ""}
new PolicyPack("small-policies", { enforcementLevel: "mandatory", policies: [${content.policies}] });`,
    );
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.directory, path), text);
  }

  preview(others: Partial<PreviewOptions> = {}): Promise<PreviewResult> {
    return runPreview({
      ...others,
      projectDir: this.directory,
      stack: "test",
      policyPacks: this.content.policies === undefined ? [] : ["policies"],
    });
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Previews a project that is gone afterwards. */
export async function previewOf(content: SmallProject): Promise<PreviewResult> {
  const project = new TemporaryProject(content);
  try {
    return await project.preview();
  } finally {
    project.remove();
  }
}
