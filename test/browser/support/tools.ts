import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import {
  CHROMIUM_NAMES,
  CHROMIUM_VARIABLE,
  LIBRARIES_VARIABLE,
  librariesIn,
  onPath,
  UNPACKED_CHROMIUM,
} from "../../../cli/report/pdf/chromium";

export type Tool = "chromium" | "pdftotext";

const NAMES: Readonly<Record<Tool, readonly string[]>> = {
  chromium: CHROMIUM_NAMES,
  pdftotext: ["pdftotext"],
};
const PACKAGES: Readonly<Record<Tool, string>> = { chromium: "chromium", pdftotext: "poppler-utils" };
/** Below an unpacked root. */
const UNPACKED: Readonly<Record<Tool, string>> = {
  chromium: UNPACKED_CHROMIUM,
  pdftotext: "usr/bin/pdftotext",
};

/** How the tests are told; the path of a tool, or nothing. */
export const VARIABLES: Readonly<Record<Tool, string>> = {
  chromium: CHROMIUM_VARIABLE,
  pdftotext: "FASE_B_PDFTOTEXT",
};
export { LIBRARIES_VARIABLE };

const TOOLS = Object.keys(NAMES) as Tool[];

/**
 * The tools that are there, by their variable: named by the person, on the PATH, or unpacked from Debian's packages with what they need and
 * the system lacks. They are unpacked and not installed: nothing outside of the cache changes.
 */
export function findTools(cacheFolder: string): {
  readonly found: Readonly<Record<string, string>>;
  /** Why one is missing, a line each. */
  readonly missing: readonly string[];
} {
  const found: Record<string, string> = {};
  const missing: string[] = [];
  for (const tool of TOOLS) {
    const root = join(cacheFolder, PACKAGES[tool]);
    const there = process.env[VARIABLES[tool]] ?? onPath(NAMES[tool], process.env);
    if (there !== undefined) {
      found[VARIABLES[tool]] = there;
      continue;
    }
    const path = join(root, UNPACKED[tool]);
    const why = existsSync(path) ? undefined : unpack(PACKAGES[tool], root);
    if (existsSync(path)) {
      found[VARIABLES[tool]] = path;
      found[LIBRARIES_VARIABLE] = [found[LIBRARIES_VARIABLE], ...librariesIn(root)]
        .filter((folder) => folder !== undefined)
        .join(delimiter);
    } else missing.push(`${NAMES[tool].join(" or ")}: ${why ?? "the package does not hold it"}`);
  }
  return { found, missing };
}

/** @returns why it could not be */
function unpack(name: string, root: string): string | undefined {
  if (spawnSync("apt-get", ["--version"]).error) return "not on the PATH, and this system has no apt-get";
  const archives = `${root}.archives`;
  const unfinished = `${root}.unfinished`;
  for (const folder of [archives, unfinished, root]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(archives, "partial"), { recursive: true });
  mkdirSync(unfinished, { recursive: true });
  const download = (): number | null =>
    spawnSync("apt-get", [
      // The archives' folder is ours; nothing is installed.
      ...["-o", `Dir::Cache::archives=${archives}`, "-o", "Debug::NoLocking=1"],
      ...["--download-only", "--yes", "--no-install-recommends", "install", name],
    ]).status;
  if (download() !== 0) {
    const isRoot = process.getuid?.() === 0;
    if (isRoot) spawnSync("apt-get", ["update"], { stdio: "ignore" });
    if (!isRoot || download() !== 0)
      return `not on the PATH, and apt-get could not download ${name} (apt-get update may be needed)`;
  }
  for (const file of readdirSync(archives).filter((each) => each.endsWith(".deb")))
    execFileSync("dpkg-deb", ["-x", join(archives, file), unfinished]);
  rmSync(archives, { recursive: true });
  renameSync(unfinished, root);
  return undefined;
}
