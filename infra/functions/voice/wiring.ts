import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { SecretsClient } from "../edge/upstream/readCredentials";
import { wireCredentials } from "../edge/upstream/wireCredentials";
import { createHttpsSender } from "../edge/upstream/httpsSender";
import { systemTiming } from "../edge/upstream/timing";
import { functionLog } from "../log/functionLog";
import type { LogOptions } from "../log/log";
import { createDynamoClient, DynamoStore } from "../store/dynamoStore";
import { newOwnerToken } from "../store/ownerToken";
import { agentCalls } from "./agentCalls";
import type { VoiceConfiguration } from "./configuration";
import { gatewayConnections } from "./connections";
import { createVoice, type VoicePorts } from "./handleMessage";
import { Sessions } from "./sessions";

/** What a test may put in the place of AWS and of the standard output. */
export interface VoiceSurroundings {
  readonly client?: DynamoDBClient;
  readonly connections?: VoicePorts["connections"];
  readonly secrets?: SecretsClient;
  readonly write?: LogOptions["write"];
}

/** An agent answers one message with a few of its own, 32 KB each. */
const MAXIMUM_RESPONSE_BYTES = 1_000_000;

/** Voice sessions over DynamoDB, the gateway's connections and the agents, once an instance. */
export function wireVoice(
  configuration: VoiceConfiguration,
  surroundings: VoiceSurroundings = {},
): ReturnType<typeof createVoice> {
  const { client = createDynamoClient(), write, secrets } = surroundings;
  const { limits, voiceTable, connectionsUrl } = configuration;
  const timing = systemTiming;
  const nowMs = (): number => timing.nowMs();
  const store = new DynamoStore({ client, sleep: (ms) => timing.sleep(ms), random: () => timing.random() });
  const log = functionLog("voice", configuration, { write });
  const credentials = wireCredentials(configuration.credentials, client, log, secrets);
  const agents = new Map(
    configuration.agents.map(({ id, upstream: { url, timeoutMs } }) => {
      const { send } = createHttpsSender({
        url,
        maximumResponseBytes: MAXIMUM_RESPONSE_BYTES,
        acceptedMediaTypes: ["application/json"],
        credentials,
      });
      return [id, { send, timeoutMs }] as const;
    }),
  );
  const handle = createVoice({
    sessions: new Sessions({ store, nowMs, newToken: newOwnerToken }, { table: voiceTable, limits }),
    limits,
    nowMs,
    sleep: (ms) => timing.sleep(ms),
    upstream: agentCalls(agents),
    connections: surroundings.connections ?? gatewayConnections(connectionsUrl),
    log,
  });
  return (event) => {
    // Beside the session's record, which every message waits for anyway.
    credentials.begin();
    return handle(event);
  };
}
