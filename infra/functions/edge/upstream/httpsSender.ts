import type { ClientRequest, IncomingMessage } from "node:http";
import * as https from "node:https";
import type { TLSSocket } from "node:tls";
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
  /** @default Node's own trusted authorities */
  readonly ca?: string | Buffer;
  /** PEM; shown to upstreams that ask who calls. */
  readonly clientCertificate?: { readonly cert: string | Buffer; readonly key: string | Buffer };
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

/** Sends over TLS with connections that are kept. Redirects are not followed: where calls go is a setting. */
export function createHttpsSender(args: HttpsSenderArgs): HttpsSender {
  const base = new URL(args.url);
  if (base.protocol !== "https:")
    throw new Error(
      `An upstream's URL begins with ${JSON.stringify(base.protocol)}; "https:" is allowed: upstreams are called over TLS only.`,
    );
  const agent = new https.Agent({
    keepAlive: true,
    // The socket used last is the one least likely to have been given up at the other end.
    scheduling: "lifo",
    maxSockets: args.maximumSockets ?? 8,
    ca: args.ca,
    cert: args.clientCertificate?.cert,
    key: args.clientCertificate?.key,
    minVersion: "TLSv1.2",
    // Written out, so that NODE_TLS_REJECT_UNAUTHORIZED in the environment cannot switch it off.
    rejectUnauthorized: true,
    // A resumed session is not verified again: a certificate that has expired meanwhile would pass.
    maxCachedSessions: 0,
  });
  const basePath = base.pathname === "/" ? "" : base.pathname;
  return {
    send: (request, timeoutMs) =>
      new Promise((resolve) => {
        let started: ClientRequest;
        try {
          started = https.request({
            agent,
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
      }),
    close: () => agent.destroy(),
  };
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
  if (/CERT|SIGNATURE|ISSUER|CRL/.test(code)) return tls("untrusted");
  return connection("reset");
}
