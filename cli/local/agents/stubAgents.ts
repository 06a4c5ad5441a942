import { createHash } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { CertificateAndKey } from "../authority/authority";
import { answers, VOICE_MESSAGES, VOICE_SESSION, voiceAnswer } from "./answers";
import { changed, healthy, type Behaviour, type BehaviourTexts } from "./behaviour";

/** A real agent takes the contract's largest body; here only the size is of interest. */
const MAX_BODY_BYTES = 12 * 1024 * 1024;

export interface AgentCounts {
  /** Requests that arrived, whatever became of them. */
  readonly requests: number;
  /** Things done: one for each idempotency key, and one for each message of a voice session. */
  readonly effects: number;
  /** Requests under a key that was known, answered with the first answer. */
  readonly repeats: number;
  readonly failures: number;
  /** Connections that an outage broke. */
  readonly refusedConnections: number;
}

interface Done {
  readonly status: number;
  readonly body: string;
  readonly payload: string;
}

export interface StubAgentOptions {
  /** PEM of the authorities of those who may call. @default nobody is asked who it is */
  readonly callers?: string;
  /** In [0, 1). @default Math.random */
  readonly random?: () => number;
}

/** Stands in for one agent: keeps the promise of an idempotency key, and fails as it is told. */
export class StubAgent {
  behaviour: Behaviour = healthy;
  private counts = { requests: 0, effects: 0, repeats: 0, failures: 0, refusedConnections: 0 };
  private readonly done = new Map<string, Done>();
  private readonly sockets = new Set<Duplex>();
  private readonly server: Server;
  private readonly random: () => number;

  private constructor(
    readonly id: string,
    certificate: CertificateAndKey,
    { callers, random = Math.random }: StubAgentOptions,
  ) {
    this.random = random;
    this.server = createServer(
      {
        cert: certificate.certificatePem,
        key: certificate.keyPem,
        ...(callers === undefined ? {} : { ca: callers, requestCert: true, rejectUnauthorized: true }),
      },
      (request, response) => {
        this.answer(request, response).catch(() => request.socket.destroy());
      },
    );
    this.server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.once("close", () => this.sockets.delete(socket));
      if (this.behaviour.failure === "outage" && this.fails()) {
        this.counts.refusedConnections += 1;
        socket.destroy();
      }
    });
    // A caller that breaks off the handshake is the caller's matter.
    this.server.on("tlsClientError", (_error, socket) => socket.destroy());
  }

  static async start(
    id: string,
    certificate: CertificateAndKey,
    options: StubAgentOptions = {},
  ): Promise<StubAgent> {
    const agent = new StubAgent(id, certificate, options);
    agent.server.listen(0, "127.0.0.1");
    await once(agent.server, "listening");
    return agent;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get counted(): AgentCounts {
    return { ...this.counts };
  }

  change(texts: BehaviourTexts): void {
    this.behaviour = changed(this.behaviour, texts);
    if (this.behaviour.failure === "outage" && this.behaviour.failPercent > 0)
      for (const socket of this.sockets) socket.destroy();
  }

  heal(): void {
    this.behaviour = healthy;
  }

  /** Forgets counts and keys. */
  reset(): void {
    this.counts = { requests: 0, effects: 0, repeats: 0, failures: 0, refusedConnections: 0 };
    this.done.clear();
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private fails(): boolean {
    return this.random() * 100 < this.behaviour.failPercent;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.counts.requests += 1;
    const body = await read(request);
    const { latencyMs, failure } = this.behaviour;
    const failing = this.fails();
    const [low, high] = latencyMs;
    if (high > 0) await sleep(low + this.random() * (high - low));
    if (failing) this.counts.failures += 1;
    if (failing && failure === "outage") return void request.socket.destroy();
    // Its socket is closed with the stub, or by the caller, who has had enough.
    if (failing && failure === "silence") return;
    if (failing && failure === "status")
      return send(response, 500, problem("stub-failed", "The stub was told to fail."));
    if (failing && failure === "garbage") return send(response, 200, "<html>", "text/html");
    const done = this.perform(request, body);
    if (failing && failure === "lost") return void request.socket.destroy();
    send(response, done.status, done.body, done.status < 300 ? "application/json" : PROBLEM);
  }

  /** Once for each key; whoever comes again gets the first answer. */
  private perform(request: IncomingMessage, body: Buffer): Done {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    if (VOICE_MESSAGES.test(path) || VOICE_SESSION.test(path))
      return this.converse(request.method ?? "", body);
    const make = request.method === "POST" ? answers[path] : undefined;
    if (make === undefined)
      return { status: 404, body: problem("no-such-route", "The stub has no such route."), payload: "" };
    const payload = createHash("sha256").update(body).digest("hex");
    const key = request.headers["idempotency-key"];
    const id = `${path} ${String(key)}`;
    const before = key === undefined ? undefined : this.done.get(id);
    if (before !== undefined) {
      this.counts.repeats += 1;
      return before.payload === payload
        ? before
        : {
            status: 422,
            body: problem("idempotency-key-reused", "Another payload under this key."),
            payload,
          };
    }
    const { status, value } = make();
    const done = { status, body: JSON.stringify(value), payload };
    this.counts.effects += 1;
    if (key !== undefined) this.done.set(id, done);
    return done;
  }

  /** A voice agent: each message is said once, so it has no key. */
  private converse(method: string, body: Buffer): Done {
    this.counts.effects += 1;
    const said = method === "POST" ? voiceAnswer(body.toString("utf8")) : {};
    return said === undefined
      ? { status: 400, body: problem("malformed", "The stub does not know the message."), payload: "" }
      : { status: 200, body: JSON.stringify(said), payload: "" };
  }
}

const PROBLEM = "application/problem+json";

const problem = (code: string, detail: string): string =>
  JSON.stringify({ type: `urn:fase-b:problem:${code}`, title: "Stub", detail, code });

function send(response: ServerResponse, status: number, body: string, type: string = PROBLEM): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new Error("a body larger than any of the contract");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
