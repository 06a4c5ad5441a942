import { describe, expect, it } from "vitest";
import { asGatewayId, asUuid } from "../correlation/correlation";
import type { UpstreamRequest } from "../edge/upstream/httpsSender";
import type { TryOutcome } from "../edge/upstream/outcome";
import { agentCalls } from "./agentCalls";
import { readAgentReplies } from "./agentMessages";
import type { VoiceSession } from "./voiceEvent";

const uuid = "0193a1e2-5f6b-7c3d-9e8f-1a2b3c4d5e6f";
const known = asUuid(uuid);
if (known === undefined) throw new Error("no UUID");
const session: VoiceSession = {
  connectionId: "L0SM9cOFvHcCIhw=",
  sessionId: known,
  correlationId: known,
  extendedRequestId: asGatewayId("JJbxmplHFiAFk4A="),
  clientId: "web-app",
  subject: "u_7f3b2c9a1d4e4f60",
  agentId: "voice-01",
  language: "es",
  voice: undefined,
  encoding: "opus",
  sampleRateHz: 48_000,
  longestMs: 60_000,
};
const message = '{"type":"audio.input","sequence":0,"data":"AAAA"}';
const audio = { type: "audio.output", sequence: 0, data: "AAAA" };
const transcript = { type: "transcript", speaker: "agent", text: "Hola", final: true };

const answer = (status: number, body: unknown): TryOutcome => ({
  kind: "answer",
  status,
  headers: { "content-type": "application/json" },
  body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
});

function bench(outcome: TryOutcome) {
  const sent: { request: UpstreamRequest; timeoutMs: number }[] = [];
  const send = (request: UpstreamRequest, timeoutMs: number): Promise<TryOutcome> => {
    sent.push({ request, timeoutMs });
    return Promise.resolve(outcome);
  };
  return { sent, calls: agentCalls(new Map([["voice-01", { send, timeoutMs: 9_000 }]])) };
}

describe("calls to voice agents", () => {
  it("carry what was judged, where a name stands twice in the caller's text", async () => {
    const { calls, sent } = bench(answer(204, ""));
    await calls.send(session, '{"type":"session.start","instructions":"first","instructions":"last"}');
    const body = sent[0]?.request.body.toString() ?? "";
    expect(body).not.toContain("first");
    expect(JSON.parse(body)).toMatchObject({ message: { type: "session.start", instructions: "last" } });
  });

  it("carry the message, the session's facts and whose it is", async () => {
    const { calls, sent } = bench(answer(200, { replies: [audio, transcript] }));
    expect(await calls.send(session, message)).toEqual({
      kind: "accepted",
      replies: [JSON.stringify(audio), JSON.stringify(transcript)],
    });
    const [{ request, timeoutMs } = {}] = sent;
    expect(timeoutMs).toBe(9_000);
    expect(request).toMatchObject({
      method: "POST",
      path: `/realtime-voice/sessions/${uuid}/messages`,
      correlationId: uuid,
      headers: {
        "x-client-id": "web-app",
        "x-subject": "u_7f3b2c9a1d4e4f60",
        "X-Correlation-Id": uuid,
        "X-Extended-Request-Id": "JJbxmplHFiAFk4A=",
      },
    });
    expect(JSON.parse(request?.body.toString() ?? "")).toEqual({
      session: { language: "es", encoding: "opus", sampleRateHz: 48_000 },
      message: JSON.parse(message),
    });
  });

  it("end the session when the agent says so", async () => {
    const { calls } = bench(answer(200, { ended: true, replies: [] }));
    expect(await calls.send(session, message)).toEqual({ kind: "ended", replies: [] });
  });

  it("take an empty answer for no replies", async () => {
    const { calls } = bench(answer(204, ""));
    expect(await calls.send(session, message)).toEqual({ kind: "accepted", replies: [] });
  });

  it.each([
    ["an error", answer(500, {})],
    ["a refusal", answer(404, {})],
    ["silence", { kind: "timeout", sent: true } as const],
    ["a refused certificate", { kind: "tls", reason: "expired" } as const],
    ["what is not of the contract", answer(200, { replies: [{ type: "session.ready" }] })],
    ["no JSON", answer(200, "<html>")],
  ])("fail on %s", async (_, outcome) => {
    expect(await bench(outcome).calls.send(session, message)).toEqual({ kind: "failed" });
  });

  it("fail for an agent that the settings do not know", async () => {
    const { calls, sent } = bench(answer(200, {}));
    expect(await calls.send({ ...session, agentId: "voice-09" }, message)).toEqual({ kind: "failed" });
    expect(sent).toEqual([]);
  });

  it("tell the agent of the end, and wait for it no longer than a second", async () => {
    const { calls, sent } = bench({ kind: "timeout", sent: true });
    await calls.end(session);
    expect(sent[0]).toMatchObject({
      timeoutMs: 1_000,
      request: { method: "DELETE", path: `/realtime-voice/sessions/${uuid}` },
    });
  });
});

describe("an agent's replies", () => {
  const read = (value: unknown): unknown => readAgentReplies(JSON.stringify(value));

  it.each([
    ["another key", { replies: [], more: 1 }],
    ["a list", []],
    ["an end that is no flag", { ended: "yes" }],
    ["replies that are no list", { replies: {} }],
    ["more than 64", { replies: Array(65).fill(transcript) }],
    ["a message to an agent", { replies: [JSON.parse(message)] }],
    ["our own words", { replies: [{ type: "session.closing", closeCode: 4001, reason: "x" }] }],
    ["audio without a number", { replies: [{ ...audio, sequence: -1 }] }],
    ["audio that is no base64", { replies: [{ ...audio, data: "AA AA" }] }],
    ["audio over a frame", { replies: [{ ...audio, data: "A".repeat(31_401) }] }],
    ["audio with something beside it", { replies: [{ ...audio, note: "x" }] }],
    ["a transcript by nobody", { replies: [{ ...transcript, speaker: "x" }] }],
    ["a transcript too long", { replies: [{ ...transcript, text: "x".repeat(5_001) }] }],
  ])("are refused with %s", (_, value) => {
    expect(read(value)).toBeUndefined();
  });

  it("are taken at their bounds", () => {
    const replies = [
      { ...audio, data: "A".repeat(31_400), sequence: 2_147_483_647 },
      { ...transcript, text: "😀".repeat(5_000), final: false },
    ];
    expect(read({ replies })).toEqual({ ended: false, replies: replies.map((each) => JSON.stringify(each)) });
  });
});
