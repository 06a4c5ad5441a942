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
  durationWarning,
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
  readonly sessions: Pick<Sessions, "connect" | "admit" | "markTold" | "start" | "release">;
  readonly limits: VoiceLimits;
  /** Epoch milliseconds; the clock that `sessions` reads. */
  readonly nowMs: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly upstream: {
    /** Frames out; comes back within the function's time less `longestHoldMs`. A reply is at most `messageBytes`. */
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
  line.measure({ VoiceBytes: bytes });
  const kind = text === undefined || bytes > ports.limits.messageBytes ? undefined : callerMessage(text);
  if (text === undefined || kind === undefined) {
    line.set({ outcome: "invalid" });
    return close(session, "malformed", ports, line);
  }
  if (kind === "session.stop") {
    line.set({ outcome: "answered" });
    return close(session, "caller", ports, line);
  }
  const passage: Passage = { session, ports, line, holdLeftMs: ports.limits.longestHoldMs };
  const frame: Frame = {
    bytes,
    direction: "fromCaller",
    needsStart: kind === "audio.input",
    charged: false,
  };
  const way = await pass(frame, passage);
  if ("refused" in way) return refuse(way.refused, passage);
  return forward(text, kind, way.endsInMs, passage);
}

/** One event's way through the session's bandwidth, in both directions. */
interface Passage {
  readonly session: VoiceSession;
  readonly ports: VoicePorts;
  readonly line: RequestLog;
  /** All of its frames together are held no longer than one may be: the function's own time ends. */
  holdLeftMs: number;
}

type Way = { readonly refused: Closing | "gone" } | { readonly endsInMs: number | undefined };

/** Comes back when the frame may go on, having warned and held it where need be; or with why it may not. */
async function pass(frame: Frame, passage: Passage): Promise<Way> {
  try {
    return await admitted(frame, passage);
  } finally {
    measureTime(frame.wentOnMs, passage.line);
  }
}

async function admitted(frame: Frame, passage: Passage): Promise<Way> {
  const { session, ports, line } = passage;
  const atFirstMs = passage.holdLeftMs;
  for (;;) {
    const admission = await ports.sessions.admit(session, frame);
    if (admission.kind === "forward") {
      const heldMs = atFirstMs - passage.holdLeftMs;
      if (heldMs > 0) line.measure({ VoiceHolds: 1, VoiceHoldTime: heldMs });
      return { endsInMs: admission.endsInMs };
    }
    if (admission.kind === "ended") return { refused: admission.why === "duration" ? "duration" : "idle" };
    const { kind, waitMs } = admission;
    if (kind !== "early" && !admission.warned) {
      // Before anything is held, or closed: a caller that slows down now is not slowed down.
      const warning = bandwidthWarning(waitMs, admission.queuedBytes);
      if ((await ports.connections.post(session.connectionId, warning)) === "gone")
        return { refused: "gone" };
      ports.sessions.markTold(session, "bandwidth");
      line.measure({ VoiceWarnings: 1 });
    }
    if (kind === "overrun") return { refused: "overrun" };
    // Its order is the sender's matter: audio before `session.start` is against the contract.
    if (waitMs > passage.holdLeftMs) return { refused: kind === "early" ? "malformed" : "overrun" };
    passage.holdLeftMs -= waitMs;
    await ports.sleep(waitMs);
  }
}

async function refuse(why: Closing | "gone", { session, ports, line }: Passage): Promise<VoiceAnswer> {
  if (why === "gone") {
    await gone(session, ports, line);
    return answer(410);
  }
  line.set({ outcome: why === "overrun" ? "over-rate" : why === "malformed" ? "invalid" : "denied" });
  if (why === "overrun") line.measure({ VoiceOverruns: 1 });
  return close(session, why, ports, line);
}

async function forward(
  text: string,
  kind: CallerMessage,
  endsInMs: number | undefined,
  passage: Passage,
): Promise<VoiceAnswer> {
  const { session, ports, line } = passage;
  const result = await ports.upstream.send(session, text);
  if (result.kind === "failed") {
    line.set({ outcome: "upstream-failed" });
    return close(session, "fault", ports, line);
  }
  const notices: string[] = [];
  if (kind === "session.start") {
    // Before the caller hears of it: audio that comes then must be let through everywhere.
    await ports.sessions.start(session);
    notices.push(readyMessage(session.sessionId, session.correlationId));
  }
  if (endsInMs !== undefined) notices.push(durationWarning(endsInMs));
  for (const notice of notices)
    if ((await ports.connections.post(session.connectionId, notice)) === "gone")
      return refuse("gone", passage);
  if (endsInMs !== undefined) ports.sessions.markTold(session, "duration");
  for (const reply of result.replies) {
    const bytes = Buffer.byteLength(reply);
    if (bytes > ports.limits.messageBytes) {
      line.set({ outcome: "upstream-failed" });
      return close(session, "fault", ports, line);
    }
    const frame: Frame = { bytes, direction: "fromAgent", needsStart: false, charged: false };
    const way = await pass(frame, passage);
    if ("refused" in way) return refuse(way.refused, passage);
    if ((await ports.connections.post(session.connectionId, reply)) === "gone")
      return refuse("gone", passage);
  }
  line.set({ outcome: "answered" });
  return result.kind === "ended" ? close(session, "agent", ports, line) : answer(200);
}

/** A `$disconnect` may never come. */
async function gone(session: VoiceSession, ports: VoicePorts, line: RequestLog): Promise<void> {
  line.set({ outcome: "denied" });
  await finish(session, ports, line);
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
  await attempt(async () => measureTime(await ports.sessions.release(session), line), line);
  await attempt(() => ports.upstream.end(session), line);
}

/** Most frames come within a second of the last one that told it, and have nothing to tell. */
function measureTime(wentOnMs: number | undefined, line: RequestLog): void {
  if (wentOnMs !== undefined && wentOnMs > 0) line.measure({ VoiceSessionTime: wentOnMs });
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
