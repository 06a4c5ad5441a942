/**
 * Runs the real `pulumi` on a copy of a project, with a state of its own and stand-ins for the providers.
 */
import { execFile } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
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
import { SCOPES } from "../../cli/preview/engine/sdkTypes";
import type { PreviewDigest, Violation } from "../../cli/preview/model";

const STANDIN = join(__dirname, "standin", "provider.ts");
/** Packages of these scopes that are no provider's. */
const NOT_PROVIDERS = ["pulumi", "policy"];
/** What of a project a copy leaves behind. */
const NOT_COPIED = new Set(["node_modules", ".git", ".ci", "test", "bench", "docs"]);
const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;

/** Of nobody: a test looks for them where they must not stand. */
export const TOKENS = { grafana: "grafana-token-of-this-test", pagerDuty: "pagerduty-token-of-this-test" };

export const NO_CLI = "no `pulumi` on the PATH; the committed digest of the engine is compared instead";

/** The folder of `pulumi`, where it is on the PATH. */
export function cliFolder(): string | undefined {
  return (process.env["PATH"] ?? "").split(delimiter).find((folder) => {
    try {
      accessSync(join(folder, "pulumi"), constants.X_OK);
      return folder !== "";
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return false;
    }
  });
}

/** Skips a test where there is no CLI, and says so. */
export function needsCli(context: { readonly skip: (note?: string) => never }): void {
  if (!cliFolder()) context.skip(NO_CLI);
}

/** A project that both the preview and the engine are run on. */
export interface Subject {
  /** The folder of `Pulumi.yaml`. */
  readonly directory: string;
  readonly stack: string;
  /** The folder of the policy pack, relative to `directory`. */
  readonly policyPack: string;
}

export interface CliResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What the engine says of a whole run, when told to stream its events. */
export interface EngineEvents {
  readonly violations: readonly Violation[];
  /** Number of resources by operation. */
  readonly resourceChanges: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
}

export class Cli {
  private readonly root = mkdtempSync(join(tmpdir(), "fase-b-engine-"));
  readonly project = join(this.root, "project");
  private readonly environment: NodeJS.ProcessEnv;

  constructor(
    readonly subject: Subject,
    nodeModules: string,
  ) {
    cpSync(subject.directory, this.project, {
      recursive: true,
      filter: (source) => source === subject.directory || !NOT_COPIED.has(basename(source)),
    });
    symlinkSync(nodeModules, join(this.project, "node_modules"));
    this.usePassphrase(join(this.project, `Pulumi.${subject.stack}.yaml`));

    const providers = join(this.root, "bin");
    for (const folder of [providers, join(this.root, "state"), join(this.root, "home")]) mkdirSync(folder);
    for (const name of SCOPES.flatMap((scope) => readdirSync(join(nodeModules, scope))).filter(
      (each) => !NOT_PROVIDERS.includes(each),
    )) {
      const script = join(providers, `pulumi-resource-${name}`);
      const command = [
        process.execPath,
        `--require=${join(__dirname, "..", "..", "runtime", "register.cjs")}`,
        STANDIN,
        name,
        this.project,
      ];
      writeFileSync(script, `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(" ")}\n`);
      chmodSync(script, 0o755);
    }
    this.environment = {
      ...process.env,
      PATH: [providers, process.env["PATH"]].join(delimiter),
      PULUMI_BACKEND_URL: `file://${join(this.root, "state")}`,
      PULUMI_HOME: join(this.root, "home"),
      PULUMI_CONFIG_PASSPHRASE: "only of this test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      // Events hold what the digest does not: the policies' verdicts.
      PULUMI_ENABLE_STREAMING_JSON_PREVIEW: undefined,
      // `npm run deploy` refuses authorities of a run's own; the stand-ins ask nobody.
      ...Object.fromEntries(
        ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_OPTIONS"].map((name) => [name, undefined]),
      ),
      // An update refuses to begin without them; the stand-ins ask nobody.
      GRAFANA_AUTH: TOKENS.grafana,
      PAGERDUTY_TOKEN: TOKENS.pagerDuty,
    };
  }

  /** The stack's own key is in a service that a test does not have. */
  private usePassphrase(file: string): void {
    const lines = readFileSync(file, "utf8").split("\n");
    writeFileSync(
      file,
      lines.filter((line) => !/^(secretsprovider|encryptedkey|encryptionsalt):/.test(line)).join("\n"),
    );
  }

  run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<CliResult> {
    return this.execute("pulumi", [...args, "--non-interactive"], environment);
  }

