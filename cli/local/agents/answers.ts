import { randomUUID } from "node:crypto";

/** What a stub answers on each route of the contract: valid by it, and another each time, so that a replay shows. */
export const answers: Readonly<Record<string, () => { readonly status: number; readonly value: object }>> = {
  "/chat": () => ({
    status: 200,
    value: {
      id: randomUUID(),
      message: { role: "assistant", content: "Hello from the stub." },
      finishReason: "stop",
      usage,
    },
  }),
  "/vision": () => ({
    status: 200,
    value: { id: randomUUID(), text: "A cat.", labels: [{ name: "cat", confidence: 0.9 }], usage },
  }),
  "/avatar": () => ({ status: 202, value: { jobId: randomUUID(), state: "queued" } }),
};

const usage = { inputTokens: 3, outputTokens: 5 };

/** `POST /realtime-voice/sessions/<id>/messages`, see `infra/functions/voice/agentCalls.ts`. */
export const VOICE_MESSAGES = /^\/realtime-voice\/sessions\/([0-9a-f-]{36})\/messages$/;
/** `DELETE /realtime-voice/sessions/<id>` */
export const VOICE_SESSION = /^\/realtime-voice\/sessions\/([0-9a-f-]{36})$/;

/** Says back what it hears, and that it hears; hangs up when it is told to stop. */
export function voiceAnswer(body: string): object | undefined {
  const { message } = JSON.parse(body) as {
    readonly message?: { readonly type?: string; readonly sequence?: number; readonly data?: string };
  };
  switch (message?.type) {
    case "session.start":
      return {
        replies: [{ type: "transcript", speaker: "agent", text: "Hello from the stub.", final: true }],
      };
    case "audio.input":
      return { replies: [{ type: "audio.output", sequence: message.sequence, data: message.data }] };
    case "session.stop":
      return { ended: true };
    default:
      return undefined;
  }
}
