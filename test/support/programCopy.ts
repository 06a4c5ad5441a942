import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";

const root = path.join(__dirname, "..", "..");
const PARTS = [
  "Pulumi.yaml",
  "Pulumi.staging.yaml",
  "package.json",
  // Of the source, which letters and evidence are about.
  "package-lock.json",
  "pins.json",
  ".npmrc",
  // The bundles' bytes depend on it, and the bills of materials on theirs.
  "tsconfig.json",
  "infra",
  "stacks",
  "policies",
  "cli",
  "runtime",
];

export const PRODUCTION_ACCOUNT = "210987654321";

/** The program's own refusals, taken out: a pack that stands alone. By file. */
export const NO_GUARD: Readonly<Record<string, string>> = {
  "stacks/guard.ts": `export class GuardError extends Error {}
export const guard = ({ readSources }) => ({ sources: readSources(), unprotect: [] });
`,
  "stacks/facts.ts": "export const holdFacts = () => undefined;\n",
};

/** What is not of the checkout: installed, made, or of this machine. */
const NOT_CHECKED_OUT = [".git", ".build", ".cache", ".local", "node_modules"];

/** A copy of the program that a test may change, run by the real command; or of the whole checkout, tests and documents included. */
export class ProgramCopy {
  readonly folder = mkdtempSync(path.join(tmpdir(), "fase-b-"));

  constructor({ whole = false }: { readonly whole?: boolean } = {}) {
    const parts = whole ? readdirSync(root).filter((name) => !NOT_CHECKED_OUT.includes(name)) : PARTS;
    for (const part of parts)
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

  write(file: string, text: string | Uint8Array): this {
    const target = path.join(this.folder, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
    return this;
  }

  /** Nothing where there is no such file. */
  read(file: string): string | undefined {
    const target = path.join(this.folder, file);
    return existsSync(target) ? readFileSync(target, "utf8") : undefined;
  }

  /**
   * Settings of a stack `production`: staging's, in another account and another zone, with the exceptions that its policies ask for. Of
   * nobody: both are reserved for examples.
   */
  addProduction(): this {
    const staging = readFileSync(path.join(this.folder, "Pulumi.staging.yaml"), "utf8");
    const production = staging
      .replaceAll("staging.example.com", "production.example.com")
      .replaceAll("fase-b-staging", "fase-b-production")
      .replaceAll("123456789012", PRODUCTION_ACCOUNT);
    return this.write("Pulumi.production.yaml", production)
      .edit("policies/exceptions.ts", "export const policyExceptions", "const ofStaging")
      .edit(
        "policies/exceptions.ts",
        "/** Published controls",
        `export const policyExceptions: readonly PolicyException[] = [
  ...ofStaging,
  ...ofStaging.map((one) => ({ ...one, id: one.id.replace("EX-0", "EX-1"), stack: "production" })),
];

/** Published controls`,
      );
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

  /** A line of shell, as somebody types it there; with what both streams say. */
  run(command: string, timeoutMs: number): { readonly status: number | null; readonly output: string } {
    // A test that runs tests: the inner ones are none of the outer's. Nobody looks at colours.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^VITEST|^NODE_ENV$|^FORCE_COLOR$/.test(name)),
    );
    const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
      cwd: this.folder,
      env: { ...env, NO_COLOR: "1" },
      encoding: "utf8",
      timeout: timeoutMs,
      maxBuffer: 64 * 1024 * 1024,
    });
    return { status, output: stdout + stderr };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
