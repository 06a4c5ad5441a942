import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { FirewallInterpreter } from "../../../infra/firewall/firewallInterpreter";
import { isObject, type JsonObject } from "../../preview/engine/signatures";
import { RESPONSE_TYPE_HEADER } from "../deploy/restApi";
import type { EmulatorAnswer, EmulatorApi } from "../emulator/emulatorApi";
import type { Decision } from "../instances";
import { ANSWER_HEADER, ENVELOPE_HEADER, seal, type Envelope } from "../wrapper/envelope";
import { Turnstile } from "./turnstile";
import { GatewayResponses, type GatewayAnswer, type GatewayContext } from "./gatewayResponses";

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const MAX_BODY_BYTES = 10 * 1024 * 1024;
const MAX_HEADER_BYTES = 10_240;
/** Of a header that the emulator's gateway only looks for; the whole of it is in the envelope. */
const SHOWN_TO_EMULATOR = 1_024;

export interface RestDoorOptions {
  readonly api: EmulatorApi;
  readonly apiId: string;
  readonly stageName: string;
  readonly body: JsonObject;
  readonly firewall: FirewallInterpreter;
  /** Of the run; see `wrapper/envelope.ts`. */
  readonly secret: string;
  readonly mark: string;
  readonly integrationTimeoutMs: number;
  /** Requests that are passed on at a time, each of which keeps an instance of each function to itself. */
  readonly atOnce: number;
  readonly takeDecision: (requestId: string) => Decision | undefined;
  readonly onRequest: (entry: AccessLogEntry) => void;
}

export interface AccessLogEntry {
  readonly domain: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly clientId: string | undefined;
  readonly extendedRequestId: string;
  /** Who answered. */
  readonly by: "firewall" | "gateway" | "function";
}

type Answer = GatewayAnswer & {
  readonly by: AccessLogEntry["by"];
  readonly rawHeaders?: readonly [string, string][];
};

/** What AWS does between the caller's TLS and the REST API: firewall, the gateway's own answers, the certificate. */
export class RestDoor {
  private readonly responses: GatewayResponses;
  private readonly routes: ReadonlySet<string>;
  private readonly turnstile: Turnstile;
  /** Headers that the emulator's gateway looks at, lower case. */
  private readonly looksAt: ReadonlySet<string>;

  constructor(private readonly options: RestDoorOptions) {
    this.responses = new GatewayResponses(options.body);
    this.turnstile = new Turnstile(options.atOnce);
    const operations = operationsOf(options.body);
    this.routes = new Set(operations.map(({ method, path }) => `${method} ${path}`));
    this.looksAt = new Set(["x-api-key", "content-type", ...operations.flatMap(({ headers }) => headers)]);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const startMs = performance.now();
    const socket = request.socket as TLSSocket;
    const domainName = String(socket.servername).toLowerCase();
    const context = { requestId: randomUUID(), extendedRequestId: newExtendedId() };
    const { answer, decision } = await this.answer(request, domainName, context);
    response.statusCode = answer.status;
    for (const [name, value] of answer.rawHeaders ?? Object.entries(answer.headers))
      response.appendHeader(name, value);
    response.setHeader("x-amzn-RequestId", context.requestId);
    response.setHeader("x-amz-apigw-id", context.extendedRequestId);
    response.end(answer.body);
    this.options.onRequest({
      domain: domainName,
      method: request.method ?? "",
      path: pathOf(request),
      status: answer.status,
      durationMs: performance.now() - startMs,
      clientId: decision?.clientId,
      extendedRequestId: context.extendedRequestId,
      by: answer.by,
    });
  }

  private async answer(
    request: IncomingMessage,
    domainName: string,
    context: GatewayContext,
  ): Promise<{ readonly answer: Answer; readonly decision?: Decision | undefined }> {
    const verdict = this.options.firewall.evaluate({
      ipAddress: addressOf(request),
      method: request.method ?? "",
      uriPath: pathOf(request),
      headers: Object.fromEntries(pairs(request.rawHeaders)),
    });
    const own = (type: string, status?: number, more: Partial<GatewayContext> = {}): Answer => ({
      ...this.responses.render(type, { ...context, ...more }, status),
      by: "gateway",
    });
    if (verdict.outcome === "refused") {
      if (verdict.body === undefined) return { answer: { ...own("WAF_FILTERED"), by: "firewall" } };
      const { status, headers, body } = verdict;
      return { answer: { status, headers, body, by: "firewall" } };
    }
    // The domain is chosen by the name in the handshake; another one in the request is no domain of this API.
    if (hostOf(request) !== domainName)
      return { answer: { status: 403, headers: JSON_TYPE, body: '{"message":"Forbidden"}', by: "gateway" } };
    const sent = [...pairs(request.rawHeaders), ...Object.entries(verdict.insertedHeaders)];
    if (request.rawHeaders.join("").length > MAX_HEADER_BYTES) return { answer: own("REQUEST_TOO_LARGE") };
    const body = await readBody(request);
    if (body === undefined) return { answer: own("REQUEST_TOO_LARGE") };
    // The emulator asks the authorizer without its identity source when nothing is cached; AWS does not.
    if (this.routes.has(`${request.method} ${pathOf(request)}`) && !request.headers["x-api-key"])
      return { answer: own("UNAUTHORIZED") };

    const forwarded = await this.turnstile.pass(() => this.forward(request, domainName, context, sent, body));
    const decision = this.options.takeDecision(context.requestId);
    const correlationId = decision?.correlationId;
    const more = correlationId === undefined ? {} : { correlationId };
    if (forwarded === undefined) return { answer: own("INTEGRATION_TIMEOUT", undefined, more), decision };
    const type = forwarded.headers[RESPONSE_TYPE_HEADER];
    if (typeof type === "string") return { answer: own(type, forwarded.status, more), decision };
    const answer = this.functionsAnswer(forwarded);
    if (answer !== undefined) return { answer, decision };
    // The emulator's own words: a function that died or was not let run.
    return { answer: own("DEFAULT_5XX", forwarded.status >= 500 ? forwarded.status : 500, more), decision };
  }

