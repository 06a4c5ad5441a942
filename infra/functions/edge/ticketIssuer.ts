import { createHash } from "node:crypto";
import { StoreError } from "../store/store";
import type { Tickets } from "../tickets/tickets";
import type { EdgeConfiguration } from "./configuration";
import type { Send } from "./upstream/httpsSender";
import type { TryOutcome, UpstreamAnswer } from "./upstream/outcome";

/** The contract's `VoiceTicketRequest`, which was validated before it came here. */
interface TicketRequest {
  readonly language: string;
  readonly voice?: string;
  readonly audio: { readonly encoding: string; readonly sampleRateHz: number };
  readonly maxDurationSeconds?: number;
}

const answer = (status: number, mediaType: string, value: object): UpstreamAnswer => ({
  kind: "answer",
  status,
  headers: { "content-type": mediaType },
  body: Buffer.from(JSON.stringify(value)),
});

/**
 * The agent behind `POST /realtime-voice/tickets`: the edge itself. It stands where an upstream stands, so that key,
 * count, retries and breaker are those of every request. A repeat under the same key after a lost write issues another
 * ticket: nobody was told the first, and it is worth nothing after 30 s. So a write that failed counts as nothing sent.
 */
export function createTicketIssuer(
  tickets: Pick<Tickets, "issue">,
  { agents, longestSeconds }: EdgeConfiguration["voice"],
): Send {
  return async (request): Promise<TryOutcome> => {
    const clientId = request.headers["x-client-id"] ?? "";
    const subject = request.headers["x-subject"] ?? "";
    const agent = agentFor(
      agents.filter((each) => each.clients.includes(clientId)),
      clientId,
      subject,
    );
    if (agent === undefined)
      return answer(422, "application/problem+json", {
        code: "no-voice-agent",
        title: "Unprocessable Content",
        detail: "No voice agent serves this client.",
      });
    const { language, voice, audio, maxDurationSeconds } = JSON.parse(
      request.body.toString(),
    ) as TicketRequest;
    try {
      const issued = await tickets.issue(
        {
          clientId,
          subject,
          agentId: agent.id,
          correlationId: request.correlationId,
          language,
          ...(voice === undefined ? {} : { voice }),
          encoding: audio.encoding,
          sampleRateHz: audio.sampleRateHz,
          maxDurationSeconds: Math.min(maxDurationSeconds ?? longestSeconds, longestSeconds),
        },
        agent.domain,
      );
      return answer(201, "application/json", issued);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return { kind: "connection", reason: "unreachable", sent: false, stale: false };
    }
  };
}

/**
 * A user's sessions meet at one agent, whichever instance issues them; an agent that comes or goes moves only its own
 * share of the users. https://en.wikipedia.org/wiki/Rendezvous_hashing
 */
function agentFor<T extends { readonly id: string }>(
  agents: readonly T[],
  clientId: string,
  subject: string,
): T | undefined {
  const weighed = agents.map((agent) => ({
    agent,
    weight: createHash("sha256")
      .update(JSON.stringify([agent.id, clientId, subject]))
      .digest("hex"),
  }));
  weighed.sort((left, right) => (left.weight < right.weight ? 1 : -1));
  return weighed[0]?.agent;
}
