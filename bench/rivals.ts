/** The rivals' packages, of a lock file of their own. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lastWords, run } from "./processTree";

const npm = process.platform === "win32" ? "npm.cmd" : "npm";

/** Installs them where one is missing, or of another version than `package.json` asks for. */
export async function installRivals(): Promise<void> {
  if (isInstalled(__dirname)) return;
  process.stderr.write("Installing the rivals (npm ci in bench/) …\n");
  const result = await run({ file: npm, args: ["ci", "--no-audit", "--no-fund"], cwd: __dirname });
  if (result.status !== 0)
    throw new Error(`npm ci in bench/ ended with ${result.status}\n${lastWords(result)}`);
}

/** @param folder holds `package.json`, whose versions are exact */
export function isInstalled(folder: string): boolean {
  const read = (file: string): Record<string, unknown> =>
    JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  const wanted = read(join(folder, "package.json"))["dependencies"] as Readonly<Record<string, string>>;
  return Object.entries(wanted).every(([name, version]) => {
    const manifest = join(folder, "node_modules", name, "package.json");
    return existsSync(manifest) && read(manifest)["version"] === version;
  });
}
