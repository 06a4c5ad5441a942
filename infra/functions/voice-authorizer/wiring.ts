import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { randomBytes, randomUUID } from "node:crypto";
import { systemTiming } from "../edge/upstream/timing";
import { functionLog } from "../log/functionLog";
import type { LogOptions } from "../log/log";
import { createDynamoClient, DynamoStore } from "../store/dynamoStore";
import { Tickets } from "../tickets/tickets";
import type { VoiceAuthorizerConfiguration } from "./configuration";
import { allowedOrigins } from "./originRules";
import { createVoiceAuthorizer } from "./voiceAuthorizer";

/** What a test may put in the place of AWS and of the standard output. */
export interface VoiceAuthorizerSurroundings {
  readonly client?: DynamoDBClient;
  readonly write?: LogOptions["write"];
}

/**
 * The authorizer of voice connections over the table of tickets, once an instance.
 *
 * @throws RangeError when the origins could never match, or match too much
 */
export function wireVoiceAuthorizer(
  configuration: VoiceAuthorizerConfiguration,
  { client = createDynamoClient(), write }: VoiceAuthorizerSurroundings = {},
): ReturnType<typeof createVoiceAuthorizer> {
  const timing = systemTiming;
  const store = new DynamoStore({ client, sleep: (ms) => timing.sleep(ms), random: () => timing.random() });
  const tickets = new Tickets(
    { store, nowMs: () => timing.nowMs(), random32Bytes: () => randomBytes(32), newUuid: randomUUID },
    { table: configuration.voiceTable, skewAllowanceMs: configuration.clockDifferenceMs },
  );
  const agentIds = new Map(configuration.agents.map(({ domain, id }) => [domain, id]));
  return createVoiceAuthorizer({
    redeem: (ticket, agentId) => tickets.redeem(ticket, agentId),
    agentIdOf: (domain) => agentIds.get(domain),
    origins: allowedOrigins(configuration.origins),
    log: functionLog("voice-authorizer", configuration, { write }),
  });
}
