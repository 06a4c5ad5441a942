import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { errorFields } from "../log/errors";
import { functionLog } from "../log/functionLog";
import type { LogOptions } from "../log/log";
import { createDynamoClient } from "../store/dynamoStore";
import { createAuthorizer } from "./authorizer";
import type { AuthorizerConfiguration } from "./configuration";
import { freshSources } from "./freshSources";
import { readTrustRecords } from "./trustRecords";

/** What a test may put in the place of AWS and of the standard output. */
export interface AuthorizerSurroundings {
  readonly client?: DynamoDBClient;
  readonly write?: LogOptions["write"];
  readonly nowMs?: () => number;
}

/** The authorizer over the table of trust, once an instance. */
export function wireAuthorizer(
  configuration: AuthorizerConfiguration,
  { client = createDynamoClient(), write, nowMs = Date.now }: AuthorizerSurroundings = {},
): ReturnType<typeof createAuthorizer> {
  const { agents, scanning, clientIds, trustTable, refreshMs, maxAgeMs } = configuration;
  const agentIds = new Map(agents.map(({ domain, id }) => [domain, id]));
  const log = functionLog("authorizer", configuration, { write });
  return createAuthorizer({
    loadSources: freshSources({
      read: () => readTrustRecords(client, trustTable, clientIds),
      agents,
      scanning,
      refreshMs,
      maxAgeMs,
      nowMs,
      // Seen before it denies everybody.
      onFailure: (error) => {
        const line = log.begin();
        line.set({ outcome: "fault", ...errorFields(error) });
        line.measure({ Faults: 1 });
        line.end();
      },
    }),
    log,
    agentIdOf: (domain) => agentIds.get(domain),
    nowMs,
  });
}
