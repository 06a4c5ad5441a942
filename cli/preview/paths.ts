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
        `--stack: no stack ${JSON.stringify(options.stack)}: ${file} is not there; allowed: ${stacksIn(projectDir)}; write that file, or name a stack that is there`,
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
    const shown = (named ? given[index] : undefined) ?? DEFAULT_POLICY_PACK;
    refuseOthers(pack, "PulumiPolicy", shown);
    if (isFile(join(pack, "PulumiPolicy.yaml"))) return;
    throw new UsageError(
      `--policy-pack: ${shown} is no policy pack: it has no PulumiPolicy.yaml; name a folder that has one`,
    );
  });
  return { projectDir, policyPacks, ...(configFile === undefined ? {} : { configFile }) };
}

/**
 * The nearest folder with a `Pulumi.yaml`, this one or above it.
 *
 * @throws UsageError where there is none, or the engine would find another project than these commands read
 */
export function projectAbove(from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    refuseOthers(folder, "Pulumi", folder);
    if (isFile(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) {
      throw new UsageError(
        `no Pulumi.yaml in ${from} or above it; run the command inside the project, or name it with --cwd`,
      );
    }
  }
}

/**
 * The engine looks for `.json`, `.yaml`, `.yml` in this order, and `.json` decides which ending settings have.
 * https://github.com/pulumi/pulumi/blob/master/sdk/go/common/encoding/marshal.go (Exts)
 */
function refuseOthers(folder: string, stem: "Pulumi" | "PulumiPolicy", shown: string): void {
  const other = [`${stem}.json`, `${stem}.yml`].find((name) => isFile(join(folder, name)));
  if (other !== undefined)
    throw new UsageError(
      `${other}: got one in ${shown}; allowed: ${stem}.yaml alone, since pulumi takes .json before it and .yml where it is missing; fix: remove ${other}`,
    );
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
