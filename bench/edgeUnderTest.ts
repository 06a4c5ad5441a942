/**
 * The project's edge as the benchmark runs it: everything real but the agent, which answers in the same process, and
 * the object store, which no answer here is large enough for.
 */
import type { EdgeConfiguration } from "../infra/functions/edge/configuration";
import { Claims, upstreamKeyOf } from "../infra/functions/edge/claims/claims";
import { createEdge } from "../infra/functions/edge/handleRequest";
import type { EdgeAgent } from "../infra/functions/edge/ports";
import { CircuitBreaker } from "../infra/functions/edge/upstream/circuitBreaker";
import { DynamoBreakerStore } from "../infra/functions/edge/upstream/dynamoBreakerStore";
import { RetryBudget } from "../infra/functions/edge/upstream/retryPolicy";
import { systemTiming } from "../infra/functions/edge/upstream/timing";
import { upstreamSettingsOf } from "../infra/functions/edge/upstream/upstreamSettings";
import { createLog } from "../infra/functions/log/log";
import { createDynamoClient, DynamoStore, writeTimeoutMs } from "../infra/functions/store/dynamoStore";
import { MemoryObjectStore } from "../infra/functions/store/objectStore";
import { newOwnerToken } from "../infra/functions/store/ownerToken";
import type { CompiledValidators } from "../infra/functions/validation/contractFacts";
import {
  agentAnswers,
  INVOCATION_ID,
  MONTHLY_QUOTA,
  REMAINING_MS,
  watchWire,
  type BenchPath,
  type Setup,
  type Subject,
} from "./subject";

/** Of a try at an agent; it answers at once. */
const AGENT_TIMEOUT_MS = 20_000;

const ignore = (): void => undefined;

/** @param stack what the bundler made of staging: its edge's configuration and the contract's validators */
export function createEdgeSubject(
  { endpoint, table, clientIds, onWire, onLine = ignore }: Setup,
  stack: { readonly configuration: EdgeConfiguration; readonly validators: CompiledValidators },
): Subject {
  const { configuration, validators } = stack;
  const settings = upstreamSettingsOf(configuration.upstreams, AGENT_TIMEOUT_MS);
  const client = createDynamoClient({ endpoint });
  watchWire(client, onWire);
  const timing = systemTiming;
  const store = new DynamoStore({
    client,
    sleep: (ms) => timing.sleep(ms),
    random: () => timing.random(),
  });
  const breaker = new CircuitBreaker({
    store: new DynamoBreakerStore({ client, store, table }),
    settings: settings.breaker,
    timing,
    newToken: newOwnerToken,
  });
  let effects = 0;
  const agentOf = (path: string): [string, EdgeAgent] => {
    const id = `${path.slice(1)}-01`;
    const upstream: EdgeAgent["upstream"] = {
      id,
      breaker,
      budget: new RetryBudget(settings.retry.budget),
      settings,
      timing,
      send: (request) => {
        effects += 1;
        const { status, text } = agentAnswers[request.path as BenchPath];
        const headers = { "content-type": "application/json" };
        return Promise.resolve({ kind: "answer", status, headers, body: Buffer.from(text) });
      },
    };
    return [`${id}.staging.example.com`, { id, paths: [path], upstream }];
  };
  const edge = createEdge({
    timing,
    newToken: newOwnerToken,
    store,
    objects: new MemoryObjectStore(),
    log: createLog({
      functionName: "edge",
      namePrefix: configuration.namePrefix,
      memoryLimitMb: configuration.memoryLimitMb,
      clientIds,
      agentIds: Object.keys(agentAnswers).map((path) => `${path.slice(1)}-01`),
      write: onLine,
    }),
    routes: configuration.routes,
    validators,
    agents: new Map(Object.keys(agentAnswers).map(agentOf)),
    monthlyQuotas: new Map(clientIds.map((id) => [id, MONTHLY_QUOTA])),
    options: {
      claims: {
        table,
        hardTimeoutMs: REMAINING_MS,
        skewAllowanceMs: configuration.clockDifferenceMs,
        storeTimeoutMs: writeTimeoutMs,
      },
      completionReserveMs: configuration.completionReserveMs,
      lastWordMs: configuration.lastWordMs,
      retryAfterSeconds: configuration.retryAfterSeconds,
    },
  });
  const context = { awsRequestId: INVOCATION_ID, getRemainingTimeInMillis: () => REMAINING_MS };
  return {
    call: (event) => edge(event, context),
    effects: () => effects,
    close: () => client.destroy(),
  };
}

/**
 * The edge's claims alone, around the handler that Powertools' is put around too: no validation, no breaker, no log. What
 * is compared with Powertools' idempotency is idempotency.
 */
export function createClaimsSubject({ endpoint, table, onWire }: Setup): Subject {
  const client = createDynamoClient({ endpoint });
  watchWire(client, onWire);
  const timing = systemTiming;
  const claims = new Claims(
    {
      store: new DynamoStore({ client, sleep: (ms) => timing.sleep(ms), random: () => timing.random() }),
      objects: new MemoryObjectStore(),
      nowMs: () => timing.nowMs(),
      newToken: newOwnerToken,
    },
    { table, hardTimeoutMs: REMAINING_MS, skewAllowanceMs: 1_000, storeTimeoutMs: writeTimeoutMs },
  );
  let effects = 0;
  const callAgent = (
    path: BenchPath,
    _body: unknown,
    _upstreamKey: string,
  ): Promise<{ status: number; text: string }> => {
    effects += 1;
    return Promise.resolve(agentAnswers[path]);
  };
  const call: Subject["call"] = async (event) => {
    const body = event.body ?? "";
    const authorizer = event.requestContext.authorizer ?? {};
    const outcome = await claims.claim({
      clientId: String(authorizer["clientId"]),
      subject: String(authorizer["subject"]),
      route: `${event.httpMethod} ${event.resource}`,
      idempotencyKey: event.headers["Idempotency-Key"] ?? "",
      agentId: "chat-01",
      contentType: event.headers["Content-Type"] ?? "",
      body,
    });
    if (outcome.kind === "replay") return { statusCode: outcome.answer.status, body: outcome.answer.body };
    if (outcome.kind !== "fresh") return { statusCode: 409, body: outcome.kind };
    const { admitted } = await claims.admit(outcome.claim, MONTHLY_QUOTA);
    if (!admitted) return { statusCode: 429, body: "over the quota" };
    const { status, text } = await callAgent(
      event.resource as BenchPath,
      JSON.parse(body),
      upstreamKeyOf(outcome.claim),
    );
    const headers = { "Content-Type": "application/json" };
    const answer = { status, headers, body: text, isBase64Encoded: false };
    const { kind } = await claims.complete(outcome.claim, answer);
    return kind === "stored" ? { statusCode: status, body: text } : { statusCode: 409, body: kind };
  };
  return { call, effects: () => effects, close: () => client.destroy() };
}
