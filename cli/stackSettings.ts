import { basename, join } from "node:path";
import { readContract, type Contract } from "../infra/contract/contract";
import { loadSettings } from "../infra/settings/loadSettings";
import type { Settings } from "../infra/settings/settings.schema";
import { readConfig, readProject } from "./preview/engine/project";
import { findPaths } from "./preview/paths";
import type { StackOptions } from "./words";

export interface StackSettings {
  readonly settings: Settings;
  readonly contract: Contract;
  readonly projectDir: string;
}

/** The settings of the stack that the options name, as the program would read them. */
export function readStackSettings(options: StackOptions, cwd: string): StackSettings {
  const { stack } = options;
  const { projectDir, configFile } = findPaths(options, cwd);
  const project = readProject(projectDir);
  const path = configFile ?? join(projectDir, `Pulumi.${stack}.yaml`);
  const values = Object.fromEntries(readConfig(project, stack, path, basename(path)));
  const contract = readContract();
  const settings = loadSettings({ project: project.name, stack, values, secretKeys: [] }, contract);
  return { settings, contract, projectDir };
}
