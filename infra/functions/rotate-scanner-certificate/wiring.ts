import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { functionLog } from "../log/functionLog";
import type { LogOptions } from "../log/log";
import { systemClock, type Clock } from "../rotation/clock";
import { createRotationFunction } from "../rotation/rotationFunction";
import { createSecretsManagerClient, SecretsManagerStore } from "../rotation/secretsManager";
import { DynamoTrustTable } from "../rotation/trustTable";
import { createDynamoClient } from "../store/dynamoStore";
import type { RotateScannerCertificateConfiguration } from "./configuration";
import { scannerCertificateKind } from "./scannerCertificate";

/** What a test may put in the place of AWS, the clock and the standard output. */
export interface RotateScannerCertificateSurroundings {
  readonly dynamo?: DynamoDBClient;
  readonly secretsManager?: SecretsManagerClient;
  readonly clock?: Clock;
  readonly write?: LogOptions["write"];
}

export function wireRotateScannerCertificate(
  configuration: RotateScannerCertificateConfiguration,
  {
    dynamo = createDynamoClient(),
    secretsManager = createSecretsManagerClient(),
    clock = systemClock,
    write,
  }: RotateScannerCertificateSurroundings = {},
): (event: unknown) => Promise<void> {
  const secrets = new SecretsManagerStore(secretsManager);
  const trust = new DynamoTrustTable(dynamo, configuration.trustTable);
  return createRotationFunction({
    kind: scannerCertificateKind({ secrets, trust, clock }, configuration),
    secrets,
    log: functionLog("rotate-scanner-certificate", configuration, {
      secretNames: [configuration.secretName, configuration.issuerSecretName],
      write,
    }),
  });
}
