import * as http from "node:http";
import * as https from "node:https";
import * as net from "node:net";
import type { AddressInfo } from "node:net";
import * as tls from "node:tls";
import { afterEach, describe, expect, it } from "vitest";
import { fixedCredentials, type Credentials } from "./credentials";
import {
  createHttpsSender,
  type HttpsSender,
  type HttpsSenderArgs,
  type UpstreamRequest,
} from "./httpsSender";
import type { TryOutcome } from "./outcome";
import { makeCertificate, type Certificate } from "./testSupport/certificates";

const authority = makeCertificate({ subject: "Test authority" });
const stranger = makeCertificate({ subject: "Another authority" });
const certificateOf = (issuer: Certificate, names = ["localhost"], more = {}) =>
  makeCertificate({ subject: names[0] ?? "", names, issuer, ...more });
const server = certificateOf(authority);

const maximumResponseBytes = 1_024;
const longMs = 5_000;
const shortMs = 150;
const request: UpstreamRequest = {
  method: "POST",
  path: "/chat?x=1",
  headers: { "content-type": "application/json" },
  body: Buffer.from('{"text":"hola"}'),
  correlationId: "corr-1",
  idempotencyKey: '"key-1"',
  fencingNumber: 7,
};

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** Listens on a free port of loopback; all is closed after the test. */
async function listen(listener: net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  listener.on("connection", (socket: net.Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  return (listener.address() as AddressInfo).port;
}

function senderTo(
  port: number,
  { clientCertificate, ...args }: Partial<HttpsSenderArgs> & Pick<Credentials, "clientCertificate"> = {},
): HttpsSender {
  const sender = createHttpsSender({
    url: `https://localhost:${port}`,
    maximumResponseBytes,
    acceptedMediaTypes: ["application/json", "application/problem+json"],
    credentials: fixedCredentials({
      ca: authority.cert,
      ...(clientCertificate === undefined ? {} : { clientCertificate }),
    }),
    ...args,
  });
  cleanups.push(() => sender.close());
  return sender;
}

/** A TLS server that reads a request's head and then does as it likes with the socket. */
const rawServer = (
  answer: (socket: tls.TLSSocket) => void,
  options: tls.TlsOptions = server,
): Promise<number> =>
  listen(
    tls.createServer(options, (socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => answer(socket));
    }),
  );

const rawAnswer = async (text: string | Buffer, timeoutMs = longMs): Promise<TryOutcome> => {
  const port = await rawServer((socket) => socket.write(text));
  return senderTo(port).send(request, timeoutMs);
};

const httpServer = (handler: http.RequestListener, options: https.ServerOptions = server): Promise<number> =>
  listen(https.createServer(options, handler));

const answering =
  (status: number, contentType: string, body: string | Buffer, headers: http.OutgoingHttpHeaders = {}) =>
  (incoming: http.IncomingMessage, response: http.ServerResponse): void => {
    incoming.resume();
    response.writeHead(status, { "content-type": contentType, ...headers }).end(body);
  };

describe("a try that goes well", () => {
  it("sends what it was given, with correlation id, key and fencing number (B1.6, B3.1, B3.2)", async () => {
    const seen: unknown[] = [];
    const port = await httpServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        const {
          "x-correlation-id": id,
          "idempotency-key": key,
          "x-fencing-number": number,
        } = incoming.headers;
        seen.push([incoming.method, incoming.url, id, key, number, Buffer.concat(chunks).toString()]);
        response.writeHead(200, {
          "Content-Type": "application/json; charset=utf-8",
          Connection: "x-hop",
          "X-Hop": "1",
        });
        response.end('{"ok":true}');
      });
    });
    const outcome = await senderTo(port, { url: `https://localhost:${port}/base` }).send(request, longMs);
    expect(seen).toEqual([["POST", "/base/chat?x=1", "corr-1", '"key-1"', "7", '{"text":"hola"}']]);
    expect(outcome).toMatchObject({ kind: "answer", status: 200, body: Buffer.from('{"ok":true}') });
    if (outcome.kind !== "answer") throw new Error(outcome.kind);
    expect(Object.keys(outcome.headers).sort()).toEqual(["content-type", "date"]);
  });

  it("keeps the connection for the next", async () => {
    let connections = 0;
    const listener = https.createServer(server, answering(200, "application/json", "{}"));
    listener.on("secureConnection", () => (connections += 1));
    const sender = senderTo(await listen(listener));
    for (let call = 0; call < 3; call += 1)
      expect(await sender.send(request, longMs)).toMatchObject({ kind: "answer", status: 200 });
    expect(connections).toBe(1);
  });

  it("shows its certificate to an upstream that asks for one", async () => {
    const client = certificateOf(authority, ["edge.example.com"]);
    const subjects: unknown[] = [];
    const port = await httpServer(
      (incoming, response) => {
        subjects.push((incoming.socket as tls.TLSSocket).getPeerCertificate().subject.CN);
        answering(200, "application/json", "{}")(incoming, response);
      },
      { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
    );
    expect(await senderTo(port, { clientCertificate: client }).send(request, longMs)).toMatchObject({
      status: 200,
    });
    expect(subjects).toEqual(["edge.example.com"]);
    const without = await senderTo(port).send(request, longMs);
    expect(["tls", "connection"]).toContain(without.kind);
  });

  it.each([400, 404, 409, 422, 429, 500, 503])("hands on a %i with its problem", async (status) => {
    const port = await httpServer(
      answering(status, "application/problem+json", "{}", { "Retry-After": "3" }),
    );
    expect(await senderTo(port).send(request, longMs)).toMatchObject({
      kind: "answer",
      status,
      headers: { "retry-after": "3" },
      body: Buffer.from("{}"),
    });
  });

  it("takes an empty 204", async () => {
    const port = await httpServer((_, response) => response.writeHead(204).end());
    expect(await senderTo(port).send(request, longMs)).toMatchObject({ kind: "answer", status: 204 });
  });
});

