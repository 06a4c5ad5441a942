import { correlationHeaders } from "../correlation/correlation";
import type { Send, UpstreamRequest } from "../edge/upstream/httpsSender";
import { readAgentReplies } from "./agentMessages";
import type { VoicePorts } from "./handleMessage";
import type { VoiceSession } from "./voiceEvent";

export interface VoiceAgent {
  readonly send: Send;
  readonly timeoutMs: number;
}

/** `DELETE` is a courtesy: the agent's own idle time ends what it did not hear of. */
const END_TIMEOUT_MS = 1_000;
const JSON_TYPE = "application/json";

/**
 * Messages to agents, each a request of its own over a kept connection:
 *
 * - `POST /realtime-voice/sessions/<id>/messages` with `{ session, message }`; the answer carries what the caller is
 *   to hear, so that agents need neither our credentials nor the connection's address.
 * - `DELETE /realtime-voice/sessions/<id>` at the end.
 *
 * Never tried again: a frame that comes late is worth less than the next one.
 */
export function agentCalls(agents: ReadonlyMap<string, VoiceAgent>): VoicePorts["upstream"] {
  return {
    send: async (session, message) => {
      const agent = agents.get(session.agentId);
      if (agent === undefined) return { kind: "failed" };
      const { language, voice, encoding, sampleRateHz } = session;
      const facts = { language, ...(voice === undefined ? {} : { voice }), encoding, sampleRateHz };
      // Written anew: two readers of one text need not see the same value in it (a name twice, for one).
      const body = JSON.stringify({ session: facts, message: JSON.parse(message) as unknown });
      const outcome = await agent.send(request("POST", session, "/messages", body), agent.timeoutMs);
      if (outcome.kind !== "answer" || outcome.status >= 300) return { kind: "failed" };
      const answer = readAgentReplies(outcome.body.toString("utf8"));
      if (answer === undefined) return { kind: "failed" };
      return { kind: answer.ended ? "ended" : "accepted", replies: answer.replies };
    },
    end: async (session) => {
      const agent = agents.get(session.agentId);
      await agent?.send(request("DELETE", session, "", ""), Math.min(END_TIMEOUT_MS, agent.timeoutMs));
    },
  };
}

const request = (method: string, session: VoiceSession, rest: string, body: string): UpstreamRequest => ({
  method,
  path: `/realtime-voice/sessions/${session.sessionId}${rest}`,
  headers: {
    accept: JSON_TYPE,
    ...(body === "" ? {} : { "content-type": JSON_TYPE }),
    "x-client-id": session.clientId,
    "x-subject": session.subject,
    ...correlationHeaders(session),
  },
  body: Buffer.from(body),
  correlationId: session.correlationId,
});
