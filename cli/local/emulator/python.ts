import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { LocalError, messageOf } from "../errors";

const run = promisify(execFile);

/** ministack's `Requires-Python`. */
const OLDEST = [3, 10] as const;

export interface PythonOptions {
  /** Git-ignored; what is made here is kept for the next run. */
  readonly cacheDir: string;
  /** A file of exact versions with their hashes. */
  readonly requirements: string;
  readonly onProgress: (what: string) => void;
  readonly signal: AbortSignal;
}

/**
 * The interpreter of a virtual environment of the project's own that holds just what the file names. Made once: another
 * file or another Python is another folder.
 *
 * @throws LocalError without a Python that fits, or when a package cannot be got
 */
export async function preparePython(options: PythonOptions): Promise<string> {
  const { cacheDir, requirements, onProgress, signal } = options;
  const version = await pythonVersion(signal);
  const key = createHash("sha256")
    .update(readFileSync(requirements))
    .update(version)
    .digest("hex")
    .slice(0, 12);
  const folder = join(cacheDir, `python-${key}`);
  const interpreter = join(folder, "bin", "python");
  if (existsSync(interpreter)) return interpreter;

  // Made aside, then moved: a run that is interrupted, or another one at the same time, leaves no half of it.
  const unfinished = `${folder}.${randomBytes(4).toString("hex")}`;
  try {
    onProgress("Making a Python environment (once)");
    await run("python3", ["-m", "venv", unfinished], { signal }).catch((error: unknown) => {
      throw new LocalError({
        what: "python3 -m venv",
        got: lastLine(error),
        allowed: "a Python with its venv module",
        fix: "install it, on Debian and Ubuntu the package python3-venv",
      });
    });
    onProgress("Installing what it runs (once)");
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    await run(
      join(unfinished, "bin", "python"),
      [...pip, "--require-hashes", "--only-binary=:all:", "-r", requirements],
      { signal, maxBuffer: 16 * 1024 * 1024 },
    ).catch((error: unknown) => {
      throw new LocalError({
        what: "pip install",
        got: lastLine(error),
        allowed: `the packages of ${basename(requirements)}, by their hashes`,
        fix: "see that pip reaches a package index, then start again",
      });
    });
    if (!existsSync(folder)) renameSync(unfinished, folder);
    return interpreter;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

async function pythonVersion(signal: AbortSignal): Promise<string> {
  const allowed = `Python ${OLDEST.join(".")} or later as python3 on the PATH`;
  const fix = "install it: https://www.python.org/downloads/";
  const code = "import sys; print('.'.join(map(str, sys.version_info[:3])), sys.executable)";
  const { stdout } = await run("python3", ["-c", code], { signal }).catch((error: unknown) => {
    throw new LocalError({ what: "python3", got: missing(error) ? "none" : lastLine(error), allowed, fix });
  });
  const [version = ""] = stdout.trim().split(" ");
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw new LocalError({ what: "python3", got: version, allowed, fix });
  return stdout.trim();
}

const missing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";

function lastLine(error: unknown): string {
  const { stderr } = error as { readonly stderr?: string };
  const lines = (stderr ?? "").trim().split("\n");
  return lines.at(-1) || messageOf(error);
}
