/**
 * What the data plane's benchmark measures: a function's handler over a table, with its agent in the same process. One
 * side is the project's edge (`edgeUnderTest.ts`), the other Powertools' idempotency (`powertools/handler.ts`). Each is
 * bundled as it would be deployed, and knows nothing of the other.
 */
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { APIGatewayProxyEvent } from "aws-lambda";

/** One request to the store on the wire: from its sending until its answer's head is there. */
export interface WireCall {
  readonly operation: string;
  readonly startMs: number;
  readonly endMs: number;
}

export interface Setup {
  readonly endpoint: string;
  readonly table: string;
  /** Counted in a conditional write before the agent is called. The edge always does. */
  readonly countsMonthly: boolean;
  /** Of the edge: its idempotency by itself. */
  readonly claimsAlone?: boolean;
  readonly clientIds: readonly string[];
  readonly onWire?: (call: WireCall) => void;
  /** The edge's log line. */
  readonly onLine?: (line: string) => void;
}

export interface Subject {
  call(event: APIGatewayProxyEvent): Promise<{ readonly statusCode: number; readonly body: string }>;
  /** How often the agent was called. */
  effects(): number;
  close(): void;
}

/** What each side's bundle exports. */
export type CreateSubject = (setup: Setup) => Subject;

/** More than a run sends: nobody is refused. */
export const MONTHLY_QUOTA = 1_000_000_000;
/** Time that a function has left, as Lambda's context tells it. */
export const REMAINING_MS = 28_000;
export const INVOCATION_ID = "3f2b8c1d-9e4a-4b6c-8d7e-0a1b2c3d4e5f";

const SUBJECT_ID = "u_7f3b2c9a1d4e4f60";

export type BenchPath = "/chat" | "/avatar";

/** The agent's answer, the same for both sides; of the contract's form. */
export const agentAnswers = {
  "/chat": {
    status: 200,
    text: JSON.stringify({
      id: "5f0c1d7e-3a58-4c4b-9a0e-2f6d1b7c8e90",
      message: { role: "assistant", content: "It opens at nine and closes at six, on Saturdays at two." },
      finishReason: "stop",
      usage: { inputTokens: 42, outputTokens: 17 },
    }),
  },
  "/avatar": {
    status: 202,
    text: JSON.stringify({ jobId: "5f0c1d7e-3a58-4c4b-9a0e-2f6d1b7c8e90", state: "queued" }),
  },
} as const satisfies Readonly<Record<BenchPath, { readonly status: number; readonly text: string }>>;

const bodies: Readonly<Record<BenchPath, (index: number) => object>> = {
  "/chat": (index) => ({
    messages: [
      { role: "user", content: "Good morning." },
      { role: "assistant", content: "Good morning, how can I help?" },
      { role: "user", content: `When does the office open? (${index})` },
    ],
  }),
  // A resource each, so that no request waits for another's lock.
  "/avatar": (index) => ({
    avatarId: `av_${String(index).padStart(8, "0")}`,
    text: "Good morning.",
    voice: "es-clara",
  }),
};

/** A request as the gateway hands it over behind the authorizer; its key and payload are the index's. */
export const requestEvent = (path: BenchPath, clientId: string, index: number): APIGatewayProxyEvent =>
  eventOf(path, `${path.slice(1)}-01`, clientId, index, bodies[path](index));

/** For staging's edge as it is deployed: the one request that it answers without an agent. */
export const ticketEvent = (index: number): APIGatewayProxyEvent =>
  eventOf("/realtime-voice/tickets", "voice-tickets-01", "web-app", index, {
    language: "es",
    audio: { encoding: "pcm-s16le", sampleRateHz: 16_000 },
    maxDurationSeconds: 60,
  });

function eventOf(
  path: string,
  agentId: string,
  clientId: string,
  index: number,
  body: object,
): APIGatewayProxyEvent {
  const headers: Record<string, string> = {
    "Content-Type": "application/json",
    "Idempotency-Key": `"bench-${index}"`,
    "X-Subject": SUBJECT_ID,
  };
  return {
    httpMethod: "POST",
    resource: path,
    path,
    headers,
    multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: null,
    stageVariables: null,
    body: JSON.stringify(body),
    isBase64Encoded: false,
    requestContext: {
      domainName: `${agentId}.staging.example.com`,
      requestId: "7c2c2f0a-4b1c-4f3e-8d56-1b2c3d4e5f60",
      extendedRequestId: "JJbxmplHFiAFk4A=",
      authorizer: {
        clientId,
        subject: SUBJECT_ID,
        correlationId: "0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f",
      },
    } as unknown as APIGatewayProxyEvent["requestContext"],
  };
}

/** Times each try of the client's on the wire, innermost of all that the SDK does. Both sides have it alike. */
export function watchWire(client: DynamoDBClient, onWire: Setup["onWire"]): void {
  if (onWire === undefined) return;
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const startMs = performance.now();
      try {
        return await next(args);
      } finally {
        onWire({ operation: String(context.commandName), startMs, endMs: performance.now() });
      }
    },
    { step: "deserialize", priority: "low", name: "benchWire" },
  );
}
