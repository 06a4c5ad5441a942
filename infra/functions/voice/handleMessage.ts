import type { APIGatewayProxyWebsocketEventV2 } from "aws-lambda";
import { asGatewayId, asUuid } from "../correlation/correlation";
import { errorFields } from "../log/errors";
import type { Log, RequestLog } from "../log/log";
import { StoreError } from "../store/store";
import { VOICE_SUBPROTOCOL } from "../tickets/subprotocols";
import {
  bandwidthWarning,
  callerMessage,
  closingMessage,
  closings,
  readyMessage,
  type CallerMessage,
  type Closing,
} from "./messages";
import type { Frame, Sessions } from "./sessions";
import { readVoiceEvent, type VoiceSession } from "./voiceEvent";
import type { VoiceLimits } from "./voiceLimits.schema";

/** The agent's answer to one message. `replies` are messages of the contract for the caller, in order. */
export type VoiceUpstreamAnswer =
  { readonly kind: "accepted" | "ended"; readonly replies: readonly string[] } | { readonly kind: "failed" };

export interface VoicePorts {
  readonly sessions: Sessions;
  readonly limits: VoiceLimits;
  /** Epoch milliseconds; the clock that `sessions` reads. */
  readonly nowMs: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly upstream: {
    /** Frames out; comes back within the function's time less `longestHoldMs`. */
    readonly send: (session: VoiceSession, message: string) => Promise<VoiceUpstreamAnswer>;
    /** The caller is gone, or was closed. */
    readonly end: (session: VoiceSession) => Promise<void>;
  };
  /** The gateway's management API. `gone`: the connection is no more (410). */
  readonly connections: {
    readonly post: (connectionId: string, message: string) => Promise<"sent" | "gone">;
    readonly close: (connectionId: string) => Promise<"closed" | "gone">;
  };
  readonly log: Log;
}

