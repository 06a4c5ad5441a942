import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UsageError } from "../usageError";
import type { PreviewOptions } from "./model";
import { DEFAULT_POLICY_PACK, type CommandOptions } from "./options";

export type Paths = Pick<PreviewOptions, "projectDir" | "configFile" | "policyPacks">;

/**
 * Finds what the options name, before anything slow starts.
 *
 * Paths count from where the command runs; the project is the nearest folder above with a `Pulumi.yaml`.
 *
 * @throws UsageError naming what is not there
 */
export function findPaths(
  options: Pick<CommandOptions, "stack" | "configFile" | "cwd"> &
    Partial<Pick<CommandOptions, "policyPacks">>,
  cwd: string,
): Paths {
  const from = options.cwd === undefined ? cwd : resolve(cwd, options.cwd);
  if (!isFolder(from)) throw new UsageError(`--cwd: ${from} is no folder; name one that is there`);
  const projectDir = projectAbove(from);

  const configFile = options.configFile === undefined ? undefined : resolve(from, options.configFile);
  if (configFile === undefined) {
    const file = `Pulumi.${options.stack}.yaml`;
    if (!existsSync(join(projectDir, file))) {
      throw new UsageError(
        `--stack: no stack ${JSON.stringify(options.stack)}: ${file} is not there; allowed: ${stacksIn(projectDir)}; write that file or name another with --config-file`,
      );
    }
  } else if (!isFile(configFile)) {
    throw new UsageError(`--config-file: ${options.configFile} is no file; name the stack's settings file`);
  }

  const { policyPacks: given = [] } = options;
  const named = given.length > 0;
  const policyPacks = named
    ? given.map((pack) => resolve(from, pack))
    : [join(projectDir, DEFAULT_POLICY_PACK)];
  policyPacks.forEach((pack, index) => {
    if (isFile(join(pack, "PulumiPolicy.yaml"))) return;
    const shown = named ? given[index] : DEFAULT_POLICY_PACK;
    throw new UsageError(
      `--policy-pack: ${shown} is no policy pack: it has no PulumiPolicy.yaml; name a folder that has one`,
    );
  });
  return { projectDir, policyPacks, ...(configFile === undefined ? {} : { configFile }) };
}

/** The nearest folder with a `Pulumi.yaml`, this one or above it. */
export function projectAbove(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    if (isFile(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) {
      throw new UsageError(
        `no Pulumi.yaml in ${from} or above it; run the command inside the project, or name it with --cwd`,
      );
    }
  }
}

function stacksIn(projectDir: string): string {
  const stacks = readdirSync(projectDir)
    .map((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1])
    .filter((stack): stack is string => stack !== undefined)
    .sort();
  return stacks.length === 0 ? "none yet" : stacks.join(", ");
}

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;
const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
