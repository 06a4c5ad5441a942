import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { functionLog } from "../log/functionLog";
import type { LogOptions } from "../log/log";
import { systemClock, type Clock } from "../rotation/clock";
import { createRotationFunction } from "../rotation/rotationFunction";
import { createSecretsManagerClient, SecretsManagerStore } from "../rotation/secretsManager";
import { DynamoTrustTable } from "../rotation/trustTable";
import { createDynamoClient } from "../store/dynamoStore";
import { askAgent } from "./askAgent";
import type { RotateEdgeCertificateConfiguration } from "./configuration";
import { edgeCertificateKind } from "./edgeCertificate";

/** What a test may put in the place of AWS, the clock and the standard output. */
export interface RotateEdgeCertificateSurroundings {
  readonly dynamo?: DynamoDBClient;
  readonly secretsManager?: SecretsManagerClient;
  readonly clock?: Clock;
  readonly write?: LogOptions["write"];
}

export function wireRotateEdgeCertificate(
  configuration: RotateEdgeCertificateConfiguration,
  {
    dynamo = createDynamoClient(),
    secretsManager = createSecretsManagerClient(),
    clock = systemClock,
    write,
  }: RotateEdgeCertificateSurroundings = {},
): (event: unknown) => Promise<void> {
  const { agent } = configuration;
  const secrets = new SecretsManagerStore(secretsManager);
  const ports = {
    secrets,
    clock,
    trust: new DynamoTrustTable(dynamo, configuration.trustTable),
    ...(agent === undefined
      ? {}
      : { askAgent: (...args: DropFirst<Parameters<typeof askAgent>>) => askAgent(agent, ...args) }),
  };
  return createRotationFunction({
    kind: edgeCertificateKind(ports, configuration),
    secrets,
    log: functionLog("rotate-edge-certificate", configuration, {
      secretNames: [configuration.secretName, configuration.issuerSecretName],
      write,
    }),
  });
}

type DropFirst<T extends readonly unknown[]> = T extends readonly [unknown, ...infer Rest] ? Rest : never;
