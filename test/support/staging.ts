import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { readContract } from "../../infra/contract/contract";
import { loadSettings, type StackConfig } from "../../infra/settings/loadSettings";
import type { Settings } from "../../infra/settings/settings.schema";

/** Staging's configuration as plain data, fresh at each call, by key without namespace. */
export function stagingValues(): Record<string, unknown> {
  const text = readFileSync(path.join(__dirname, "..", "..", "Pulumi.staging.yaml"), "utf8");
  const { config } = parse(text) as { config: Record<string, unknown> };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key.replace(/^fase-b:/, ""), value]),
  );
}

/** The values as the engine hands them to a program. */
export function stackConfig(values: Readonly<Record<string, unknown>>): StackConfig {
  return {
    project: "fase-b",
    stack: "staging",
    values: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [
        `fase-b:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
      ]),
    ),
    secretKeys: [],
  };
}

/** The day on which tests look at staging's settings: exceptions of theirs are in force. */
const TODAY_MS = Date.UTC(2026, 10, 26);

/** Staging's settings, with some of the configuration's keys replaced. */
export const stagingSettings = (changes: Readonly<Record<string, unknown>> = {}): Settings =>
  loadSettings(stackConfig({ ...stagingValues(), ...changes }), readContract(), { nowMs: TODAY_MS });
