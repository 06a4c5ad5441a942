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

export interface Asked {
  /** What npm printed; empty where it said nothing in time. */
  readonly text: string;
  readonly inTime: boolean;
}

/** Asks the registry by `npm audit`, of the lock file alone. */
export function askAudit(folder: string, timeoutMs: number, env: NodeJS.ProcessEnv): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      "npm",
      ["audit", "--json", "--package-lock-only", ...FEW_RETRIES],
      // A group of its own, so that what npm started ends with it.
      { cwd: folder, env, stdio: ["ignore", "pipe", "ignore"], detached: true },
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
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(timer);
      resolve({ text: inTime && text.length <= LARGEST_REPORT_BYTES ? text : "", inTime });
    });
  });
}
