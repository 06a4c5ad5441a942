import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Caller, goodBodies } from "./support/calls";
import { Running } from "./support/running";

interface Ticket {
  readonly url: string;
  readonly subprotocols: readonly [string, string];
}
type Message = Readonly<Record<string, unknown>>;

const ORIGIN = "https://app.staging.example.com";

let running: Running;
let caller: Caller;
const open = new Set<WebSocket>();

beforeAll(async () => {
  running = await Running.start([], (values) => {
    const { sessions } = values["voice"] as { sessions: Record<string, unknown> };
    // A few seconds of a caller who talks too fast are enough to be warned, held back and closed.
    sessions["session"] = { bytesPerSecond: 8000, burstBytes: 40_000 };
    sessions["subject"] = { bytesPerSecond: 12_000, burstBytes: 80_000 };
    sessions["queueBytes"] = 40_000;
  });
  caller = new Caller(running, "web-app");
});

afterAll(async () => {
  for (const socket of open) socket.terminate();
  caller?.close();
  await running?.stop();
});

async function ticketFor(subject: string): Promise<Ticket> {
  const answer = await caller.call({
    domain: "voice-tickets-01.staging.example.com",
    path: "/realtime-voice/tickets",
    headers: { "x-subject": subject },
    body: goodBodies["/realtime-voice/tickets"],
  });
  expect(answer.status).toBe(201);
  return JSON.parse(answer.body) as Ticket;
}

const newSubject = (): string => `u_${randomBytes(8).toString("hex")}`;

/** One connection with its messages in order. */
class Line {
  readonly messages: Message[] = [];
  readonly socket: WebSocket;
  private readonly arrivals = new Set<() => void>();

  constructor(url: string, subprotocols: readonly string[], origin: string = ORIGIN) {
    const { hostname, pathname } = new URL(url);
    this.socket = new WebSocket(`wss://${hostname}:${running.port}${pathname}`, [...subprotocols], {
      // Every domain is at this machine.
      lookup: (_hostname, options, done) =>
        options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4),
      origin,
      ca: running.clientFile("root.pem"),
    });
    open.add(this.socket);
    this.socket.on("message", (data: Buffer) => {
      this.messages.push(JSON.parse(data.toString("utf8")) as Message);
      for (const arrived of this.arrivals) arrived();
    });
    // Told by `opened`.
    this.socket.on("error", () => undefined);
  }

  /** @returns the handshake's status: 101 when it is open */
  opened(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.socket.once("open", () => resolve(101));
      this.socket.once("unexpected-response", (_request: unknown, response: IncomingMessage) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      this.socket.once("error", reject);
    });
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  async next(type: string, limitMs = 20_000): Promise<Message> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const found = this.messages.find((message) => message["type"] === type);
      if (found !== undefined) {
        this.messages.splice(this.messages.indexOf(found), 1);
        return found;
      }
      const left = deadline - performance.now();
      if (left <= 0)
        throw new Error(
          `no ${type} came, but ${this.messages.map((message) => String(message["type"])).join(", ")}`,
        );
      await new Promise<void>((resolve) => {
        const arrived = (): void => {
          this.arrivals.delete(arrived);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(arrived, left);
        this.arrivals.add(arrived);
      });
    }
  }
}

async function connected(subject = newSubject()): Promise<Line> {
  const { url, subprotocols } = await ticketFor(subject);
  const line = new Line(url, subprotocols);
  expect(await line.opened()).toBe(101);
  return line;
}

describe("a voice session (B4.2)", () => {
  it("begins with a ticket, carries what both say, and ends when the caller stops", async () => {
    const line = await connected();
    expect(line.socket.protocol).toBe("fase-b.voice.v1");
    line.send({ type: "session.start" });
    await line.next("session.ready");
    expect(await line.next("transcript")).toMatchObject({ speaker: "agent", final: true });
    line.send({ type: "audio.input", sequence: 7, data: "AAAA" });
    expect(await line.next("audio.output")).toMatchObject({ sequence: 7, data: "AAAA" });
    const closed = once(line.socket, "close");
    line.send({ type: "session.stop" });
    expect(await line.next("session.closing")).toMatchObject({ closeCode: 4000 });
    await closed;
  });

  it("is refused without a ticket, with a used one, and from another origin", async () => {
    const { url, subprotocols } = await ticketFor(newSubject());
    expect(await new Line(url, []).opened()).toBe(401);
    expect(await new Line(url, subprotocols, "https://evil.example.com").opened()).toBe(403);
    expect(await new Line(url, subprotocols).opened()).toBe(101);
    expect(await new Line(url, subprotocols).opened()).toBe(403);
  });

  it("is refused at another agent's domain, and the ticket is still good at its own", async () => {
    const { url, subprotocols } = await ticketFor(newSubject());
    const others = ["voice-01", "voice-02"].map((id) => `wss://${id}.staging.example.com/realtime-voice`);
    const other = others.find((address) => address !== url) ?? "";
    expect(await new Line(other, subprotocols).opened()).toBe(403);
    expect(await new Line(url, subprotocols).opened()).toBe(101);
  });

  it("is one of two at most for each user, also in a race", async () => {
    const subject = newSubject();
    const tickets = await Promise.all(Array.from({ length: 6 }, () => ticketFor(subject)));
    const statuses = await Promise.all(
      tickets.map(({ url, subprotocols }) => new Line(url, subprotocols).opened()),
    );
    expect(statuses.filter((status) => status === 101)).toHaveLength(2);
    expect(statuses.filter((status) => status === 429)).toHaveLength(4);
  });

  it("gives its place back when the caller hangs up", async () => {
    const subject = newSubject();
    const first = await connected(subject);
    await connected(subject);
    const closed = once(first.socket, "close");
    first.socket.close();
    await closed;
    await expect
      .poll(
        async () => {
          const { url, subprotocols } = await ticketFor(subject);
          return new Line(url, subprotocols).opened();
        },
        { timeout: 20_000, interval: 500 },
      )
      .toBe(101);
  });

  it("is closed for a message that is not of the contract", async () => {
    const line = await connected();
    const closed = once(line.socket, "close");
    line.send({ type: "session.start", jane: "doe" });
    expect(await line.next("session.closing")).toMatchObject({ closeCode: 4008 });
    await closed;
  });

  // The last one: each message that is held keeps an instance to itself, and they take a while to end.
  it("is warned, held back and closed when it takes more than its bandwidth", async () => {
    const line = await connected();
    line.send({ type: "session.start" });
    await line.next("session.ready");
    const closed = once(line.socket, "close");
    const data = "A".repeat(8_000);
    let sequence = 0;
    // Ten times what it may, until it has what it deserves.
    const talking = setInterval(() => line.send({ type: "audio.input", sequence: sequence++, data }), 100);
    try {
      expect(await line.next("warning", 40_000)).toMatchObject({ code: "bandwidth" });
      expect(await line.next("session.closing", 40_000)).toMatchObject({ closeCode: 4029 });
    } finally {
      clearInterval(talking);
    }
    await closed;
  });
});
