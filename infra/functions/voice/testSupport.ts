import type { APIGatewayProxyWebsocketEventV2 } from "aws-lambda";
import { createLog } from "../log/log";
import { MemoryStore } from "../store/memoryStore";
import type { Store } from "../store/store";
import { createVoice, type VoicePorts } from "./handleMessage";
import { limits } from "./histories";
import { Sessions } from "./sessions";

export const startMs = Date.UTC(2026, 10, 22, 12);
const sessionId = "11111111-2222-4333-8444-555555555555";
export const correlationId = "6f1c3a52-0c1e-4f0c-9d43-8d1f0a8e2b77";
export const subject = "u_7f3b2c9a1d4e4f60";

interface Step {
  readonly atMs: number;
  readonly what: string;
}

/** The function with everything outside of it in memory; time passes where it waits. */
export function start(changes: Partial<VoicePorts> = {}, wrap: (store: Store) => Store = (store) => store) {
  let nowMs = startMs;
  let tokens = 0;
  const store = new MemoryStore();
  const steps: Step[] = [];
  const note = (what: string): void => void steps.push({ atMs: nowMs - startMs, what });
  const lines: Record<string, unknown>[] = [];
  const sessions = new Sessions(
    { store: wrap(store), nowMs: () => nowMs, newToken: () => `token-${(tokens += 1)}` },
    { table: "voice", limits },
  );
  const handler = createVoice({
    sessions,
    limits,
    nowMs: () => nowMs,
    sleep: (milliseconds) => {
      note("hold");
      nowMs += milliseconds;
      return Promise.resolve();
    },
    upstream: {
      send: (_session, message) => {
        note(`send ${Buffer.byteLength(message)}`);
        return Promise.resolve({ kind: "accepted", replies: [] });
      },
      end: () => Promise.resolve(note("end")),
    },
    connections: {
      post: (_id, message) => {
        const { type, closeCode } = JSON.parse(message) as { type: string; closeCode?: number };
        note(closeCode === undefined ? type : `${type} ${closeCode}`);
        return Promise.resolve("sent");
      },
      close: () => {
        note("close");
        return Promise.resolve("closed");
      },
    },
    log: createLog({
      functionName: "voice",
      namePrefix: "fase-b-staging",
      memoryLimitMb: 512,
      clientIds: ["web-app"],
      agentIds: ["voice-01"],
      write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
    }),
    ...changes,
  });
  const event = (routeKey: string, body?: string, connectionId = "c1"): APIGatewayProxyWebsocketEventV2 =>
    ({
      requestContext: {
        routeKey,
        eventType: { $connect: "CONNECT", $disconnect: "DISCONNECT" }[routeKey] ?? "MESSAGE",
        connectionId,
        extendedRequestId: "JJbxmplHFiAFk4A=",
        authorizer: {
          sessionId,
          correlationId,
          clientId: "web-app",
          subject,
          agentId: "voice-01",
          language: "es",
          encoding: "opus",
          sampleRateHz: "48000",
          maxDurationSeconds: 600,
        },
      },
      headers: { "Sec-WebSocket-Protocol": `fase-b.voice.v1, fase-b.ticket.${"a".repeat(43)}` },
      isBase64Encoded: false,
      ...(body === undefined ? {} : { body }),
    }) as unknown as APIGatewayProxyWebsocketEventV2;
  return {
    store,
    steps,
    lines,
    handler,
    event,
    wait: (milliseconds: number) => void (nowMs += milliseconds),
    send: (bytes: number) => {
      const empty = JSON.stringify({ type: "audio.input", sequence: 1, data: "" }).length;
      return handler(
        event(
          "$default",
          JSON.stringify({ type: "audio.input", sequence: 1, data: "A".repeat(bytes - empty) }),
        ),
      );
    },
    /** A session that has started, with its bandwidth full. */
    begin: async () => {
      await handler(event("$connect"));
      await handler(event("$default", JSON.stringify({ type: "session.start" })));
      nowMs += 1_500;
      steps.length = 0;
    },
    places: () =>
      store.items.flatMap(
        (item) => (JSON.parse(String(item["state"])) as { slots: { owner: string }[] }).slots,
      ),
  };
}
