import { randomBytes } from "node:crypto";
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from "aws-lambda";
import * as vm from "node:vm";
import { readContract } from "../../contract/contract";
import type { Limits } from "../../contract/limits.schema";
import { contractRoutes } from "../../edge/contractRoutes";
import { compileValidators } from "../../edge/validators";
import { createLog } from "../log/log";
import { MemoryObjectStore, type ObjectStore } from "../store/objectStore";
import { MemoryStore } from "../store/memoryStore";
import { writeTimeoutMs } from "../store/dynamoStore";
import type { Store } from "../store/store";
import type { CompiledValidators } from "../validation/contractFacts";
import { createEdge, type EdgeHandler, type LambdaContext } from "./handleRequest";
import type { EdgeAgent, EdgePorts } from "./ports";
import type { BreakerItem, BreakerStore } from "./upstream/breakerStore";
import { CircuitBreaker } from "./upstream/circuitBreaker";
import type { UpstreamRequest } from "./upstream/httpsSender";
import type { TryOutcome } from "./upstream/outcome";
import { RetryBudget } from "./upstream/retryPolicy";
import { settings } from "./upstream/testSupport/settings";
import { VirtualTime } from "./upstream/testSupport/virtualTime";

export const contract = readContract();
export const validatorsText = compileValidators(contract);

/** Runs the compiled text as a bundle would: as CommonJS, with nothing to require. */
export function load(text: string): CompiledValidators {
  const exports: Record<string, CompiledValidators[string]> = {};
  const run = vm.runInThisContext(`(function (exports) {${text}})`) as (into: typeof exports) => void;
  run(exports);
  return exports;
}
export const validators = load(validatorsText);

export const limits: Limits = {
  bodies: {
    chat: { maxBytes: 65_536 },
    vision: { maxBytes: 5_500_000 },
    avatar: { maxBytes: 16_384 },
    "voice-ticket": { maxBytes: 4_096 },
  },
  rates: Object.fromEntries(
    ["chat", "vision", "avatar", "voice-ticket"].map((name) => [name, { requestsPerSecond: 10, burst: 20 }]),
  ),
};
export const routes = contractRoutes(contract, limits);

export const correlationId = "0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f";
export const extendedRequestId = "JJbxmplHFiAFk4A=";
export const clientId = "web-app";
export const subject = "u_7f3b2c9a1d4e4f60";
export const table = "fase-b-staging-edge";
export const hardTimeoutMs = 28_000;

export const goodBodies = {
  "/chat": { messages: [{ role: "user", content: "Hello" }] },
  "/vision": { image: { mediaType: "image/png", data: "iVBORw0K" }, prompt: "What is it?" },
  "/avatar": { avatarId: "av_12345678", text: "Hello", voice: "es-clara" },
} as const;
export type Path = keyof typeof goodBodies;

const id = "5f0c1d7e-3a58-4c4b-9a0e-2f6d1b7c8e90";
const usage = { inputTokens: 1, outputTokens: 1 };
export const goodAnswers = {
  "/chat": {
    status: 200,
    value: { id, message: { role: "assistant", content: "Hi" }, finishReason: "stop", usage },
  },
  "/vision": { status: 200, value: { id, text: "A cat", usage } },
  "/avatar": { status: 202, value: { jobId: id, state: "queued" } },
} as const;

/** An event as the gateway hands it over behind the authorizer. */
export function eventOf(path: string, body: unknown, more: EventParts = {}): APIGatewayProxyEvent {
  const headers: Record<string, string | undefined> = {
    "Content-Type": "application/json",
    "Idempotency-Key": '"key-1"',
    "X-Subject": subject,
    ...more.headers,
  };
  const sent = Object.entries(headers).filter(([, value]) => value !== undefined);
  return {
    httpMethod: more.method ?? "POST",
    resource: path,
    path,
    headers: Object.fromEntries(sent),
    multiValueHeaders: Object.fromEntries(sent.map(([name, value]) => [name, [value]])),
    body: typeof body === "string" ? body : JSON.stringify(body),
    isBase64Encoded: more.isBase64Encoded ?? false,
    requestContext: {
      domainName: more.domain ?? `${path.split("/").at(-1) ?? ""}-01.staging.example.com`,
      requestId: "7c2c2f0a-4b1c-4f3e-8d56-1b2c3d4e5f60",
      extendedRequestId,
      authorizer: { clientId, subject, correlationId, ...more.authorizer },
    },
  } as unknown as APIGatewayProxyEvent;
}

export interface EventParts {
  readonly method?: string;
  readonly domain?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly authorizer?: Readonly<Record<string, string | undefined>>;
  readonly isBase64Encoded?: boolean;
}

export const answerOf = (
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = { "content-type": "application/json" },
): TryOutcome => ({
  kind: "answer",
  status,
  headers,
  body: Buffer.from(typeof value === "string" ? value : JSON.stringify(value)),
});

