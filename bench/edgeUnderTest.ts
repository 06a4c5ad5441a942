/**
 * The project's edge as the benchmark runs it: everything real but the agent, which answers in the same process, and
 * the object store, which no answer here is large enough for.
 */
import { randomBytes } from "node:crypto";
import { createEdge } from "../infra/functions/edge/handleRequest";
import type { EdgeAgent } from "../infra/functions/edge/ports";
import { CircuitBreaker } from "../infra/functions/edge/upstream/circuitBreaker";
import { DynamoBreakerStore } from "../infra/functions/edge/upstream/dynamoBreakerStore";
import { RetryBudget } from "../infra/functions/edge/upstream/retryPolicy";
import { systemTiming } from "../infra/functions/edge/upstream/timing";
import type { UpstreamSettings } from "../infra/functions/edge/upstream/upstream.schema";
import { createLog } from "../infra/functions/log/log";
import { createDynamoClient, DynamoStore, writeTimeoutMs } from "../infra/functions/store/dynamoStore";
import { MemoryObjectStore } from "../infra/functions/store/objectStore";
import type { CompiledValidators, ContractRoute } from "../infra/functions/validation/contractFacts";
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

const settings: UpstreamSettings = {
  retry: {
    maximumTries: 3,
    baseDelayMs: 100,
    maximumDelayMs: 1_000,
    tryTimeoutMs: 20_000,
    minimumTryMs: 300,
    budget: { ratio: 0.1, burst: 3 },
  },
  breaker: {
    windowMs: 10_000,
    minimumCalls: 10,
    failureRatio: 0.5,
    consecutiveFailures: 5,
    openMs: 5_000,
    maximumOpenMs: 20_000,
    openJitterRatio: 0.2,
    successesToClose: 3,
    probeLeaseMs: 3_000,
    clockSkewMs: 500,
    cacheMs: 1_000,
    storeTimeoutMs: 100,
  },
  maximumResponseBytes: 65_536,
};

const newToken = (): string => randomBytes(16).toString("base64url");
const ignore = (): void => undefined;

/** @param contract what the bundler made of it: data and compiled functions */
export function createEdgeSubject(
  { endpoint, table, clientIds, onWire, onLine = ignore }: Setup,
  contract: { readonly routes: readonly ContractRoute[]; readonly validators: CompiledValidators },
): Subject {
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
    newToken,
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
    newToken,
    store,
    objects: new MemoryObjectStore(),
    log: createLog({
      functionName: "edge",
      namePrefix: "fase-b-staging",
      memoryLimitMb: 512,
      clientIds,
      agentIds: Object.keys(agentAnswers).map((path) => `${path.slice(1)}-01`),
      write: onLine,
    }),
    routes: contract.routes,
    validators: contract.validators,
    agents: new Map(Object.keys(agentAnswers).map(agentOf)),
    monthlyQuotas: new Map(clientIds.map((id) => [id, MONTHLY_QUOTA])),
    options: {
      claims: {
        table,
        hardTimeoutMs: REMAINING_MS,
        skewAllowanceMs: 1_000,
        storeTimeoutMs: writeTimeoutMs,
      },
      completionReserveMs: 3_000,
      lastWordMs: 250,
      retryAfterSeconds: 5,
    },
  });
  const context = { awsRequestId: INVOCATION_ID, getRemainingTimeInMillis: () => REMAINING_MS };
  return {
    call: (event) => edge(event, context),
    effects: () => effects,
    close: () => client.destroy(),
  };
}
