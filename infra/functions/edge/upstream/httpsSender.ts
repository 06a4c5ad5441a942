import type { ClientRequest, IncomingMessage } from "node:http";
import * as https from "node:https";
import { DEFAULT_CIPHERS, type TLSSocket } from "node:tls";
import type { Credentials, CredentialSource } from "./credentials";
import { answerHeaders, requestHeaders, type RequestIdentity } from "./headers";
import type { ConnectionReason, GarbageReason, TlsReason, TryOutcome } from "./outcome";

export interface UpstreamRequest extends RequestIdentity {
  readonly method: string;
  /** Path and query below the upstream's URL, starting with a slash. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Sends one try. Resolves within `timeoutMs`, whatever the other end does, and never rejects. */
export type Send = (request: UpstreamRequest, timeoutMs: number) => Promise<TryOutcome>;

export interface HttpsSenderArgs {
  /** `https://host[:port][/base]`, without a trailing slash. */
  readonly url: string;
  readonly maximumResponseBytes: number;
  /** Lower case, without parameters, e.g. `application/json`. */
  readonly acceptedMediaTypes: readonly string[];
  /** Asked at each request; new connections are made with what it says then. */
  readonly credentials: CredentialSource;
  /** @default 16384 */
  readonly maximumHeaderBytes?: number;
  /** Connections at once; an instance runs one request at a time. @default 8 */
  readonly maximumSockets?: number;
}

export interface HttpsSender {
  readonly send: Send;
  /** Closes idle connections. */
  close(): void;
}

/**
 * RSA and Diffie-Hellman below 2,048 bits and SHA-1 are refused in each certificate of a chain, whatever the runtime's
 * own level is: https://docs.openssl.org/3.0/man3/SSL_CTX_set_security_level/
 */
const CIPHERS = `${DEFAULT_CIPHERS}:@SECLEVEL=2`;

/** The connections made with the same credentials. */
interface Connections {
  readonly credentials: Credentials;
  readonly agent: https.Agent;
  underWay: number;
}

/** Sends over TLS with connections that are kept. Redirects are not followed: where calls go is a setting. */
export function createHttpsSender(args: HttpsSenderArgs): HttpsSender {
  const base = new URL(args.url);
  if (base.protocol !== "https:")
    throw new Error(
      `An upstream's URL begins with ${JSON.stringify(base.protocol)}; "https:" is allowed: upstreams are called over TLS only.`,
    );
  const basePath = base.pathname === "/" ? "" : base.pathname;
  let newest: Connections | undefined;

  const connectionsWith = (credentials: Credentials): Connections => {
    if (newest?.credentials === credentials) return newest;
    const before = newest;
    newest = { credentials, agent: agentWith(credentials, args), underWay: 0 };
    if (before !== undefined) closeWhenIdle(before);
    return newest;
  };
  /** Requests under way keep their connections; those that are idle would show what was replaced. */
  const closeWhenIdle = (connections: Connections): void => {
    if (connections !== newest && connections.underWay === 0) connections.agent.destroy();
  };
  const sendBy = (
    connections: Connections,
    request: UpstreamRequest,
    timeoutMs: number,
  ): Promise<TryOutcome> =>
    new Promise((resolve) => {
      let started: ClientRequest;
      try {
        started = https.request({
          agent: connections.agent,
          hostname: base.hostname,
          port: base.port === "" ? 443 : base.port,
          method: request.method,
          path: basePath + request.path,
          headers: requestHeaders(request.headers, request, request.body.byteLength),
          maxHeaderSize: args.maximumHeaderBytes ?? 16_384,
          insecureHTTPParser: false,
        });
      } catch {
        // Node refuses what cannot be written in a request: a line break in a header, a space in a path.
        resolve({ kind: "unsendable" });
        return;
      }
      follow(started, request.body, timeoutMs, args, resolve);
    });

  return {
    send: async (request, timeoutMs) => {
      const startMs = performance.now();
      const credentials = await inTime(args.credentials.current(), timeoutMs);
      if (typeof credentials === "string")
        return credentials === "late" ? { kind: "timeout", sent: false } : { kind: "unsendable" };
      const connections = connectionsWith(credentials);
      connections.underWay += 1;
      const outcome = await sendBy(connections, request, timeoutMs - (performance.now() - startMs));
      connections.underWay -= 1;
      closeWhenIdle(connections);
      if (outcome.kind === "tls") args.credentials.onTlsFailure();
      return outcome;
    },
    close: () => newest?.agent.destroy(),
  };
}

const agentWith = (
  { ca, clientCertificate }: Credentials,
  { maximumSockets }: HttpsSenderArgs,
): https.Agent =>
  new https.Agent({
    keepAlive: true,
    // The socket used last is the one least likely to have been given up at the other end.
    scheduling: "lifo",
    maxSockets: maximumSockets ?? 8,
    ca,
    cert: clientCertificate?.cert,
    key: clientCertificate?.key,
    minVersion: "TLSv1.2",
    ciphers: CIPHERS,
    // Written out, so that NODE_TLS_REJECT_UNAUTHORIZED in the environment cannot switch it off.
    rejectUnauthorized: true,
    // A resumed session is not verified again: a certificate that has expired meanwhile would pass.
    maxCachedSessions: 0,
  });

/** Waits no longer than that; a rejection says only that there is nothing. */
async function inTime<T extends object>(
  promise: Promise<T>,
  timeoutMs: number,
): Promise<T | "late" | "none"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), timeoutMs);
  });
  try {
    return await Promise.race([promise.catch(() => "none" as const), late]);
  } finally {
    clearTimeout(timer);
  }
}

