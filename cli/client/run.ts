import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { join, resolve } from "node:path";
import { dataNames } from "../../infra/data/dataRules";
import { readStackSettings } from "../stackSettings";
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
  const { settings, projectDir } = readStackSettings(options, cwd);
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
