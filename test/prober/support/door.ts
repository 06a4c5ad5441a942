import { X509Certificate, createHash } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import {
  ANSWERS,
  gatewayResponses,
  type GatewayResponseType,
} from "../../../infra/contract/gatewayResponses";
import { authorize } from "../../../infra/functions/authorizer/authorizerRules";
import { correlationId } from "../../../infra/functions/correlation/correlation";
import { prepareSources, type RevokedCertificate } from "../../../infra/functions/authorizer/sources";
import type { LeafAndKey } from "./trust";

/** How a domain of the gateway treats who calls; all but the first are ways to be wrong. */
export type Behaviour =
  /** Mutual TLS, then the authorizer. */
  | "closed"
  /** As the gateway does with an issuer that it does not know: an answer of its own. */
  | "closed-by-answer"
  /** Asks nobody for a certificate, and believes everybody. */
  | "open"
  /** Takes any certificate, or none, and leaves the rest to the authorizer. */
  | "outer-open"
  /** Mutual TLS, and no list of revoked certificates. */
  | "believes-revoked"
  /** Lets nobody in. */
  | "shut";

export interface DoorOptions {
  readonly behaviour: Behaviour;
  readonly server: LeafAndKey;
  /** What the domain pins. */
  readonly truststorePem: string;
  /** Whom the authorizer believes. */
  readonly issuerPem: string;
  readonly revoked: readonly RevokedCertificate[];
  /** The prober's live API keys. */
  readonly apiKeys: readonly string[];
  /** @default both */
  readonly tlsVersion?: "TLSv1.2" | "TLSv1.3";
}

const RESPONSES = gatewayResponses({
  throttledSeconds: 1,
  quotaExceededSeconds: 60,
  unavailableSeconds: 30,
});

/** A domain on loopback: TLS as the gateway does it, our authorizer itself, and the gateway's own answers. */
export class Door {
  /** Requests that got past TLS. */
  readonly seen: { readonly method: string; readonly url: string; readonly body: string }[] = [];

  private constructor(
    private readonly server: Server,
    private readonly options: DoorOptions,
  ) {}

  static async open(options: DoorOptions): Promise<Door> {
    const { behaviour, server: own, truststorePem, tlsVersion } = options;
    const asks = behaviour !== "open";
    const server = createServer({
      cert: own.certificatePem,
      key: own.privateKeyPem,
      requestCert: asks,
      rejectUnauthorized: asks && behaviour !== "outer-open" && behaviour !== "closed-by-answer",
      ca: truststorePem,
      ...(tlsVersion && { minVersion: tlsVersion, maxVersion: tlsVersion }),
    });
    const door = new Door(server, options);
    server.on("request", (request, response) => void door.answer(request, response));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return door;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    this.seen.push({ method: request.method ?? "", url: request.url ?? "", body });
    const { behaviour } = this.options;
    const socket = request.socket as TLSSocket;
    if (behaviour === "closed-by-answer" && !socket.authorized) {
      response.writeHead(403, { "content-type": "application/json" }).end('{"message":"Forbidden"}');
      return;
    }
    const isIn = behaviour === "open" || (behaviour !== "shut" && this.isAuthorized(request, socket));
    if (!isIn) return respond(response, "ACCESS_DENIED");
    // The contract's validation: a body without what the route needs, and no idempotency key.
    const isHarmless = body === "{}" && request.headers["idempotency-key"] === undefined;
    if (isHarmless) return respond(response, "BAD_REQUEST_BODY");
    response.writeHead(200).end("an effect");
  }

  private isAuthorized(request: IncomingMessage, socket: TLSSocket): boolean {
    const { issuerPem, revoked, apiKeys, behaviour } = this.options;
    const { raw } = socket.getPeerCertificate();
    const nowMs = Date.now();
    const sources = prepareSources({
      issuersPem: [issuerPem],
      revocation: {
        issuedAtMs: nowMs,
        maxAgeMs: 60_000,
        revoked: behaviour === "believes-revoked" ? [] : revoked,
      },
      agents: [{ domain: "localhost", routes: ["POST /chat"], clients: ["prober"] }],
      clients: [
        {
          clientId: "prober",
          keyDigests: apiKeys.map((key) => createHash("sha256").update(key).digest("hex")),
        },
      ],
      scanning: { clientId: "scanner", addresses: ["203.0.113.7/32"] },
    });
    const { effect } = authorize(
      {
        correlationId: correlationId([]),
        domain: "localhost",
        route: `${request.method} ${request.url}`,
        clientCertPem: raw === undefined ? "" : new X509Certificate(raw).toString(),
        apiKeys: [request.headers["x-api-key"] ?? []].flat(),
        subjects: [],
        sourceIp: "192.0.2.1",
      },
      sources,
      nowMs,
    );
    return effect === "allow";
  }
}

/** In the gateway's own words. */
function respond(
  response: ServerResponse,
  type: GatewayResponseType & ("ACCESS_DENIED" | "BAD_REQUEST_BODY"),
) {
  const template = RESPONSES[type].responseTemplates["application/json"] ?? "";
  response
    .writeHead(ANSWERS[type].status, { "content-type": "application/problem+json" })
    .end(template.replace("$context.extendedRequestId", "Ab1="));
}
