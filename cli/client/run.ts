import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { basename, join, resolve } from "node:path";
import { readContract } from "../../infra/contract/contract";
import { dataNames } from "../../infra/data/dataRules";
import { loadSettings } from "../../infra/settings/loadSettings";
import type { Settings } from "../../infra/settings/settings.schema";
import { readConfig, readProject } from "../preview/engine/project";
import { findPaths } from "../preview/paths";
import { ansiStyle, plainStyle, wantsColor } from "../style";
import type { StackOptions } from "../words";
import type { CertificatePorts } from "./certificates";
import type { Surroundings } from "./command";
import { ledgerIn } from "./files";
import { IssuerSecrets } from "./issuerSecret";
import { perform, type Runnable } from "./perform";
import { enrolmentSettings } from "./settings";
import { DynamoTrustTable } from "./trustTable";

/** Runs a command against the stack's account. */
export async function run(command: Runnable, { cwd, env, stdout }: Surroundings): Promise<void> {
  const { options } = command;
  const from = options.cwd === undefined ? cwd : resolve(cwd, options.cwd);
  const { ports, close } = open(options, cwd);
  const style = wantsColor(options.color, stdout, env) ? ansiStyle : plainStyle;
  try {
    stdout.write(await perform(command, ports, from, style));
  } finally {
    close();
  }
}

function open(
  options: StackOptions,
  cwd: string,
): { readonly ports: CertificatePorts; readonly close: () => void } {
  const { settings, projectDir } = readSettings(options, cwd);
  const { region } = settings.account;
  const dynamo = new DynamoDBClient({ region });
  const secrets = new SecretsManagerClient({ region });
  const issuers = new IssuerSecrets(secrets, settings.namePrefix);
  const { tables } = dataNames(settings.namePrefix, {
    partition: "aws",
    accountId: settings.account.id,
    region,
  });
  return {
    ports: {
      settings: enrolmentSettings(settings),
      trust: new DynamoTrustTable(dynamo, tables.trust),
      ledger: ledgerIn(join(projectDir, "stacks", options.stack)),
      issuerOf: (generation) => issuers.clientsIssuer(generation),
      nowMs: Date.now,
    },
    close: () => {
      dynamo.destroy();
      secrets.destroy();
    },
  };
}

function readSettings(
  options: StackOptions,
  cwd: string,
): { readonly settings: Settings; readonly projectDir: string } {
  const { stack } = options;
  const { projectDir, configFile } = findPaths(options, cwd);
  const project = readProject(projectDir);
  const path = configFile ?? join(projectDir, `Pulumi.${stack}.yaml`);
  const values = Object.fromEntries(readConfig(project, stack, path, basename(path)));
  const settings = loadSettings({ project: project.name, stack, values, secretKeys: [] }, readContract());
  return { settings, projectDir };
}