function follow(
  request: ClientRequest,
  body: Buffer,
  timeoutMs: number,
  args: HttpsSenderArgs,
  resolve: (outcome: TryOutcome) => void,
): void {
  // From here on the upstream may have seen the request. Before: surely not.
  let sent = false;
  let answered = false;

  const end = (outcome: TryOutcome): void => {
    clearTimeout(timer);
    resolve(outcome);
    // Unless the answer was read to its end, the connection holds leftovers and must not be used again.
    if (outcome.kind !== "answer") request.destroy();
  };
  // One timer for all of it: a slow handshake, a byte now and then, silence.
  const timer = setTimeout(() => end({ kind: "timeout", sent }), timeoutMs);

  request.on("socket", (socket) => {
    if (request.reusedSocket) sent = true;
    else (socket as TLSSocket).once("secureConnect", () => (sent = true));
  });
  // Stays on after the end: what a destroyed request still has to say is known already.
  request.on("error", (error: NodeJS.ErrnoException) =>
    end(outcomeOf(error, sent, request.reusedSocket && !answered)),
  );
  request.on("response", (response) => {
    answered = true;
    receive(response, args, end);
  });
  // A switch of protocols was not asked for.
  request.on("upgrade", (_response, socket) => {
    socket.destroy();
    end({ kind: "garbage", reason: "status" });
  });
  request.end(body);
}

function receive(response: IncomingMessage, args: HttpsSenderArgs, end: (outcome: TryOutcome) => void): void {
  const garbage = (reason: GarbageReason): void => end({ kind: "garbage", reason });
  const status = response.statusCode ?? 0;
  const chunks: Buffer[] = [];
  let bytes = 0;

  response.on("error", () => end({ kind: "connection", reason: "truncated", sent: true, stale: false }));
  if (status < 200 || status > 599 || (status >= 300 && status < 400)) return garbage("status");
  const encoding = response.headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") return garbage("content-encoding");
  if (Number(response.headers["content-length"] ?? 0) > args.maximumResponseBytes)
    return garbage("too-large");

  response.on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > args.maximumResponseBytes) garbage("too-large");
    else chunks.push(chunk);
  });
  response.on("end", () => {
    const headers = answerHeaders(response.rawHeaders);
    const body = Buffer.concat(chunks);
    const mediaType = (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
    const accepted = args.acceptedMediaTypes.includes(mediaType);
    const readable = accepted && (!isJson(mediaType) || parses(body));
    if (body.byteLength === 0 || readable) return end({ kind: "answer", status, headers, body });
    // An error is known by its status; a proxy's page about it is not passed on.
    if (status >= 400)
      return end({
        kind: "answer",
        status,
        headers: without(headers, "content-type"),
        body: Buffer.alloc(0),
      });
    return garbage(accepted ? "json" : "content-type");
  });
}

const isJson = (mediaType: string): boolean => /^application\/([a-z0-9.-]+\+)?json$/.test(mediaType);

function parses(body: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return true;
  } catch {
    // The error's words would quote the body.
    return false;
  }
}

function without(headers: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));
}

/** https://nodejs.org/api/errors.html, https://nodejs.org/api/tls.html#x509-certificate-error-codes */
function outcomeOf(error: NodeJS.ErrnoException, sent: boolean, reused: boolean): TryOutcome {
  const code = error.code ?? "";
  const connection = (reason: ConnectionReason, stale = false): TryOutcome => ({
    kind: "connection",
    reason,
    sent,
    stale,
  });
  const tls = (reason: TlsReason): TryOutcome => ({ kind: "tls", reason });
  switch (code) {
    case "ECONNREFUSED":
      return connection("refused");
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return connection("name");
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return connection("unreachable");
    case "ECONNRESET":
    case "EPIPE":
      return connection("reset", reused);
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return tls("expired");
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return tls("name");
    case "HPE_HEADER_OVERFLOW":
      return { kind: "garbage", reason: "headers-too-large" };
  }
  if (code.startsWith("HPE_")) return { kind: "garbage", reason: "protocol" };
  if (/^(ERR_SSL|ERR_TLS|EPROTO)/.test(code)) return tls("handshake");
  if (
    /CERT|SIGNATURE|ISSUER|CRL|^INVALID_(CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^UNSPECIFIED$|_TOO_(SMALL|WEAK)$/.test(
      code,
    )
  )
    return tls("untrusted");
  return connection("reset");
}
