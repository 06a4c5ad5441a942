/** Staging's functions as the program deploys them: bundles, validators, configuration. */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readContract } from "../infra/contract/contract";
import { dataNames } from "../infra/data/dataRules";
import { buildFunctions, type BuiltFunctions } from "../infra/edge/bundle";
import { functionNames, type FunctionName } from "../infra/edge/functionNames";
import { functionConfigurations, type FunctionConfigurations } from "../infra/edge/functionConfigurations";
import { CONFIGURATION_FILE, VALIDATORS_FILE } from "../infra/functions/configuration";
import { loadSettings } from "../infra/settings/loadSettings";
import { stackConfig, stagingValues } from "../test/support/staging";

export interface StagingFunctions extends BuiltFunctions {
  readonly configurations: FunctionConfigurations;
}

/** @param root the project's folder */
export async function buildStaging(root: string): Promise<StagingFunctions> {
  const contract = readContract();
  const settings = loadSettings(stackConfig(stagingValues()), contract);
  const { id: accountId, region } = settings.account;
  const names = dataNames(settings.namePrefix, { partition: "aws", accountId, region });
  return {
    ...(await buildFunctions(root, contract)),
    configurations: functionConfigurations(settings, contract, names),
  };
}

export interface Archive {
  readonly name: FunctionName;
  /** Its `index.js`. */
  readonly file: string;
}

/** Each function's archive, unpacked below the folder; the edge's tables are all the one that is named. */
export function unpackAll(built: StagingFunctions, folder: string, table: string): Archive[] {
  return functionNames.map((name) => {
    const archive = join(folder, name);
    mkdirSync(archive, { recursive: true });
    copyFileSync(built.bundles[name], join(archive, "index.js"));
    copyFileSync(built.validators, join(archive, VALIDATORS_FILE));
    const configuration =
      name === "edge"
        ? { ...built.configurations.edge, tables: { requests: table, breakers: table, voice: table } }
        : built.configurations[name];
    writeFileSync(join(archive, CONFIGURATION_FILE), JSON.stringify(configuration));
    return { name, file: join(archive, "index.js") };
  });
}
