import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";

export type Tool = "exporter" | "promtool" | "prometheus";

/** Upstream's name and Debian's. */
const NAMES: Readonly<Record<Tool, readonly string[]>> = {
  exporter: ["blackbox_exporter", "prometheus-blackbox-exporter"],
  promtool: ["promtool"],
  prometheus: ["prometheus"],
};
const PACKAGES: Readonly<Record<Tool, string>> = {
  exporter: "prometheus-blackbox-exporter",
  promtool: "prometheus",
  prometheus: "prometheus",
};

/** How the tests are told; the path of a tool, or nothing. */
export const VARIABLES: Readonly<Record<Tool, string>> = {
  exporter: "FASE_B_EXPORTER",
  promtool: "FASE_B_PROMTOOL",
  prometheus: "FASE_B_PROMETHEUS",
};

const TOOLS = Object.keys(NAMES) as Tool[];

/**
 * The tools that are there, by their variable: named by the person, on the PATH, or unpacked from Debian's packages. They are unpacked
 * and not installed, since an installed one starts a service.
 */
export function findTools(cacheFolder: string): {
  readonly found: Readonly<Record<string, string>>;
  /** Why one is missing, a line each. */
  readonly missing: readonly string[];
} {
  const found: Record<string, string> = {};
  const missing: string[] = [];
  for (const tool of TOOLS) {
    const path = process.env[VARIABLES[tool]] ?? onPath(tool) ?? unpacked(tool, cacheFolder);
    if (path !== undefined) {
      found[VARIABLES[tool]] = path;
      continue;
    }
    const why = unpack(PACKAGES[tool], cacheFolder);
    const now = unpacked(tool, cacheFolder);
    if (now !== undefined) found[VARIABLES[tool]] = now;
    else missing.push(`${NAMES[tool].join(" or ")}: ${why ?? "the package does not hold it"}`);
  }
  return { found, missing };
}

const onPath = (tool: Tool): string | undefined =>
  (process.env["PATH"] ?? "")
    .split(delimiter)
    .flatMap((folder) => NAMES[tool].map((name) => join(folder, name)))
    .find((path) => existsSync(path));

const unpacked = (tool: Tool, cacheFolder: string): string | undefined =>
  NAMES[tool]
    .map((name) => join(cacheFolder, PACKAGES[tool], "usr", "bin", name))
    .find((path) => existsSync(path));

/** @returns why it could not be */
function unpack(name: string, cacheFolder: string): string | undefined {
  if (spawnSync("apt-get", ["--version"]).error) return "not on the PATH, and this system has no apt-get";
  const folder = join(cacheFolder, `${name}.unfinished`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const download = (): number | null => spawnSync("apt-get", ["download", name], { cwd: folder }).status;
  if (download() !== 0) {
    const isRoot = process.getuid?.() === 0;
    if (isRoot) spawnSync("apt-get", ["update"], { stdio: "ignore" });
    if (!isRoot || download() !== 0)
      return `not on the PATH, and apt-get download ${name} failed (apt-get update may be needed)`;
  }
  const [archive] = readdirSync(folder).filter((file) => file.endsWith(".deb"));
  if (archive === undefined) return `apt-get download ${name} brought nothing`;
  execFileSync("dpkg-deb", ["-x", join(folder, archive), folder]);
  renameSync(folder, join(cacheFolder, name));
  return undefined;
}