export type AgentBehaviour = (request: UpstreamRequest, timeoutMs: number) => Promise<TryOutcome>;

const wellAgent: AgentBehaviour = ({ path }) => {
  const { status, value } = goodAnswers[path as Path];
  return Promise.resolve(answerOf(status, value));
};

export interface Bench {
  readonly edge: EdgeHandler;
  readonly time: VirtualTime;
  readonly lines: string[];
  readonly sent: UpstreamRequest[];
  readonly memory: MemoryStore;
  readonly objects: MemoryObjectStore;
  readonly breakerItems: Map<string, BreakerItem>;
  readonly context: LambdaContext;
  /** What the agents do from now on. */
  agent: AgentBehaviour;
  call(event: unknown): Promise<APIGatewayProxyResult>;
  /** The same while time passes. */
  callInTime(event: unknown): Promise<APIGatewayProxyResult>;
  line(): Record<string, unknown>;
}

export interface BenchArgs {
  readonly store?: Store;
  readonly objects?: ObjectStore;
  readonly breakerStore?: BreakerStore;
  readonly quota?: number;
  readonly write?: (line: string) => void;
  readonly inlineAnswerBytes?: number;
  readonly time?: VirtualTime;
}

/** An instance of the edge with everything outside of it in memory, on virtual time. */
export function createBench(args: BenchArgs = {}): Bench {
  const time = args.time ?? new VirtualTime();
  const timing = time.timing(() => 0.5);
  const lines: string[] = [];
  const sent: UpstreamRequest[] = [];
  const memory = new MemoryStore();
  const objects = new MemoryObjectStore();
  const breakerItems = new Map<string, BreakerItem>();
  const breaker = new CircuitBreaker({
    store: args.breakerStore ?? {
      get: (upstreamId) => Promise.resolve(breakerItems.get(upstreamId)),
      put: (upstreamId, item, expected) => {
        const current = breakerItems.get(upstreamId);
        if (current?.token !== expected) return Promise.resolve({ written: false, current });
        breakerItems.set(upstreamId, item);
        return Promise.resolve({ written: true });
      },
    },
    settings: settings.breaker,
    timing,
    newToken: () => randomBytes(16).toString("base64url"),
  });
  const agentOf = (path: string): [string, EdgeAgent] => {
    const agentId = `${path.split("/").at(-1) ?? ""}-01`;
    const upstream = {
      id: agentId,
      breaker,
      budget: new RetryBudget(settings.retry.budget),
      settings,
      timing,
      send: (request: UpstreamRequest, timeoutMs: number) => {
        sent.push(request);
        return bench.agent(request, timeoutMs);
      },
    };
    return [`${agentId}.staging.example.com`, { id: agentId, paths: [path], upstream }];
  };
  const ports: EdgePorts = {
    timing,
    newToken: () => randomBytes(16).toString("base64url"),
    store: args.store ?? memory,
    objects: args.objects ?? objects,
    log: createLog({
      functionName: "edge",
      namePrefix: "fase-b-staging",
      memoryLimitMb: 512,
      clientIds: [clientId, "qa-security"],
      agentIds: ["chat-01", "vision-01", "avatar-01", "tickets-01"],
      write: args.write ?? ((line) => void lines.push(line)),
      nowMs: () => time.nowMs,
      // The tests' process is none of Lambda's: its threads use more CPU than a short request's time.
      sample: () => ({ atMs: time.nowMs, cpuMicroseconds: 0, residentBytes: 100_000_000 }),
    }),
    routes,
    validators,
    agents: new Map(routes.map(({ path }) => agentOf(path))),
    monthlyQuotas: new Map([[clientId, args.quota ?? 1_000_000]]),
    options: {
      claims: {
        table,
        hardTimeoutMs,
        skewAllowanceMs: 1_000,
        storeTimeoutMs: writeTimeoutMs,
        ...(args.inlineAnswerBytes === undefined ? {} : { inlineAnswerBytes: args.inlineAnswerBytes }),
      },
      completionReserveMs: 3_000,
      lastWordMs: 250,
      retryAfterSeconds: 5,
    },
  };
  const context: LambdaContext = {
    awsRequestId: "3f2b8c1d-9e4a-4b6c-8d7e-0a1b2c3d4e5f",
    getRemainingTimeInMillis: () => hardTimeoutMs,
  };
  const edge = createEdge(ports);
  const call = (event: unknown) => edge(event as APIGatewayProxyEvent, context);
  const bench: Bench = {
    edge,
    time,
    lines,
    sent,
    memory,
    objects,
    breakerItems,
    context,
    agent: wellAgent,
    call,
    callInTime: async (event) => {
      const answer = call(event);
      await time.run(time.nowMs + hardTimeoutMs);
      return answer;
    },
    line: () => JSON.parse(lines.at(-1) ?? "{}") as Record<string, unknown>,
  };
  return bench;
}

export const good = (path: Path, more: EventParts = {}): APIGatewayProxyEvent =>
  eventOf(path, goodBodies[path], more);
