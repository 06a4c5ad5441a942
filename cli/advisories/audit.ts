import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import * as path from "node:path";

const LOCK = "package-lock.json";
/** Who has no audit service says so at once, and who does not answer will not for long waiting. */
const FEW_RETRIES = ["--fetch-retries=1", "--fetch-retry-mintimeout=500", "--fetch-retry-maxtimeout=2000"];
/** A report of a large tree is some hundred kilobytes. */
const LARGEST_REPORT_BYTES = 32 * 1024 * 1024;

/** Folders with a lock file, relative to the project with slashes; `.` is the project's own. */
export function lockedFolders(projectDir: string): readonly string[] {
  const within = (folder: string): readonly string[] => {
    const entries = readdirSync(path.join(projectDir, folder), { withFileTypes: true });
    const isLocked = entries.some((entry) => entry.name === LOCK && entry.isFile());
    const below = entries
      // What is hidden is made: builds, virtual environments.
      .filter((entry) => entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
      .map(({ name }) => (folder === "." ? name : `${folder}/${name}`))
      .sort();
    return [...(isLocked ? [folder] : []), ...below.flatMap(within)];
  };
  return within(".");
}

export const AUDIT = ["audit", "--json", "--package-lock-only"] as const;
const TIMEOUT_MS = 120_000;

export interface AuditOptions {
  readonly env: NodeJS.ProcessEnv;
  /** @default two minutes */
  readonly timeoutMs?: number;
  /** What the audit leaves out, in npm's words. @default nothing */
  readonly omit?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface Asked {
  /** What npm printed; empty where it said nothing in time. */
  readonly text: string;
  readonly inTime: boolean;
}

/**
 * Asks the registry by `npm audit`, of the lock file alone.
 *
 * @throws what the system says where npm can't be run, and an AbortError where it was given up
 */
export function askAudit(
  folder: string,
  { env, timeoutMs = TIMEOUT_MS, omit = [], signal }: AuditOptions,
): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      "npm",
      [...AUDIT, ...omit, ...FEW_RETRIES],
      // A group of its own, so that what npm started ends with it.
      {
        cwd: folder,
        env,
        stdio: ["ignore", "pipe", "ignore"],
        detached: true,
        ...(signal === undefined ? {} : { signal }),
      },
    );
    const end = (): void => {
      if (child.pid === undefined) return;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {
        // Gone by itself.
      }
    };
    let text = "";
    let inTime = true;
    const timer = setTimeout(() => {
      inTime = false;
      end();
    }, timeoutMs);
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (text.length > LARGEST_REPORT_BYTES) end();
    });
    child.once("error", (error) => {
      clearTimeout(timer);
      end();
      reject(error);
    });
    child.once("close", () => {
      clearTimeout(timer);
      resolve({ text: inTime && text.length <= LARGEST_REPORT_BYTES ? text : "", inTime });
    });
  });
}
