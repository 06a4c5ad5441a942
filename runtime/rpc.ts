/**
 * gRPC between two processes of one machine, over Node's own HTTP/2: one request and one answer a call, no deadlines,
 * no compression, no retries.
 *
 * `@grpc/grpc-js` would do, but balancing loads, retrying and intercepting cost it more than the call itself, for
 * each of twenty thousand calls, and it is one of the larger things to load before a preview can begin.
 *
 * https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import {
  connect,
  constants,
  createServer,
  type ClientHttp2Session,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Server as Door } from "node:net";

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const status = {
  OK: 0,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
};

/** A call that was refused, or that had nobody to answer it. */
export class RpcError extends Error {
  constructor(
    readonly code: number,
    readonly details: string,
  ) {
    super(`gRPC status ${code}: ${details}`);
  }
}

const CONTENT_TYPE = "application/grpc";
/** One byte that says whether the message is compressed, and four of its length. */
const PREFIX_BYTES = 5;
/** How much may be on its way before it is read. With 64 KiB, the default, the resources of a whole stack take fifty turns. */
const WINDOW_BYTES = 2 ** 24;
const SESSION_OPTIONS = {
  // Node.js refuses calls while more than 10 MB wait to be sent; the resources of a whole stack are more.
  maxSessionMemory: Number.MAX_SAFE_INTEGER,
  settings: { initialWindowSize: WINDOW_BYTES },
};

function framed(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame.writeUInt8(0, 0);
  frame.writeUInt32BE(message.length, 1);
  message.copy(frame, PREFIX_BYTES);
  return frame;
}

/** @throws RpcError when it is not exactly one message that is not compressed */
function unframed(chunks: readonly Buffer[]): Buffer {
  const [only] = chunks;
  const frame = only && chunks.length === 1 ? only : Buffer.concat(chunks);
  if (frame.length < PREFIX_BYTES || frame.readUInt32BE(1) !== frame.length - PREFIX_BYTES) {
    throw new RpcError(status.INTERNAL, `got ${frame.length} bytes; expected one message`);
  }
  if (frame.readUInt8(0) !== 0)
    throw new RpcError(status.UNIMPLEMENTED, "got a compressed message; expected a plain one");
  return frame.subarray(PREFIX_BYTES);
}

/** Percent-encoded as the protocol asks; lone halves of characters, which have no such form, are replaced. */
const encodeDetails = (details: string): string => encodeURI(Buffer.from(details).toString("utf8"));

function decodeDetails(details: string): string {
  try {
    return decodeURIComponent(details);
  } catch {
    // Not encoded: it is shown as it came.
    return details;
  }
}

// --- Who answers -------------------------------------------------------------------------------------------

export type Handler = (request: Buffer) => Buffer | Promise<Buffer>;

export class RpcServer {
  private readonly handlers = new Map<string, Handler>();
  private readonly sessions = new Set<ServerHttp2Session>();
  private readonly server: Http2Server = createServer(SESSION_OPTIONS);

  constructor() {
    this.server.on("session", (session) => {
      session.setLocalWindowSize(WINDOW_BYTES);
      this.sessions.add(session);
      session.on("close", () => this.sessions.delete(session));
    });
    this.server.on("stream", (stream, headers) => this.take(stream, headers));
  }

  /** @param service e.g. `pulumirpc.Engine` */
  add(service: string, handlers: Readonly<Record<string, Handler>>): void {
    for (const [name, handler] of Object.entries(handlers)) this.handle(`/${service}/${name}`, handler);
  }

  /** @param path e.g. `/pulumirpc.Engine/Log` */
  handle(path: string, handler: Handler): void {
    this.handlers.set(path, handler);
  }

  /** Answers whoever connects there. */
  answerAt(door: Door): void {
    door.on("connection", (socket) => this.server.emit("connection", socket));
  }

  close(): void {
    for (const session of this.sessions) session.destroy();
  }

  private take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const chunks: Buffer[] = [];
    // Who called has gone: nobody is there to be answered.
    stream.on("error", () => undefined);
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => void this.answer(stream, headers[":path"] ?? "", chunks));
  }

  private async answer(stream: ServerHttp2Stream, path: string, chunks: readonly Buffer[]): Promise<void> {
    try {
      const handler = this.handlers.get(path);
      if (!handler) throw new RpcError(status.UNIMPLEMENTED, `no method ${path}`);
      const answer = framed(await handler(unframed(chunks)));
      if (stream.destroyed) return;
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(status.OK) }));
      stream.respond({ ":status": 200, "content-type": CONTENT_TYPE }, { waitForTrailers: true });
      stream.end(answer);
    } catch (error) {
      if (stream.destroyed) return;
      const [code, details] =
        error instanceof RpcError ? [error.code, error.details] : [status.UNKNOWN, String(error)];
      stream.respond(
        {
          ":status": 200,
          "content-type": CONTENT_TYPE,
          "grpc-status": String(code),
          "grpc-message": encodeDetails(details),
        },
        { endStream: true },
      );
    }
  }
}

// --- Who asks ----------------------------------------------------------------------------------------------

export class RpcClient {
  private readonly session: ClientHttp2Session;
  private problem: Error | undefined;

  /** @param port on this machine */
  constructor(port: number) {
    this.session = connect(`http://127.0.0.1:${port}`, SESSION_OPTIONS);
    this.session.once("connect", () => this.session.setLocalWindowSize(WINDOW_BYTES));
    // Each call that it breaks tells whoever waits for it.
    this.session.on("error", (error: Error) => (this.problem = error));
  }

  /**
   * @param path e.g. `/pulumirpc.Analyzer/Analyze`
   * @param onSent called when the request is on its way to the last byte
   * @returns a promise that is rejected with an RpcError
   */
  call(path: string, request: Buffer, onSent?: () => void): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.session.closed || this.session.destroyed) return reject(this.unavailable());
      const stream = this.session.request({
        ":method": constants.HTTP2_METHOD_POST,
        ":path": path,
        "content-type": CONTENT_TYPE,
        te: "trailers",
      });
      const chunks: Buffer[] = [];
      let told: IncomingHttpHeaders = {};
      const note = (headers: IncomingHttpHeaders): void => {
        if (headers["grpc-status"] !== undefined) told = headers;
      };
      stream.on("response", note);
      stream.on("trailers", note);
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("error", (error: Error) => (this.problem ??= error));
      stream.on("close", () => {
        const code = told["grpc-status"];
        try {
          if (code === undefined) throw this.unavailable();
          if (code !== String(status.OK))
            throw new RpcError(Number(code), decodeDetails(String(told["grpc-message"] ?? "")));
          resolve(unframed(chunks));
        } catch (error) {
          reject(error as RpcError);
        }
      });
      stream.end(framed(request), onSent);
    });
  }

  private unavailable(): RpcError {
    return new RpcError(status.UNAVAILABLE, this.problem?.message ?? "the connection was closed");
  }

  close(): void {
    this.session.destroy();
  }
}
