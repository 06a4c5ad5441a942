import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What runs in the pods; a test runs each with doubles of the tools. */
export const SCRIPTS = ["zap.sh", "fuzz.sh", "merge_junit.py", "scan_checks.py", "upload.sh"] as const;

export type ScriptName = (typeof SCRIPTS)[number];
export type Scripts = Readonly<Record<ScriptName, string>>;

export const scriptFile = (name: ScriptName): string => join(__dirname, "scripts", name);

export const readScripts = (): Scripts =>
  Object.fromEntries(SCRIPTS.map((name) => [name, readFileSync(scriptFile(name), "utf8")])) as Scripts;
