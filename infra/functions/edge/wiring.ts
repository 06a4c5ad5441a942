import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { randomBytes, randomUUID } from "node:crypto";
import { functionLog } from "../log/functionLog";
import type { LogOptions } from "../log/log";
import { createDynamoClient, DynamoStore, writeTimeoutMs } from "../store/dynamoStore";
import type { ObjectStore } from "../store/objectStore";
import { newOwnerToken } from "../store/ownerToken";
import { S3ObjectStore } from "../store/s3ObjectStore";
import { Tickets } from "../tickets/tickets";
import type { CompiledValidators } from "../validation/contractFacts";
import type { EdgeConfiguration } from "./configuration";
import { createEdge, type EdgeHandler } from "./handleRequest";
import type { EdgeAgent, EdgePorts } from "./ports";
import { createTicketIssuer } from "./ticketIssuer";
import type { CredentialSource } from "./upstream/credentials";
import type { SecretsClient } from "./upstream/readCredentials";
import { wireCredentials } from "./upstream/wireCredentials";
import { CircuitBreaker } from "./upstream/circuitBreaker";
import { DynamoBreakerStore } from "./upstream/dynamoBreakerStore";
import { createHttpsSender, type Send } from "./upstream/httpsSender";
import { RetryBudget } from "./upstream/retryPolicy";
import { systemTiming } from "./upstream/timing";
import { upstreamSettingsOf } from "./upstream/upstreamSettings";

/** What a test may put in the place of AWS and of the standard output. */
export interface EdgeSurroundings {
  readonly client?: DynamoDBClient;
  readonly objects?: ObjectStore;
  readonly secrets?: SecretsClient;
  readonly write?: LogOptions["write"];
}

const PROBLEM_JSON = "application/problem+json";

/**
 * The edge over DynamoDB, S3 and the agents. Once an instance: connections, breakers' copies and retry budgets live as
 * long as it does.
 *
 * @throws RangeError when the configuration could not hold what the contract promises
 */
export function wireEdge(
  configuration: EdgeConfiguration,
  validators: CompiledValidators,
  surroundings: EdgeSurroundings = {},
): EdgeHandler {
  const { tables, routes, hardTimeoutMs, clockDifferenceMs } = configuration;
  const client = surroundings.client ?? createDynamoClient();
  const timing = systemTiming;
  const store = new DynamoStore({ client, sleep: (ms) => timing.sleep(ms), random: () => timing.random() });
  const breaker = new CircuitBreaker({
    store: new DynamoBreakerStore({ client, store, table: tables.breakers }),
    settings: configuration.upstreams.breaker,
    timing,
    newToken: newOwnerToken,
  });
  const tickets = new Tickets(
    { store, nowMs: () => timing.nowMs(), random32Bytes: () => randomBytes(32), newUuid: randomUUID },
    { table: tables.voice, skewAllowanceMs: clockDifferenceMs },
  );
  const log = functionLog("edge", configuration, { write: surroundings.write });
  const credentials = wireCredentials(configuration.credentials, client, log, surroundings.secrets);
  const issueTicket = createTicketIssuer(tickets, configuration.voice);
  const ports: EdgePorts = {
    timing,
    newToken: newOwnerToken,
    store,
    objects: surroundings.objects ?? new S3ObjectStore(configuration.answersBucket),
    log,
    routes,
    validators,
    agents: new Map(
      configuration.agents.map((agent): [string, EdgeAgent] => {
        const send = agent.upstream
          ? senderTo(agent, agent.upstream, configuration, credentials)
          : issueTicket;
        const timeoutMs = agent.upstream?.timeoutMs ?? writeTimeoutMs;
        const settings = upstreamSettingsOf(configuration.upstreams, timeoutMs);
        const budget = new RetryBudget(settings.retry.budget);
        const upstream = { id: agent.id, send, breaker, budget, settings, timing };
        return [agent.domain, { id: agent.id, paths: agent.paths, upstream }];
      }),
    ),
    monthlyQuotas: new Map(Object.entries(configuration.monthlyQuotas)),
    options: {
      claims: {
        table: tables.requests,
        hardTimeoutMs,
        skewAllowanceMs: clockDifferenceMs,
        storeTimeoutMs: writeTimeoutMs,
      },
      completionReserveMs: configuration.completionReserveMs,
      lastWordMs: configuration.lastWordMs,
      retryAfterSeconds: configuration.retryAfterSeconds,
    },
  };
  const handle = createEdge(ports);
  return (event, context) => {
    // Beside the claim, which every request waits for anyway.
    credentials.begin();
    return handle(event, context);
  };
}

function senderTo(
  agent: EdgeConfiguration["agents"][number],
  { url }: { readonly url: string },
  { routes, upstreams }: EdgeConfiguration,
  credentials: CredentialSource,
): Send {
  const successes = routes
    .filter(({ path }) => agent.paths.includes(path))
    .flatMap((route) => Object.values(route.successes).flat());
  return createHttpsSender({
    url,
    maximumResponseBytes: upstreams.maximumResponseBytes,
    acceptedMediaTypes: [...new Set([...successes, PROBLEM_JSON])],
    credentials,
  }).send;
}