  private async forward(
    request: IncomingMessage,
    domainName: string,
    context: GatewayContext,
    headers: Envelope["headers"],
    body: Buffer,
  ): Promise<EmulatorAnswer | undefined> {
    const { api, apiId, stageName, secret, integrationTimeoutMs } = this.options;
    const certificate = (request.socket as TLSSocket).getPeerX509Certificate();
    const envelope = seal(secret, {
      domainName,
      requestId: context.requestId,
      extendedRequestId: context.extendedRequestId,
      sourceIp: addressOf(request),
      protocol: `HTTP/${request.httpVersion}`,
      headers: headers.filter(([name]) => name.toLowerCase() !== ENVELOPE_HEADER),
      ...(certificate === undefined ? {} : { clientCertPem: certificate.toString() }),
    });
    const shown = headers
      .map(([name, value]): [string, string] => [name.toLowerCase(), value.slice(0, SHOWN_TO_EMULATOR)])
      .filter(([name]) => this.looksAt.has(name));
    try {
      return await api.send({
        method: request.method ?? "GET",
        path: `/_aws/execute-api/${apiId}/${stageName}${request.url ?? "/"}`,
        headers: {
          ...Object.fromEntries(shown),
          [ENVELOPE_HEADER]: envelope,
          "content-length": String(body.byteLength),
        },
        body,
        timeoutMs: integrationTimeoutMs,
      });
    } catch {
      return undefined;
    }
  }

  /** The function's answer as it gave it, without what the emulator adds. */
  private functionsAnswer({ status, headers, rawHeaders, body }: EmulatorAnswer): Answer | undefined {
    const marked = headers[ANSWER_HEADER];
    const [mark, ...names] = typeof marked === "string" ? marked.split(" ") : [];
    if (mark !== this.options.mark) return undefined;
    const wanted = new Set(["content-type", ...names.map((name) => name.toLowerCase())]);
    return {
      status,
      headers: {},
      rawHeaders: pairs(rawHeaders).filter(([name]) => wanted.has(name.toLowerCase())),
      body: body.toString("utf8"),
      by: "function",
    };
  }
}

const JSON_TYPE = { "content-type": "application/json", "x-amzn-ErrorType": "ForbiddenException" };

/** Of the form of the gateway's own: `JJbxmplHFiAFk4A=`. */
export const newExtendedId = (): string => randomBytes(11).toString("base64");

export const addressOf = (request: IncomingMessage): string =>
  (request.socket.remoteAddress ?? "").replace(/^::ffff:/, "");

const pathOf = (request: IncomingMessage): string => (request.url ?? "/").split("?", 1)[0] ?? "/";

const hostOf = (request: IncomingMessage): string =>
  (request.headers.host ?? "").replace(/:\d+$/, "").toLowerCase();

export function pairs(raw: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) found.push([raw[at] ?? "", raw[at + 1] ?? ""]);
  return found;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[];
}

function operationsOf(body: JsonObject): readonly Operation[] {
  const paths = isObject(body["paths"]) ? body["paths"] : {};
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(isObject(item) ? item : {}).map(([method, operation]) => {
      const parameters =
        isObject(operation) && Array.isArray(operation["parameters"]) ? operation["parameters"] : [];
      const headers = (parameters as readonly unknown[]).map((parameter) =>
        String((parameter as { readonly name?: string }).name).toLowerCase(),
      );
      return { method: method.toUpperCase(), path, headers };
    }),
  );
}

/** @returns `undefined` when it is larger than the gateway takes; the rest of it is read and thrown away */
function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > MAX_BODY_BYTES) resolve(undefined);
      else chunks.push(chunk);
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", reject);
  });
}
