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