describe("credentials that change while requests are sent (B5.2)", () => {
  const client = (name: string): { readonly cert: string; readonly key: string } =>
    certificateOf(authority, [name]);

  it("are those of each new connection; who is under way keeps its own and is not cut off", async () => {
    const [old, next] = [client("old.example.com"), client("next.example.com")];
    let current: Credentials = { ca: authority.cert, clientCertificate: old };
    const shown: string[] = [];
    const sockets = new Set<net.Socket>();
    let release: (() => void) | undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const port = await httpServer(
      (incoming, response) => {
        sockets.add(incoming.socket);
        shown.push(String((incoming.socket as tls.TLSSocket).getPeerCertificate().subject.CN));
        const slow = incoming.url?.startsWith("/slow") === true;
        incoming.resume();
        void (slow ? released : Promise.resolve()).then(() => response.writeHead(204).end());
      },
      { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true },
    );
    const sender = senderTo(port, {
      credentials: { current: () => Promise.resolve(current), onTlsFailure: () => undefined },
    });
    await sender.send(request, longMs);
    const slow = sender.send({ ...request, path: "/slow" }, longMs);
    while (shown.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    current = { ca: authority.cert, clientCertificate: next };
    expect(await sender.send(request, longMs)).toMatchObject({ kind: "answer", status: 204 });
    release?.();
    expect(await slow).toMatchObject({ kind: "answer", status: 204 });
    expect(shown).toEqual(["old.example.com", "old.example.com", "next.example.com"]);
    expect(await sender.send(request, longMs)).toMatchObject({ status: 204 });
    expect(sockets.size).toBe(2);
    // What was replaced holds no connection any more.
    const [replaced] = sockets;
    while (replaced?.destroyed === false) await new Promise((resolve) => setTimeout(resolve, 5));
    expect([...sockets].map(({ destroyed }) => destroyed)).toEqual([true, false]);
  });

  it("that are not there are no fault of the upstream's, and nothing is sent", async () => {
    let connections = 0;
    const listener = net.createServer(() => (connections += 1));
    const port = await listen(listener);
    const failing = senderTo(port, {
      credentials: {
        current: () => Promise.reject(new Error("none")),
        onTlsFailure: () => undefined,
      },
    });
    expect(await failing.send(request, longMs)).toEqual({ kind: "unsendable" });
    const silent = senderTo(port, {
      credentials: { current: () => new Promise(() => undefined), onTlsFailure: () => undefined },
    });
    expect(await silent.send(request, shortMs)).toEqual({ kind: "timeout", sent: false });
    expect(connections).toBe(0);
  });

  it("are asked for again after a certificate was refused", async () => {
    const port = await httpServer(answering(200, "application/json", "{}"), certificateOf(stranger));
    let refusals = 0;
    const sender = senderTo(port, {
      credentials: {
        current: () => Promise.resolve({ ca: authority.cert }),
        onTlsFailure: () => (refusals += 1),
      },
    });
    await sender.send(request, longMs);
    expect(refusals).toBe(1);
  });
});

describe("an upstream's certificate", () => {
  it.each<[string, () => Certificate, string]>([
    ["of another authority", () => certificateOf(stranger), "untrusted"],
    [
      "that signed itself",
      () => makeCertificate({ subject: "localhost", names: ["localhost"] }),
      "untrusted",
    ],
    ["for another name", () => certificateOf(authority, ["other.example.com"]), "name"],
    [
      "that has expired",
      () => certificateOf(authority, ["localhost"], { notAfter: new Date(Date.now() - 60_000) }),
      "expired",
    ],
    [
      "not valid yet",
      () => certificateOf(authority, ["localhost"], { notBefore: new Date(Date.now() + 60_000) }),
      "expired",
    ],
  ])(
    "%s is refused before anything is sent, whatever the environment says",
    async (_, certificate, reason) => {
      let requests = 0;
      const port = await httpServer((incoming, response) => {
        requests += 1;
        answering(200, "application/json", "{}")(incoming, response);
      }, certificate());
      const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
      try {
        expect(await senderTo(port).send(request, longMs)).toEqual({ kind: "tls", reason });
      } finally {
        if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
        else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
      }
      expect(requests).toBe(0);
    },
  );

  it("is verified at every connection: no session is resumed", async () => {
    const reused: boolean[] = [];
    const listener = https.createServer(
      server,
      answering(200, "application/json", "{}", { Connection: "close" }),
    );
    listener.on("secureConnection", (socket: tls.TLSSocket) => reused.push(socket.isSessionReused()));
    const sender = senderTo(await listen(listener));
    for (let call = 0; call < 3; call += 1) await sender.send(request, longMs);
    expect(reused).toEqual([false, false, false]);
  });

  it("is asked for: a URL without TLS is refused when the program starts", () => {
    expect(() => senderTo(1, { url: "http://localhost" })).toThrow(/"http:".*"https:" is allowed/);
  });
});

describe("an upstream that misbehaves", () => {
  it("refuses the connection: nothing was sent", async () => {
    const listener = net.createServer();
    const port = await listen(listener);
    await new Promise((resolve) => listener.close(resolve));
    expect(await senderTo(port).send(request, longMs)).toEqual({
      kind: "connection",
      reason: "refused",
      sent: false,
      stale: false,
    });
  });

  it("has a name that does not exist", async () => {
    // A label longer than 63 is refused by the resolver itself: no name server is asked.
    const outcome = await senderTo(1, { url: `https://${"a".repeat(64)}.invalid` }).send(request, longMs);
    expect(outcome).toEqual({ kind: "connection", reason: "name", sent: false, stale: false });
  });

  it("hangs up in the handshake: nothing was sent", async () => {
    const port = await listen(net.createServer((socket) => socket.once("data", () => socket.destroy())));
    expect(await senderTo(port).send(request, longMs)).toEqual({
      kind: "connection",
      reason: "reset",
      sent: false,
      stale: false,
    });
  });

  it("speaks no TLS", async () => {
    const port = await listen(
      net.createServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\n"))),
    );
    expect(await senderTo(port).send(request, longMs)).toEqual({ kind: "tls", reason: "handshake" });
  });

  it("never answers the handshake: timed out, nothing was sent", async () => {
    const port = await listen(net.createServer());
    expect(await senderTo(port).send(request, shortMs)).toEqual({ kind: "timeout", sent: false });
  });

  it("never answers the request: timed out, and it was sent", async () => {
    const port = await rawServer(() => undefined);
    expect(await senderTo(port).send(request, shortMs)).toEqual({ kind: "timeout", sent: true });
  });

  it("hangs up without an answer", async () => {
    const port = await rawServer((socket) => socket.destroy());
    expect(await senderTo(port).send(request, longMs)).toEqual({
      kind: "connection",
      reason: "reset",
      sent: true,
      stale: false,
    });
  });

  it.each([
    ["a bad status line", "WHAT 200\r\n\r\n", "protocol"],
    ["a status of letters", "HTTP/1.1 abc OK\r\n\r\n", "protocol"],
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n", "protocol"],
    ["a header without colon", "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "protocol"],
    ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "protocol"],
    [
      "length and chunks",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
      "protocol",
    ],
    ["headers without end", `HTTP/1.1 200 OK\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`, "headers-too-large"],
    [
      "a redirect",
      "HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example.com/\r\nContent-Length: 0\r\n\r\n",
      "status",
    ],
    ["a status out of range", "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", "status"],
    [
      "a switch of protocols",
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
      "status",
    ],
  ])("answers with %s", async (_, text, reason) => {
    expect(await rawAnswer(text)).toEqual({ kind: "garbage", reason });
  });

  it.each([
    ["text instead of JSON", answering(200, "text/html", "<p>hello"), "content-type"],
    ["no content type", (_: unknown, response: http.ServerResponse) => response.end("{}"), "content-type"],
    ["a body that is not JSON", answering(200, "application/json", "{"), "json"],
    ["a body that is not UTF-8", answering(200, "application/json", Buffer.from([0x22, 0xff, 0x22])), "json"],
    [
      "a compressed body",
      answering(200, "application/json", "x", { "Content-Encoding": "gzip" }),
      "content-encoding",
    ],
    [
      "a body announced as too large",
      answering(200, "application/json", `"${"a".repeat(maximumResponseBytes)}"`),
      "too-large",
    ],
  ] satisfies [string, (incoming: http.IncomingMessage, response: http.ServerResponse) => unknown, string][])(
    "answers with %s",
    async (_, handler, reason) => {
      const port = await httpServer((incoming, response) => void handler(incoming, response));
      expect(await senderTo(port).send(request, longMs)).toEqual({ kind: "garbage", reason });
    },
  );

  it("sends chunks without end: cut off at the limit, not at the time-out", async () => {
    const port = await httpServer((_, response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      const pour = (): void => {
        while (!response.destroyed && response.write("a".repeat(512)));
      };
      response.on("drain", pour);
      pour();
    });
    expect(await senderTo(port).send(request, longMs)).toEqual({ kind: "garbage", reason: "too-large" });
  });

  it("takes an answer of exactly the limit", async () => {
    const port = await httpServer(
      answering(200, "application/json", `"${"a".repeat(maximumResponseBytes - 2)}"`),
    );
    expect(await senderTo(port).send(request, longMs)).toMatchObject({ kind: "answer", status: 200 });
  });

  it.each([
    [
      "its announced length",
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{}",
    ],
    [
      "its last chunk",
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
    ],
  ])("hangs up before %s: no part of the body is taken for the whole", async (_, text) => {
    const port = await rawServer((socket) => socket.end(text));
    expect(await senderTo(port).send(request, longMs)).toEqual({
      kind: "connection",
      reason: "truncated",
      sent: true,
      stale: false,
    });
  });

  it("sends a byte now and then: ended by the one time-out for all", async () => {
    let timer: NodeJS.Timeout | undefined;
    const port = await rawServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
      timer = setInterval(() => socket.write("1\r\n \r\n"), 10);
    });
    cleanups.push(() => clearInterval(timer));
    expect(await senderTo(port).send(request, shortMs)).toEqual({ kind: "timeout", sent: true });
  });

  it("shows an error page: the status is handed on, the page is not", async () => {
    const port = await httpServer(answering(502, "text/html", "<p>nginx at 10.0.0.7"));
    const outcome = await senderTo(port).send(request, longMs);
    expect(outcome).toMatchObject({ kind: "answer", status: 502, body: Buffer.alloc(0) });
    expect(JSON.stringify(outcome)).not.toMatch(/nginx|text\/html/);
  });

  it("had given up an idle connection: told apart, as it says nothing of its health", async () => {
    const listener = https.createServer(server, answering(200, "application/json", "{}"));
    let connections = 0;
    listener.on("secureConnection", () => (connections += 1));
    const sender = senderTo(await listen(listener));
    await sender.send(request, longMs);
    // The other end is gone, and this one has not noticed yet: the request goes out on the dead connection.
    listener.removeAllListeners("request");
    listener.on("request", (incoming: http.IncomingMessage) => incoming.socket.destroy());
    expect(await sender.send(request, longMs)).toEqual({
      kind: "connection",
      reason: "reset",
      sent: true,
      stale: true,
    });
    expect(connections).toBe(1);
  });

  it("does not spoil the next call's connection with what it left behind", async () => {
    let calls = 0;
    let hungUp: (() => void) | undefined;
    const firstIsClosed = new Promise<void>((resolve) => (hungUp = resolve));
    const port = await rawServer((socket) => {
      calls += 1;
      if (calls === 1) socket.once("close", () => hungUp?.());
      const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length:";
      // The rest of the first answer would be read as the second one's beginning.
      socket.write(calls === 1 ? `${head} 5000\r\n\r\n` : `${head} 2\r\n\r\n{}`);
      socket.on("data", () => socket.write("a".repeat(5_000)));
    });
    const sender = senderTo(port);
    expect(await sender.send(request, longMs)).toEqual({ kind: "garbage", reason: "too-large" });
    expect(await sender.send(request, longMs)).toMatchObject({ kind: "answer", status: 200 });
    expect(calls).toBe(2);
    // Nor does it stay open behind everybody's back.
    await firstIsClosed;
  });
});

describe("a request that cannot be written", () => {
  it.each([
    ["a line break in a header", { headers: { "x-a": "1\r\nx-b: 2" } }],
    ["a line break in the correlation id", { correlationId: "a\r\nb" }],
    ["a space in the path", { path: "/a b" }],
    ["a header name that is none", { headers: { "a b": "1" } }],
    ["a method that is none", { method: "GET /x" }],
  ])("has %s: a typed outcome, and the upstream is not to blame", async (_, change) => {
    expect(await senderTo(1).send({ ...request, ...change }, longMs)).toEqual({ kind: "unsendable" });
  });
});

describe("what is sent while the agent is shared", () => {
  it("goes to the right caller when many are under way at once", async () => {
    const port = await httpServer((incoming, response) => {
      incoming.resume();
      answering(200, "application/json", JSON.stringify(incoming.url))(incoming, response);
    });
    const sender = senderTo(port);
    const paths = Array.from({ length: 40 }, (_, index) => `/chat?n=${index}`);
    const outcomes = await Promise.all(paths.map((path) => sender.send({ ...request, path }, longMs)));
    expect(
      outcomes.map((each) => (each.kind === "answer" ? JSON.parse(each.body.toString()) : each)),
    ).toEqual(paths);
  });
});
