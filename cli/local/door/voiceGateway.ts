import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { WebSocketServer, type WebSocket } from "ws";
import { addressOf, newExtendedId, pairs } from "./restDoor";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
const MAX_MESSAGE_BYTES = 128 * 1024;
const IDLE_LIMIT_MS = 10 * 60_000;
const CONNECTION_LIMIT_MS = 2 * 60 * 60_000;
const IDLE_CHECK_MS = 1_000;

/** https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const closeCodes = { normal: 1000, goingAway: 1001, unsupported: 1003, tooBig: 1009 } as const;

export type Invoke = (event: unknown) => Promise<{ readonly failed: boolean; readonly payload: unknown }>;

export interface VoiceGatewayOptions {
  readonly accountId: string;
  readonly region: string;
  readonly stageName: string;
  readonly messagesPerSecond: number;
  readonly burstMessages: number;
  readonly authorizer: Invoke;
  readonly handler: Invoke;
}

type Json = Readonly<Record<string, unknown>>;
const asRecord = (value: unknown): Json =>
  typeof value === "object" && value !== null ? (value as Json) : {};

interface Connection {
  readonly id: string;
  readonly socket: WebSocket;
  readonly domainName: string;
  readonly authorizer: Json;
  readonly connectedAt: number;
  readonly identity: Json;
  lastActiveMs: number;
}

/**
 * The WebSocket API in front of the emulator's Lambda. The emulator has one of its own, which names no subprotocol in
 * the handshake, loses the status of a refused `$connect`, runs one message at a time a function and throttles none.
 */
export class VoiceGateway {
  readonly apiId = randomBytes(5).toString("hex");
  private readonly connections = new Map<string, Connection>();
  private readonly chosen = new WeakMap<IncomingMessage, string>();
  private readonly sockets: WebSocketServer;
  private readonly management: Server;
  private readonly idleTimer: NodeJS.Timeout;
  private tokens: number;
  private tokensAtMs = performance.now();

  private constructor(private readonly options: VoiceGatewayOptions) {
    this.tokens = options.burstMessages;
    this.sockets = new WebSocketServer({
      noServer: true,
      maxPayload: MAX_MESSAGE_BYTES,
      handleProtocols: (_offered, request) => this.chosen.get(request) ?? false,
    });
    this.management = createServer((request, response) => {
      this.manage(request, response).catch(() => response.destroy());
    });
    this.idleTimer = setInterval(() => this.endIdle(), IDLE_CHECK_MS);
    this.idleTimer.unref();
  }

  static async start(options: VoiceGatewayOptions): Promise<VoiceGateway> {
    const gateway = new VoiceGateway(options);
    gateway.management.listen(0, "127.0.0.1");
    await once(gateway.management, "listening");
    return gateway;
  }

  /** Where functions send to a connection: `@connections`. */
  get managementUrl(): string {
    return `http://127.0.0.1:${(this.management.address() as AddressInfo).port}`;
  }

