import type { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { functionLog } from "../log/functionLog";
import type { LogOptions } from "../log/log";
import { createApiGatewayClient } from "../rotation/apiGateway";
import { systemClock, type Clock } from "../rotation/clock";
import { createRotationFunction } from "../rotation/rotationFunction";
import { createSecretsManagerClient, SecretsManagerStore } from "../rotation/secretsManager";
import { DynamoTrustTable } from "../rotation/trustTable";
import { createDynamoClient } from "../store/dynamoStore";
import { ApiGatewayKeys } from "./apiKeys";
import { clientKeyKind, retireClientKeys, type ClientKeysPorts } from "./clientKeys";
import { clientKeySecret, type RotateClientKeysConfiguration } from "./configuration";

/** What a test may put in the place of AWS, the clock and the standard output. */
export interface RotateClientKeysSurroundings {
  readonly dynamo?: DynamoDBClient;
  readonly secretsManager?: SecretsManagerClient;
  readonly apiGateway?: APIGatewayClient;
  readonly clock?: Clock;
  readonly write?: LogOptions["write"];
}

export function wireRotateClientKeys(
  configuration: RotateClientKeysConfiguration,
  {
    dynamo = createDynamoClient(),
    secretsManager = createSecretsManagerClient(),
    apiGateway = createApiGatewayClient(),
    clock = systemClock,
    write,
  }: RotateClientKeysSurroundings = {},
): (event: unknown) => Promise<void> {
  const { namePrefix, clientIds } = configuration;
  const ports: ClientKeysPorts = {
    secrets: new SecretsManagerStore(secretsManager),
    trust: new DynamoTrustTable(dynamo, configuration.trustTable),
    keys: new ApiGatewayKeys(apiGateway),
    clock,
  };
  return createRotationFunction({
    kind: clientKeyKind(ports, configuration),
    secrets: ports.secrets,
    retire: () => retireClientKeys(ports, configuration),
    log: functionLog("rotate-client-keys", configuration, {
      secretNames: clientIds.map((clientId) => clientKeySecret(namePrefix, clientId)),
      write,
    }),
  });
}