  /** Another checkout of the project as it is now, in which nothing was built yet. @returns its folder */
  checkOut(name: string): string {
    const folder = join(this.root, name, "elsewhere", "project");
    cpSync(this.project, folder, {
      recursive: true,
      filter: (source) => ![".build", "node_modules"].includes(basename(source)),
    });
    symlinkSync(readlinkSync(join(this.project, "node_modules")), join(folder, "node_modules"));
    return folder;
  }

  /**
   * Runs a script of package.json, for which this engine and its stand-ins are on the PATH.
   *
   * @param cwd the checkout, of which there may be more than one
   */
  npmRun(script: string, args: readonly string[], cwd = this.project): Promise<CliResult> {
    const { scripts } = JSON.parse(readFileSync(join(cwd, "package.json"), "utf8")) as {
      readonly scripts: Readonly<Record<string, string>>;
    };
    const [command = "", ...given] = (scripts[script] ?? "").split(" ");
    return this.execute(command, [...given, ...args], {}, cwd);
  }

  private execute(
    command: string,
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
    cwd = this.project,
  ): Promise<CliResult> {
    return new Promise((resolve) => {
      const options = {
        cwd,
        env: { ...this.environment, ...environment },
        maxBuffer: MAX_OUTPUT_BYTES,
      };
      execFile(command, [...args], options, (error, stdout, stderr) => {
        const status = error ? (typeof error.code === "number" ? error.code : 1) : 0;
        resolve({ status, stdout, stderr });
      });
    });
  }

  /** Runs what must succeed. */
  async must(args: readonly string[]): Promise<CliResult> {
    const result = await this.run(args);
    if (result.status !== 0) {
      throw new Error(
        `pulumi ${args.join(" ")} ended with ${result.status}:\n${result.stdout}\n${result.stderr}`,
      );
    }
    return result;
  }

  async init(): Promise<void> {
    await this.must(["stack", "init", this.subject.stack]);
  }

  async version(): Promise<string> {
    return (await this.must(["version"])).stdout.trim();
  }

  /** `pulumi preview --json`. A violated mandatory policy is no failure here. */
  async digest(): Promise<PreviewDigest> {
    const { stack, policyPack } = this.subject;
    const { stdout, stderr } = await this.run([
      "preview",
      "--json",
      "--stack",
      stack,
      "--policy-pack",
      policyPack,
    ]);
    if (!stdout.startsWith("{")) throw new Error(`pulumi preview gave no digest:\n${stdout}\n${stderr}`);
    const digest = JSON.parse(stdout) as PreviewDigest & {
      diagnostics?: readonly { message: string; severity: string }[];
    };
    const problems = (digest.diagnostics ?? []).filter(
      ({ message, severity }) => severity === "error" && !message.includes("preview failed"),
    );
    if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join("\n"));
    return digest;
  }

  /** Runs a command that streams the engine's events. */
  async events(args: readonly string[]): Promise<EngineEvents> {
    const result = await this.run([...args, "--json"], { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" });
    return readEvents(result);
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

interface Event {
  readonly policyEvent?: {
    readonly resourceUrn?: string;
    readonly message: string;
    readonly policyName: string;
    readonly policyPackName: string;
    readonly enforcementLevel: Violation["enforcementLevel"];
    readonly severity?: Violation["severity"];
  };
  readonly summaryEvent?: { readonly resourceChanges?: Readonly<Record<string, number>> };
  readonly diagnosticEvent?: { readonly severity: string; readonly message: string };
}

function readEvents({ stdout, stderr }: CliResult): EngineEvents {
  const events = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Event);
  if (events.length === 0) throw new Error(`pulumi told no events:\n${stdout}\n${stderr}`);
  const violations: Violation[] = [];
  const errors: string[] = [];
  let resourceChanges: Readonly<Record<string, number>> = {};
  for (const { policyEvent, summaryEvent, diagnosticEvent } of events) {
    if (policyEvent) {
      violations.push({
        pack: policyEvent.policyPackName,
        policy: policyEvent.policyName,
        enforcementLevel: policyEvent.enforcementLevel,
        severity: policyEvent.severity ?? "unspecified",
        message: policyEvent.message.trimEnd(),
        ...(policyEvent.resourceUrn ? { urn: policyEvent.resourceUrn } : {}),
      });
    }
    if (summaryEvent) resourceChanges = summaryEvent.resourceChanges ?? {};
    if (diagnosticEvent?.severity === "error") errors.push(diagnosticEvent.message);
  }
  return { violations, resourceChanges, errors };
}