  get openConnections(): number {
    return this.connections.size;
  }

  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // The caller may leave while the functions are asked.
    socket.on("error", () => socket.destroy());
    const domainName = String((request.socket as TLSSocket).servername).toLowerCase();
    const connectionId = newExtendedId();
    const context = this.context(
      domainName,
      connectionId,
      "$connect",
      "CONNECT",
      identityOf(request),
      Date.now(),
    );
    const offered = request.headers["sec-websocket-protocol"];
    // The authorizer's identity source: without it nobody is asked.
    if (!offered) return refuse(socket, 401, "Unauthorized", context);
    const connect = { ...handshakeOf(request), requestContext: context };
    const judged = await this.authorize(connect, context);
    if (typeof judged === "number")
      return refuse(socket, judged, judged === 403 ? "Forbidden" : "Internal server error", context);
    const { failed, payload } = await this.options.handler({
      ...connect,
      requestContext: { ...context, authorizer: judged },
      isBase64Encoded: false,
    });
    const answer = asRecord(payload);
    const status = failed ? 502 : Number(answer["statusCode"] ?? 500);
    if (status < 200 || status > 299) return refuse(socket, status, "Forbidden", context);
    const protocol = Object.entries(asRecord(answer["headers"])).find(
      ([name]) => name.toLowerCase() === "sec-websocket-protocol",
    )?.[1];
    if (typeof protocol === "string") this.chosen.set(request, protocol);
    if (socket.destroyed) return void this.disconnect(this.leftEarly(context, judged), 1006, "");
    this.sockets.handleUpgrade(request, socket, head, (opened) =>
      this.open({
        id: connectionId,
        socket: opened,
        domainName,
        authorizer: judged,
        connectedAt: Number(context["connectedAt"]),
        identity: asRecord(context["identity"]),
        lastActiveMs: performance.now(),
      }),
    );
  }

  close(): void {
    clearInterval(this.idleTimer);
    this.management.closeAllConnections();
    this.management.close();
    for (const { socket } of this.connections.values()) socket.terminate();
    this.sockets.close();
  }

  private leftEarly(context: Json, authorizer: Json): Omit<Connection, "socket" | "lastActiveMs"> {
    return {
      id: String(context["connectionId"]),
      domainName: String(context["domainName"]),
      authorizer,
      connectedAt: Number(context["connectedAt"]),
      identity: asRecord(context["identity"]),
    };
  }

  /** @returns the authorizer's context, or the status to refuse with */
  private async authorize(connect: Json, context: Json): Promise<Json | 403 | 500> {
    const methodArn = this.methodArn("$connect");
    const { failed, payload } = await this.options.authorizer({
      type: "REQUEST",
      methodArn,
      ...connect,
      stageVariables: {},
      requestContext: context,
    });
    const { policyDocument, context: given, principalId } = asRecord(payload);
    if (failed || policyDocument === undefined) return 500;
    if (!allows(policyDocument, methodArn)) return 403;
    return {
      principalId,
      ...Object.fromEntries(Object.entries(asRecord(given)).map(([name, value]) => [name, String(value)])),
    };
  }

  private open(connection: Connection): void {
    const { id, socket } = connection;
    this.connections.set(id, connection);
    socket.on("message", (data, isBinary) => {
      connection.lastActiveMs = performance.now();
      // Messages of one connection run at the same time, as in AWS.
      if (isBinary) socket.close(closeCodes.unsupported);
      else void this.message(connection, (data as Buffer).toString("utf8"));
    });
    socket.on("error", () => socket.terminate());
    socket.once("close", (code, reason) => {
      this.connections.delete(id);
      void this.disconnect(connection, code, reason.toString("utf8"));
    });
  }

  private async message(connection: Connection, body: string): Promise<void> {
    const { domainName, id, identity, connectedAt, authorizer, socket } = connection;
    const context = this.context(domainName, id, "$default", "MESSAGE", identity, connectedAt);
    const tell = (message: string): void =>
      socket.send(
        JSON.stringify({ message, connectionId: id, requestId: context["requestId"] }),
        () => undefined,
      );
    if (!this.takeToken()) return tell("Too many requests");
    const { failed } = await this.options.handler({
      requestContext: { ...context, authorizer, messageId: newExtendedId() },
      body,
      isBase64Encoded: false,
    });
    if (failed) tell("Internal server error");
  }

  private async disconnect(
    { domainName, id, identity, connectedAt, authorizer }: Omit<Connection, "socket" | "lastActiveMs">,
    code: number,
    reason: string,
  ): Promise<void> {
    await this.options
      .handler({
        requestContext: {
          ...this.context(domainName, id, "$disconnect", "DISCONNECT", identity, connectedAt),
          authorizer,
          disconnectStatusCode: code,
          disconnectReason: reason,
        },
        isBase64Encoded: false,
      })
      // Best effort, as in AWS: the functions do not rely on it.
      .catch(() => undefined);
  }

  private context(
    domainName: string,
    connectionId: string,
    routeKey: string,
    eventType: string,
    identity: Json,
    connectedAt: number,
  ): Json {
    return {
      routeKey,
      eventType,
      messageDirection: "IN",
      extendedRequestId: newExtendedId(),
      requestId: randomUUID(),
      requestTimeEpoch: Date.now(),
      connectedAt,
      connectionId,
      domainName,
      apiId: this.apiId,
      stage: this.options.stageName,
      identity,
    };
  }

  private methodArn(route: string): string {
    const { region, accountId, stageName } = this.options;
    return `arn:aws:execute-api:${region}:${accountId}:${this.apiId}/${stageName}/${route}`;
  }

  /** The stage's throttle. */
  private takeToken(): boolean {
    const now = performance.now();
    const { messagesPerSecond, burstMessages } = this.options;
    this.tokens = Math.min(burstMessages, this.tokens + ((now - this.tokensAtMs) / 1000) * messagesPerSecond);
    this.tokensAtMs = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  private endIdle(): void {
    const now = performance.now();
    for (const { socket, lastActiveMs, connectedAt } of this.connections.values()) {
      if (now - lastActiveMs > IDLE_LIMIT_MS || Date.now() - connectedAt > CONNECTION_LIMIT_MS)
        socket.close(closeCodes.goingAway);
    }
  }

  /** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html */
  private async manage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, encoded] = /\/@connections\/([^/?]+)$/.exec((request.url ?? "").split("?", 1)[0] ?? "") ?? [];
    const connection = encoded === undefined ? undefined : this.connections.get(decodeURIComponent(encoded));
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    if (connection === undefined) {
      response.writeHead(410, { "content-type": "application/json", "x-amzn-ErrorType": "GoneException" });
      return void response.end('{"message":"Gone"}');
    }
    switch (request.method) {
      case "POST":
        await new Promise<void>((resolve) =>
          connection.socket.send(Buffer.concat(chunks).toString("utf8"), () => resolve()),
        );
        connection.lastActiveMs = performance.now();
        return void response.writeHead(200).end();
      case "DELETE":
        connection.socket.close(closeCodes.normal);
        return void response.writeHead(204).end();
      case "GET":
        response.writeHead(200, { "content-type": "application/json" });
        return void response.end(
          JSON.stringify({
            connectedAt: new Date(connection.connectedAt).toISOString(),
            identity: connection.identity,
          }),
        );
      default:
        return void response.writeHead(405).end();
    }
  }
}