export interface VoiceAnswer {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const answer = (statusCode: number): VoiceAnswer => ({ statusCode });

/**
 * The function behind the three routes of the WebSocket. Never throws: the runtime would log what was thrown. Whatever
 * ends a session gives its place back first, then tells the caller, then closes.
 */
export function createVoice(
  ports: VoicePorts,
): (event: APIGatewayProxyWebsocketEventV2) => Promise<VoiceAnswer> {
  return async (event) => {
    try {
      const line = ports.log.begin();
      const given = await handle(event, ports, line);
      line.set({ status: given.statusCode });
      line.end();
      return given;
    } catch {
      // Only the log itself is left to have failed: there is nowhere to say so.
      return answer(500);
    }
  };
}

async function handle(event: unknown, ports: VoicePorts, line: RequestLog): Promise<VoiceAnswer> {
  const { route, session, offersTicket, text } = readVoiceEvent(event);
  describe(event, route, session, ports.log, line);
  if (route === undefined || session === undefined) {
    line.set({ outcome: "invalid" });
    return answer(route === undefined ? 404 : 400);
  }
  try {
    if (route === "$connect") return await connect(session, offersTicket, ports, line);
    if (route === "$disconnect") {
      line.set({ outcome: "answered" });
      await finish(session, ports, line);
      return answer(200);
    }
    return await message(session, text, ports, line);
  } catch (error) {
    fault(error, line);
    if (route === "$default") await close(session, "fault", ports, line);
    return answer(error instanceof StoreError ? 503 : 500);
  }
}

async function connect(
  session: VoiceSession,
  offersTicket: boolean,
  ports: VoicePorts,
  line: RequestLog,
): Promise<VoiceAnswer> {
  if (!offersTicket) {
    line.set({ outcome: "invalid" });
    return answer(400);
  }
  const outcome = await ports.sessions.connect(session, session.longestMs);
  if (outcome.kind === "opened") {
    line.set({ outcome: "answered" });
    // One of those that were offered, and the one that is no secret. https://www.rfc-editor.org/rfc/rfc6455#section-4.2.2
    return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": VOICE_SUBPROTOCOL } };
  }
  line.set({ outcome: outcome.kind === "full" ? "over-rate" : "conflict" });
  line.measure({ VoiceRefusals: 1 });
  const retryAfterSeconds = outcome.kind === "full" ? outcome.retryAfterSeconds : 1;
  return {
    statusCode: outcome.kind === "full" ? 429 : 503,
    headers: { "Retry-After": String(retryAfterSeconds) },
  };
}

async function message(
  session: VoiceSession,
  text: string | undefined,
  ports: VoicePorts,
  line: RequestLog,
): Promise<VoiceAnswer> {
  const bytes = Buffer.byteLength(text ?? "");
  line.set({ requestBytes: bytes });
  const kind = text === undefined || bytes > ports.limits.messageBytes ? undefined : callerMessage(text);
  if (text === undefined || kind === undefined) {
    line.set({ outcome: "invalid" });
    return close(session, "malformed", ports, line);
  }
  if (kind === "session.stop") {
    line.set({ outcome: "answered" });
    return close(session, "caller", ports, line);
  }
  const refused = await throughBandwidth(session, { bytes, charged: false }, ports, line);
  if (refused === "gone") return answer(410);
  if (refused !== undefined) {
    line.set({ outcome: refused === "overrun" ? "over-rate" : "denied" });
    if (refused === "overrun") line.measure({ VoiceOverruns: 1 });
    return close(session, refused, ports, line);
  }
  return forward(session, text, kind, ports, line);
}

/**
 * Returns when the frame may go on, having warned and held it where need be; or why it may not.
 */
async function throughBandwidth(
  session: VoiceSession,
  frame: Frame,
  ports: VoicePorts,
  line: RequestLog,
): Promise<Closing | "gone" | undefined> {
  const startMs = ports.nowMs();
  let held = false;
  for (;;) {
    const admission = await ports.sessions.admit(session, frame);
    if (admission.kind === "forward") {
      if (held) line.measure({ VoiceHolds: 1, VoiceHoldTime: ports.nowMs() - startMs });
      return undefined;
    }
    if (admission.kind === "overrun") return "overrun";
    if (admission.kind === "ended") return admission.why === "duration" ? "duration" : "idle";
    const { waitMs, warned, queuedBytes } = admission;
    if (ports.nowMs() + waitMs > startMs + ports.limits.longestHoldMs) return "overrun";
    if (!warned) {
      // Before anything is held: a caller that slows down now is not slowed down.
      const sent = await ports.connections.post(session.connectionId, bandwidthWarning(waitMs, queuedBytes));
      if (sent === "gone") return gone(session, ports, line);
      ports.sessions.markWarned(session);
      line.measure({ VoiceWarnings: 1 });
    }
    held = true;
    await ports.sleep(waitMs);
  }
}

async function forward(
  session: VoiceSession,
  text: string,
  kind: CallerMessage,
  ports: VoicePorts,
  line: RequestLog,
): Promise<VoiceAnswer> {
  const result = await ports.upstream.send(session, text);
  if (result.kind === "failed") {
    line.set({ outcome: "upstream-failed" });
    return close(session, "fault", ports, line);
  }
  const ready = kind === "session.start" ? [readyMessage(session.sessionId, session.correlationId)] : [];
  for (const reply of [...ready, ...result.replies]) {
    if ((await ports.connections.post(session.connectionId, reply)) === "sent") continue;
    await gone(session, ports, line);
    return answer(410);
  }
  line.set({ outcome: "answered" });
  return result.kind === "ended" ? close(session, "agent", ports, line) : answer(200);
}

/** A `$disconnect` may never come. */
async function gone(session: VoiceSession, ports: VoicePorts, line: RequestLog): Promise<"gone"> {
  line.set({ outcome: "denied" });
  await finish(session, ports, line);
  return "gone";
}

/** Each step is tried though the one before failed; what remains is the lease's and the gateway's own end. */
async function close(
  session: VoiceSession,
  closing: Closing,
  ports: VoicePorts,
  line: RequestLog,
): Promise<VoiceAnswer> {
  line.set({ closeCode: closings[closing].closeCode });
  await finish(session, ports, line);
  const { connectionId, correlationId } = session;
  await attempt(() => ports.connections.post(connectionId, closingMessage(closing, correlationId)), line);
  await attempt(() => ports.connections.close(connectionId), line);
  return answer(closing === "fault" ? 500 : 200);
}

async function finish(session: VoiceSession, ports: VoicePorts, line: RequestLog): Promise<void> {
  await attempt(() => ports.sessions.release(session), line);
  await attempt(() => ports.upstream.end(session), line);
}

async function attempt(step: () => Promise<unknown>, line: RequestLog): Promise<void> {
  try {
    await step();
  } catch (error) {
    fault(error, line);
  }
}

function fault(error: unknown, line: RequestLog): void {
  line.set({ outcome: error instanceof StoreError ? "store-failed" : "fault", ...errorFields(error) });
  line.measure({ Faults: 1 });
}

function describe(
  event: unknown,
  route: "$connect" | "$disconnect" | "$default" | undefined,
  session: VoiceSession | undefined,
  log: Log,
  line: RequestLog,
): void {
  const context = (event as { readonly requestContext?: Readonly<Record<string, unknown>> | null } | null)
    ?.requestContext;
  line.set({
    correlationId: session?.correlationId,
    requestId: asUuid(context?.["requestId"]),
    extendedRequestId: asGatewayId(context?.["extendedRequestId"]),
    route,
    agentId: log.agentId(session?.agentId),
    clientId: log.clientId(session?.clientId),
  });
}
