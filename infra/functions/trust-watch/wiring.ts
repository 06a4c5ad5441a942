import type { APIGatewayClient } from "@aws-sdk/client-api-gateway";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { functionLog } from "../log/functionLog";
import type { LogOptions } from "../log/log";
import { ApiGatewayStages } from "../rotate-stage-certificate/stages";
import { createApiGatewayClient } from "../rotation/apiGateway";
import { systemClock, type Clock } from "../rotation/clock";
import { createSecretsManagerClient, SecretsManagerStore } from "../rotation/secretsManager";
import { DynamoTrustTable } from "../rotation/trustTable";
import { createDynamoClient } from "../store/dynamoStore";
import type { TrustWatchConfiguration } from "./configuration";
import { watchTrust } from "./trustWatch";

/** What a test may put in the place of AWS, the clock and the standard output. */
export interface TrustWatchSurroundings {
  readonly dynamo?: DynamoDBClient;
  readonly secretsManager?: SecretsManagerClient;
  readonly apiGateway?: APIGatewayClient;
  readonly clock?: Clock;
  readonly write?: LogOptions["write"];
}

export function wireTrustWatch(
  configuration: TrustWatchConfiguration,
  {
    dynamo = createDynamoClient(),
    secretsManager = createSecretsManagerClient(),
    apiGateway = createApiGatewayClient(),
    clock = systemClock,
    write,
  }: TrustWatchSurroundings = {},
): () => Promise<void> {
  const stages = new ApiGatewayStages(apiGateway, configuration);
  const ports = {
    trust: new DynamoTrustTable(dynamo, configuration.trustTable),
    secrets: new SecretsManagerStore(secretsManager),
    stageCertificate: () => stages.certificateInUse(),
    clock,
    log: functionLog("trust-watch", configuration, {
      secretNames: configuration.secrets.map(({ name }) => name),
      write,
    }),
  };
  return () => watchTrust(ports, configuration);
}
