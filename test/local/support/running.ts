import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentCounts } from "../../../cli/local/agents/stubAgents";
import type { Behaviour } from "../../../cli/local/agents/behaviour";
import { LISTENING } from "../../../cli/local/listing";
import { tell } from "../../../cli/local/session";
import { stagingValues } from "../../support/staging";

export const projectDir = join(__dirname, "..", "..", "..");
export const localDir = join(projectDir, ".local");

/** The first run makes the Python environment. */
const START_LIMIT_MS = 240_000;
const STOP_LIMIT_MS = 15_000;

export interface State {
  readonly agents: readonly {
    readonly id: string;
    readonly url: string;
    readonly behaviour: Behaviour;
    readonly counted: AgentCounts;
  }[];
  readonly instances: readonly { readonly functionName: string; readonly pid: number }[];
}

/** `npm run local`, as a person has it: a process of its own. */
export class Running {
  private output = "";

  private constructor(
    readonly child: ChildProcess,
    private readonly removeSettings: () => void,
  ) {
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk: Buffer) => (this.output += chunk.toString("utf8")));
  }

  /** @param change of staging's settings, by key without namespace; staging's own when it is not given */
  static async start(
    args: readonly string[] = [],
    change?: (values: Record<string, unknown>) => void,
  ): Promise<Running> {
    const folder = mkdtempSync(join(tmpdir(), "fase-b-local-"));
    const settings = change === undefined ? [] : ["--config-file", writeSettings(folder, change)];
    const child = command(["--port", "0", ...settings, ...args]);
    const running = new Running(child, () => rmSync(folder, { recursive: true, force: true }));
    const exited = once(child, "exit");
    const start = performance.now();
    while (running.portShown === undefined) {
      if (child.exitCode !== null || performance.now() - start > START_LIMIT_MS) {
        child.kill("SIGTERM");
        await exited;
        running.removeSettings();
        throw new Error(`npm run local did not start: ${running.output}`);
      }
      await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 50))]);
    }
    return running;
  }

  private get portShown(): number | undefined {
    const [, port] = new RegExp(`^${LISTENING}(\\d+)$`, "m").exec(this.output) ?? [];
    return port === undefined ? undefined : Number(port);
  }

  get port(): number {
    const { portShown } = this;
    if (portShown === undefined) throw new Error("it does not listen yet");
    return portShown;
  }

  get shown(): string {
    return this.output;
  }

  get folder(): string {
    return join(localDir, `run-${this.port}`);
  }

  clientFile(name: string): string {
    return readFileSync(join(this.folder, "clients", name), "utf8");
  }

  /** As `npm run local -- <words>`. */
  tell(...words: string[]): Promise<string> {
    return tell(localDir, this.port, words);
  }

  async state(): Promise<State> {
    const { url, token } = JSON.parse(readFileSync(join(this.folder, "session.json"), "utf8")) as {
      readonly url: string;
      readonly token: string;
    };
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    return (await response.json()) as State;
  }

  async agent(id: string): Promise<State["agents"][number]> {
    const found = (await this.state()).agents.find((agent) => agent.id === id);
    if (found === undefined) throw new Error(`no agent ${id}`);
    return found;
  }

  /** @returns the exit status */
  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exited = once(this.child, "exit");
      this.child.kill(signal);
      const timer = setTimeout(() => this.child.kill("SIGKILL"), STOP_LIMIT_MS);
      await exited;
      clearTimeout(timer);
    }
    this.removeSettings();
    return this.child.exitCode;
  }
}

/** The command itself, without npm in front of it. */
export function command(args: readonly string[]): ChildProcess {
  const entry = join("cli", "local", "main.ts");
  return spawn(process.execPath, ["--require=./runtime/register.cjs", entry, ...args], {
    cwd: projectDir,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
}

/** JSON is YAML too. */
function writeSettings(folder: string, change: (values: Record<string, unknown>) => void): string {
  const values = stagingValues();
  change(values);
  const file = join(folder, "Pulumi.staging.yaml");
  const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [`fase-b:${key}`, value]));
  writeFileSync(file, JSON.stringify({ config }));
  return file;
}
