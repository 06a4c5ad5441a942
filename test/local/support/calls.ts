import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { Agent, request } from "node:https";
import type { Running } from "./running";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly latencyMs: number;
}

export interface Call {
  readonly domain: string;
  readonly path: string;
  readonly method?: string;
  /** `null` takes away what is sent by default. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Anything but a text or bytes is sent as JSON. */
  readonly body?: unknown;
  /** Without a length, as a caller that does not say how much comes. */
  readonly chunked?: boolean;
}

export const subject = "u_7f3b2c9a1d4e4f60";

export const goodBodies = {
  "/chat": { messages: [{ role: "user", content: "Hello" }] },
  "/vision": { image: { mediaType: "image/png", data: "iVBORw0KGgo=" }, prompt: "What is it?" },
  "/avatar": { avatarId: "av_12345678", text: "Hello", voice: "es-clara" },
  "/realtime-voice/tickets": { language: "es", audio: { encoding: "opus", sampleRateHz: 24000 } },
} as const;

export const newKey = (): string => `"${randomUUID()}"`;

/** A caller with a client's certificate and key, over kept connections. */
export class Caller {
  private readonly agent: Agent;
  private readonly apiKey: string;

  constructor(
    private readonly running: Running,
    readonly clientId: string,
    /** In the place of the client's own; `null`: none. */
    certificate?: { readonly cert: string; readonly key: string } | null,
  ) {
    const own = { cert: running.clientFile(`${clientId}.pem`), key: running.clientFile(`${clientId}.key`) };
    this.apiKey = running.clientFile(`${clientId}.api-key`);
    this.agent = new Agent({
      keepAlive: true,
      maxSockets: 256,
      ca: running.clientFile("root.pem"),
      ...(certificate === null ? {} : (certificate ?? own)),
    });
  }

  call({ domain, path, method = "POST", headers = {}, body, chunked = false }: Call): Promise<Answer> {
    const all: Record<string, string | null> = {
      host: domain,
      "content-type": "application/json",
      "x-api-key": this.apiKey,
      "idempotency-key": newKey(),
      "x-subject": subject,
      ...headers,
    };
    const sent = Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== null),
    );
    const bytes = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const startMs = performance.now();
    return new Promise((resolve, reject) => {
      const outgoing = request(
        {
          agent: this.agent,
          host: "127.0.0.1",
          port: this.running.port,
          servername: domain,
          method,
          path,
          headers: {
            ...sent,
            ...(chunked || bytes === undefined ? {} : { "content-length": Buffer.byteLength(bytes) }),
          },
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
          incoming.once("error", reject);
          incoming.once("end", () =>
            resolve({
              status: incoming.statusCode ?? 0,
              headers: incoming.headers,
              body: Buffer.concat(chunks).toString("utf8"),
              latencyMs: performance.now() - startMs,
            }),
          );
        },
      );
      outgoing.once("error", reject);
      if (chunked && bytes !== undefined) outgoing.write(bytes);
      outgoing.end(chunked ? undefined : bytes);
    });
  }

  chat(more: Partial<Call> = {}): Promise<Answer> {
    return this.call({
      domain: "chat-01.staging.example.com",
      path: "/chat",
      body: goodBodies["/chat"],
      ...more,
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

export const problemOf = ({ body }: Answer): Readonly<Record<string, unknown>> =>
  JSON.parse(body) as Record<string, unknown>;