const identityOf = (request: IncomingMessage): Json => ({
  sourceIp: addressOf(request),
  userAgent: request.headers["user-agent"] ?? null,
});

function handshakeOf(request: IncomingMessage): Json {
  const sent = pairs(request.rawHeaders);
  const multi = new Map<string, string[]>();
  for (const [name, value] of sent) multi.set(name, [...(multi.get(name) ?? []), value]);
  const query = [...new URLSearchParams((request.url ?? "").split("?")[1] ?? "")];
  return {
    headers: Object.fromEntries(sent),
    multiValueHeaders: Object.fromEntries(multi),
    ...(query.length === 0 ? {} : { queryStringParameters: Object.fromEntries(query) }),
  };
}

/** An explicit denial wins over any permission; without either it is denied. */
function allows(policy: unknown, methodArn: string): boolean {
  const statements = asRecord(policy)["Statement"];
  const matching = (Array.isArray(statements) ? statements : [statements])
    .map(asRecord)
    .filter(({ Resource }) => {
      const resources = (Array.isArray(Resource) ? Resource : [Resource]).map(String);
      return resources.some((pattern) => globOf(pattern).test(methodArn));
    });
  return (
    matching.some(({ Effect }) => Effect === "Allow") && !matching.some(({ Effect }) => Effect === "Deny")
  );
}

const globOf = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", ".*")
      .replaceAll("?", ".")}$`,
  );

/** The handshake's refusal, as the gateway writes it. */
function refuse(socket: Duplex, status: number, message: string, context: Json): void {
  const body = JSON.stringify({
    message,
    connectionId: context["connectionId"],
    requestId: context["requestId"],
  });
  socket.end(
    [
      `HTTP/1.1 ${status} ${message}`,
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      `x-amzn-RequestId: ${String(context["requestId"])}`,
      "Connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}
