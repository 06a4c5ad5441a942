/** Copies of the project for the rivals, in a temporary folder that is removed again. */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, join } from "node:path";

const root = join(__dirname, "..");
/** What a preview reads. */
const COPIED = [
  "Pulumi.yaml",
  "bench",
  "cli",
  "infra",
  "package.json",
  "pins.json",
  "policies",
  "runtime",
  "stacks",
  "test",
  "tsconfig.json",
];
const NOT_COPIED = new Set(["node_modules", "cdk", "results.json"]);
const PROVIDERS = ["aws", "tls", "kubernetes", "grafana", "pagerduty"];

/** A copy of a folder that shares its files. */
function linkTree(source: string, target: string): void {
  mkdirSync(target);
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    if (entry.name === ".cache") continue;
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) linkTree(from, to);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else share(from, to);
  }
}

function share(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    // The temporary folder may be on another disk.
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    copyFileSync(from, to);
  }
}

export class Workspace {
  private readonly folder = mkdtempSync(join(tmpdir(), "fase-b-bench-"));
  private readonly providers = join(this.folder, "bin");

  constructor() {
    mkdirSync(this.providers);
    for (const name of PROVIDERS) {
      const words = [
        process.execPath,
        `--require=${join(root, "runtime", "register.cjs")}`,
        join(root, "test", "engine", "standin", "provider.ts"),
        name,
        root,
      ];
      const script = join(this.providers, `pulumi-resource-${name}`);
      writeFileSync(script, `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(" ")}\n`);
      chmodSync(script, 0o755);
    }
  }

  /** For `pulumi` in one of the copies: a state of its own, stand-ins for the providers, nothing from outside. */
  environment(directory: string): Readonly<Record<string, string>> {
    const state = join(directory, ".state");
    mkdirSync(state, { recursive: true });
    return {
      PATH: [this.providers, process.env["PATH"]].join(delimiter),
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_HOME: join(this.folder, "home"),
      PULUMI_CONFIG_PASSPHRASE: "only of this benchmark",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // Of no effect but where the SDK's own ts-node runs: it reads the files that tsconfig.json lists.
      TS_NODE_FILES: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    };
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  private copy(name: string): string {
    const folder = this.path(name);
    mkdirSync(folder);
    for (const entry of COPIED) {
      cpSync(join(root, entry), join(folder, entry), {
        recursive: true,
        filter: (source) => !NOT_COPIED.has(basename(source)),
      });
    }
    // What was bundled of the same sources is not bundled again, as in a checkout that is in use.
    const built = join(root, ".build");
    if (existsSync(built)) cpSync(built, join(folder, ".build"), { recursive: true });
    // The stack's own key is in a service that a benchmark does not have.
    const settings = readFileSync(join(root, "Pulumi.staging.yaml"), "utf8");
    writeFileSync(
      join(folder, "Pulumi.staging.yaml"),
      settings.replace(/^(secretsprovider|encryptedkey):.*\n/gm, ""),
    );
    // Packages of its own, as every checkout has them: what was compiled is kept beside them.
    linkTree(join(root, "node_modules"), join(folder, "node_modules"));
    return folder;
  }

  /** The project as it is, with a state that a passphrase encrypts. */
  staging(): string {
    return this.copy("staging");
  }

  /**
   * The same project with more agents.
   *
   * @param runtime `own`: as Pulumi.yaml has it; `default`: the SDK's own options
   */
  raised(agents: number, runtime: "own" | "default"): string {
    const folder = this.copy(`agents-${agents}-${runtime}`);
    const project = readFileSync(join(folder, "Pulumi.yaml"), "utf8");
    const ownRuntime = /^runtime:\n(?: .*\n)+/m.exec(project)?.[0];
    if (ownRuntime === undefined) throw new Error("Pulumi.yaml: got no runtime with options; allowed: a map");
    // The settings are read from the project's own file by the program; the stack has only their number.
    const settings = join(folder, "Pulumi.staging.yaml");
    cpSync(settings, join(folder, "staging.yaml"));
    writeFileSync(settings, `config:\n  fase-b:benchAgents: "${agents}"\n`);
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      `name: fase-b\nmain: bench/stack.ts\n${runtime === "own" ? ownRuntime : "runtime: nodejs\n"}`,
    );
    // The SDK's ts-node looks for it in the folder of the entry point, and sees no declarations but those listed.
    if (runtime === "default") {
      const declarations = ["../infra/shared/js-yaml.d.ts"];
      const options = { extends: "../tsconfig.json", files: declarations, include: [] };
      writeFileSync(join(folder, "bench", "tsconfig.json"), JSON.stringify(options));
    }
    return folder;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
