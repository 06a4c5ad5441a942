import type { APIGatewayProxyEvent } from "aws-lambda";
import type { Log } from "../../log/log";
import type { ObjectStore } from "../../store/objectStore";
import type { Store } from "../../store/store";
import type { CompiledValidator, ContractRoute } from "../../validation/contractFacts";
import { createEdge, type EdgeHandler } from "../handleRequest";
import type { BreakerStore } from "../upstream/breakerStore";
import { CircuitBreaker } from "../upstream/circuitBreaker";
import type { Send } from "../upstream/httpsSender";
import { RetryBudget } from "../upstream/retryPolicy";
import type { Timing } from "../upstream/timing";
import type { UpstreamSettings } from "../upstream/upstream.schema";
import { completionReserveMs, hardTimeoutMs, lastWordMs, skewAllowanceMs, storeTimeoutMs } from "./histories";
import { clientIds, quota, table, type Attempt } from "./reference";

/** Tests only: one instance of the edge as Lambda would hold it, over a world's ports. */

const subject = "u_7f3b2c9a1d4e4f60";
export const correlationId = "0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f";

/** The contract's, with as little in them as can be. */
const routes = (["/chat", "/avatar"] as const).map((path): ContractRoute => ({
  id: `POST ${path}`,
  path,
  method: "POST",
  operationId: path.slice(1),
  contentTypes: ["application/json"],
  maximumBodyBytes: 1_000,
  idempotency: "required",
  lockPointer: path === "/avatar" ? "/avatarId" : null,
  headers: ["Idempotency-Key"],
  successes: { "200": ["application/json"] },
  statuses: [200, 400, 409, 413, 415, 422, 429, 500, 502, 503, 504],
}));
const accepts: CompiledValidator = () => true;
const validators = { chat: accepts, chatHeaders: accepts, avatar: accepts, avatarHeaders: accepts };

export interface InstancePorts {
  readonly name: string;
  readonly settings: UpstreamSettings;
  readonly timing: Timing;
  readonly store: Store;
  readonly objects: ObjectStore;
  readonly breakers: BreakerStore;
  readonly log: Log;
  readonly send: Send;
}

export function createInstance({
  name,
  settings,
  timing,
  breakers,
  send,
  ...ports
}: InstancePorts): EdgeHandler {
  let tokens = 0;
  const newToken = (): string => `${name}-${(tokens += 1)}`.padEnd(22, "-");
  const breaker = new CircuitBreaker({ store: breakers, settings: settings.breaker, timing, newToken });
  return createEdge({
    ...ports,
    timing,
    clockMs: () => timing.nowMs(),
    newUuid: () => correlationId,
    newToken,
    routes,
    validators,
    agents: new Map(
      routes.map(({ path }) => {
        const id = agentOf(path);
        const budget = new RetryBudget(settings.retry.budget);
        return [
          domainOf(path),
          { id, paths: [path], upstream: { id, send, breaker, budget, settings, timing } },
        ];
      }),
    ),
    monthlyQuotas: new Map(clientIds.map((clientId) => [clientId, quota])),
    options: {
      // Some answers go to the object store: an agent's with an even number are longer.
      claims: { table, hardTimeoutMs, skewAllowanceMs, storeTimeoutMs, inlineAnswerBytes: 170 },
      completionReserveMs,
      lastWordMs,
      retryAfterSeconds: 5,
    },
  });
}

const agentOf = (path: string): string => `${path.slice(1)}-01`;
const domainOf = (path: string): string => `${agentOf(path)}.staging.example.com`;

export function eventOf({ client, path, key, payload }: Attempt): APIGatewayProxyEvent {
  return {
    httpMethod: "POST",
    resource: path,
    path,
    headers: { "Content-Type": "application/json", "Idempotency-Key": `"${key}"`, "X-Subject": subject },
    body: JSON.stringify(path === "/avatar" ? { avatarId: "av_12345678", payload } : { payload }),
    isBase64Encoded: false,
    requestContext: {
      domainName: domainOf(path),
      authorizer: { clientId: clientIds[client], subject, correlationId },
    },
  } as unknown as APIGatewayProxyEvent;
}
