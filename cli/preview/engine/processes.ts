/** The processes that a preview starts; none outlives it. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";

export type Child = ChildProcessByStdio<null, Readable, Readable>;

/** What is kept of a process's output for an error message, in characters. */
const KEPT_OUTPUT = 8_000;

export class Processes {
  private readonly running = new Set<Child>();

  private readonly onExit = (): void => this.killAll();
  private readonly onInterrupt = (): void => this.end(130);
  private readonly onTerminate = (): void => this.end(143);

  constructor() {
    process.on("exit", this.onExit);
    process.on("SIGINT", this.onInterrupt);
    process.on("SIGTERM", this.onTerminate);
  }

  private end(status: number): void {
    this.killAll();
    process.exit(status);
  }

  start(args: readonly string[], cwd: string, environment: Readonly<Record<string, string>>): Child {
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.running.add(child);
    child.once("exit", () => this.running.delete(child));
    return child;
  }

  killAll(): void {
    for (const child of this.running) child.kill("SIGKILL");
  }

  /** Kills what still runs and lets go of the signals. */
  close(): void {
    this.killAll();
    process.off("exit", this.onExit);
    process.off("SIGINT", this.onInterrupt);
    process.off("SIGTERM", this.onTerminate);
  }
}

/** Collects a stream's text, the last part of it when it is long. */
export function collect(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    text = (text + chunk).slice(-KEPT_OUTPUT);
  });
  return () => text;
}

/** Resolves with the exit status, or the signal's name, once the output is read to its end. */
export function exited(child: Child): Promise<number | string> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve(status ?? signal ?? "unknown"));
  });
}
