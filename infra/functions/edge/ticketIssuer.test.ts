import { describe, expect, it } from "vitest";
import { StoreError } from "../store/store";
import type { TicketGrant } from "../tickets/tickets";
import { createTicketIssuer } from "./ticketIssuer";
import type { UpstreamRequest } from "./upstream/httpsSender";

const agents = ["voice-01", "voice-02", "voice-03"].map((id) => ({
  id,
  domain: `${id}.staging.example.com`,
  clients: ["web-app"],
}));

const issued = {
  ticket: "t",
  sessionId: "s",
  expiresAt: "2026-11-22T12:00:30.000Z",
  url: "wss://voice-01.staging.example.com/realtime-voice",
  subprotocols: ["a", "b"],
} as const;

function bench(issue = (): Promise<typeof issued> => Promise.resolve(issued), served = agents) {
  const grants: { grant: TicketGrant; domain: string }[] = [];
  const send = createTicketIssuer(
    {
      issue: (grant, domain) => {
        grants.push({ grant, domain });
        return issue();
      },
    },
    { agents: served, longestSeconds: 3_600 },
  );
  const request = (subject: string, more: object = {}, clientId = "web-app"): UpstreamRequest => ({
    method: "POST",
    path: "/realtime-voice/tickets",
    headers: { "x-client-id": clientId, "x-subject": subject },
    correlationId: "0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f",
    body: Buffer.from(
      JSON.stringify({ language: "es", audio: { encoding: "opus", sampleRateHz: 48_000 }, ...more }),
    ),
  });
  return { grants, ask: (...args: Parameters<typeof request>) => send(request(...args), 1_000) };
}

describe("the edge as the agent of tickets (B4.2, B5.3)", () => {
  it("binds a ticket to client, subject, agent and audio, and answers it as the contract has it", async () => {
    const { ask, grants } = bench();
    const answer = await ask("u_7f3b2c9a1d4e4f60", { voice: "es-clara", maxDurationSeconds: 60 });
    expect(answer).toMatchObject({
      kind: "answer",
      status: 201,
      headers: { "content-type": "application/json" },
    });
    expect(answer.kind === "answer" && JSON.parse(answer.body.toString())).toEqual(issued);
    expect(grants[0]?.grant).toMatchObject({
      clientId: "web-app",
      subject: "u_7f3b2c9a1d4e4f60",
      correlationId: "0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f",
      language: "es",
      voice: "es-clara",
      encoding: "opus",
      sampleRateHz: 48_000,
      maxDurationSeconds: 60,
    });
    expect(grants[0]?.domain).toBe(`${grants[0]?.grant.agentId}.staging.example.com`);
  });

  it("grants no longer time than the settings allow, and that much unless less is asked for", async () => {
    const { ask, grants } = bench();
    await ask("u_1", { maxDurationSeconds: 7_200 });
    await ask("u_1");
    expect(grants.map(({ grant }) => grant.maxDurationSeconds)).toEqual([3_600, 3_600]);
  });

  it("sends a user to one agent, users to all of them, and only a newcomer's share elsewhere", async () => {
    const subjects = Array.from({ length: 300 }, (_, index) => `u_${index}`);
    const spread = async (served: typeof agents): Promise<(string | undefined)[]> => {
      const { ask, grants } = bench(undefined, served);
      for (const subject of subjects) await ask(subject);
      return grants.map(({ grant }) => grant.agentId);
    };
    const before = await spread(agents);
    expect(await spread([...agents].reverse())).toEqual(before);
    for (const { id } of agents) expect(before.filter((each) => each === id).length).toBeGreaterThan(60);
    const after = await spread([
      ...agents,
      { id: "voice-04", domain: "voice-04.staging.example.com", clients: ["web-app"] },
    ]);
    const moved = after.filter((each, index) => each !== before[index]);
    expect(moved.every((each) => each === "voice-04")).toBe(true);
    expect(moved.length).toBeGreaterThan(40);
  });

  it("refuses a client that no voice agent serves", async () => {
    const { ask, grants } = bench();
    const answer = await ask("u_1", {}, "partner-north");
    expect(answer).toMatchObject({ kind: "answer", status: 422 });
    expect(grants).toEqual([]);
  });

  it("counts as not sent when the table fails: nobody was told the ticket", async () => {
    const { ask } = bench(() =>
      Promise.reject(new StoreError("unavailable", "issue-ticket", "TimeoutError")),
    );
    expect(await ask("u_1")).toEqual({
      kind: "connection",
      reason: "unreachable",
      sent: false,
      stale: false,
    });
  });
});
