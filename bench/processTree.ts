/** Runs a command in a process group of its own, and measures it with everything that it starts. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import type { Sample } from "./statistics";

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** `env` is all that it gets. @default false, `env` joins this process's own */
  readonly bareEnv?: boolean;
}

export interface Run extends Sample {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface ProcessRow {
  readonly pid: number;
  readonly parent: number;
  readonly residentKiB: number;
}

const SAMPLE_INTERVAL_MS = 100;
/** A run that takes longer hangs. */
const TIMEOUT_MS = 15 * 60_000;
const running = new Set<ChildProcess>();

/** https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function processesOfLinux(): ProcessRow[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      let status: string;
      try {
        status = readFileSync(`/proc/${pid}/status`, "utf8");
      } catch (error) {
        // It ended in the meantime.
        if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
        throw error;
      }
      const field = (name: string): number =>
        Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
      return [{ pid: Number(pid), parent: field("PPid"), residentKiB: field("VmRSS") }];
    });
}

function processesByPs(): ProcessRow[] {
  const table = execFileSync("ps", ["-axo", "pid=,ppid=,rss="], { encoding: "utf8" });
  return table
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .map(([pid = 0, parent = 0, residentKiB = 0]) => ({ pid, parent, residentKiB }));
}

/** All that run now. */
export const processes = process.platform === "linux" ? processesOfLinux : processesByPs;

/** A process and all that descend from it. */
export function descendants(root: number, rows: readonly ProcessRow[]): ProcessRow[] {
  const children = groupByParent(rows);
  const found: ProcessRow[] = [];
  const visit = (pid: number): void => {
    for (const child of children.get(pid) ?? []) {
      found.push(child);
      visit(child.pid);
    }
  };
  visit(root);
  return [...rows.filter(({ pid }) => pid === root), ...found];
}

function groupByParent(rows: readonly ProcessRow[]): Map<number, ProcessRow[]> {
  const groups = new Map<number, ProcessRow[]>();
  for (const row of rows) groups.set(row.parent, [...(groups.get(row.parent) ?? []), row]);
  return groups;
}

/** @returns ends the watch and tells the highest sum over a process and its descendants, in MiB, ten times a second */
export function watchMemory({ pid }: Pick<ChildProcess, "pid">): () => number {
  let peakKiB = 0;
  const sampling = setInterval(() => {
    if (pid === undefined) return;
    const now = descendants(pid, processes()).reduce((sum, { residentKiB }) => sum + residentKiB, 0);
    peakKiB = Math.max(peakKiB, now);
  }, SAMPLE_INTERVAL_MS);
  return () => {
    clearInterval(sampling);
    return peakKiB / 1024;
  };
}

/** Linux tells it in hundredths of a second: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICKS_PER_SECOND = 100;

/** Processor time of a process that runs, of all its threads; `undefined` where the system tells it otherwise. */
export function processorSecondsOf({ pid }: Pick<ChildProcess, "pid">): number | undefined {
  if (process.platform !== "linux" || pid === undefined) return undefined;
  // The name, in brackets, may hold anything; what follows begins with the third field.
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  const [user, system] = [fields[11], fields[12]].map(Number);
  return ((user ?? Number.NaN) + (system ?? Number.NaN)) / TICKS_PER_SECOND;
}

/**
 * Runs to the end. Memory is the sum over the processes, sampled ten times a second: pages that two of them share
 * count twice.
 */
export function run(command: Command): Promise<Run> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command.file, command.args, {
      cwd: command.cwd,
      env: command.bareEnv === true ? { ...command.env } : { ...process.env, ...command.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    running.add(child);
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const memory = watchMemory(child);
    const timer = setTimeout(() => kill(child), TIMEOUT_MS);
    const done = (): number => {
      clearTimeout(timer);
      running.delete(child);
      return memory();
    };
    child.once("error", (error) => {
      done();
      reject(error);
    });
    child.once("close", (status) => {
      const seconds = (performance.now() - started) / 1000;
      resolve({ status, stdout, stderr, seconds, peakMiB: done() });
    });
  });
}

function kill(child: ChildProcess): void {
  if (child.pid === undefined) return;
  // Plugins of the engine leave the group; the tree has them all.
  for (const { pid } of descendants(child.pid, processes()).reverse()) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** Ends what still runs. */
export function killAll(): void {
  for (const child of running) kill(child);
}

/** The last lines of what a command said, for an error. */
export const lastWords = ({ stdout, stderr }: Run): string =>
  `${stdout}\n${stderr}`.trim().split("\n").slice(-15).join("\n");
