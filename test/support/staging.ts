import { readFileSync } from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import type { StackConfig } from "../../infra/settings/loadSettings";

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
