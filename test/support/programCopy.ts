import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

const root = path.join(__dirname, "..", "..");
const PARTS = [
  "Pulumi.yaml",
  "Pulumi.staging.yaml",
  "package.json",
  "pins.json",
  // The bundles' bytes depend on it, and the bills of materials on theirs.
  "tsconfig.json",
  "infra",
  "stacks",
  "policies",
  "cli",
  "runtime",
];

/** A copy of the program that a test may change, run by the real command. */
export class ProgramCopy {
  readonly folder = mkdtempSync(path.join(tmpdir(), "fase-b-"));

  constructor() {
    for (const part of PARTS)
      cpSync(path.join(root, part), path.join(this.folder, part), { recursive: true });
    // What was bundled of the same sources is not bundled again.
    const built = path.join(root, ".build");
    if (existsSync(built)) cpSync(built, path.join(this.folder, ".build"), { recursive: true });
    symlinkSync(path.join(root, "node_modules"), path.join(this.folder, "node_modules"));
  }

  /** Replaces exactly one place of a file; throws when it is not there, or the test would test nothing. */
  edit(file: string, from: string, to: string): this {
    const target = path.join(this.folder, file);
    const parts = readFileSync(target, "utf8").split(from);
    if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${from}`);
    writeFileSync(target, parts.join(to));
    return this;
  }

  /** `npm run preview -- <options>`, as package.json has it. */
  preview(...options: readonly string[]): { readonly status: number | null; readonly output: string } {
    const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
      scripts: { preview: string };
    };
    const [command = "", ...args] = scripts.preview.split(" ");
    const { status, stdout, stderr } = spawnSync(command, [...args, ...options], {
      cwd: this.folder,
      encoding: "utf8",
      timeout: 60_000,
    });
    return { status, output: stdout + stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
