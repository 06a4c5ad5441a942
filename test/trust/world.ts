// The library decorates its classes.
import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
  type JsonGeneralName,
} from "@peculiar/x509";
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from "node:crypto";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import { DEFAULT_CIPHERS, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import type { APIGatewayAuthorizerResult } from "aws-lambda";
import { createAuthorizer } from "../../infra/functions/authorizer/authorizer";
import { freshSources } from "../../infra/functions/authorizer/freshSources";
import type { RevokedCertificate } from "../../infra/functions/authorizer/sources";
import { digestOf, goodEvent } from "../../infra/functions/authorizer/testSupport";
import {
  FreshCredentials,
  REFRESH_MS,
  type PlainCredentials,
} from "../../infra/functions/edge/upstream/freshCredentials";
import { createHttpsSender, type Send } from "../../infra/functions/edge/upstream/httpsSender";
import type { TryOutcome } from "../../infra/functions/edge/upstream/outcome";
import { createLog } from "../../infra/functions/log/log";
import { readFacts } from "../../infra/functions/pki/certificateFacts";
import type { Issuer } from "../../infra/functions/pki/issuer";
import { digestOf as hashOf, toSigningKey } from "../../infra/functions/pki/keys";
import { servicePair, servicesPem, type Generation, type Pair } from "../../infra/functions/pki/testSupport";

/**
 * The whole of the trust in one process: clients, a gateway that does what API Gateway does, the real authorizer behind
 * it, the edge's real sender, and an agent that demands the edge's certificate. All on loopback.
 */

export const CLIENT = "web-app";
export const DOMAIN = "chat-01.staging.example.com";
export const OTHER_DOMAIN = "vision-01.staging.example.com";
const API_KEY = "k".repeat(40);
const CALL_LIMIT_MS = 5_000;
/** API Gateway: a chain of four certificates at most. https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html */
const MAX_CHAIN = 4;
/** As that page demands: RSA-2048 or ECDSA-256 and SHA-256 at least. */
const STRICT = `${DEFAULT_CIPHERS}:@SECLEVEL=2`;
/** Whoever comes with a bad certificate sees to it that his own software takes it. */
const LAX = `${DEFAULT_CIPHERS}:@SECLEVEL=0`;

/** How soon the authorizer of the tests sees a change of the table. */
export const AUTHORIZER_REFRESH_MS = 20;

/** What a call came to: 200, or who refused it and why. */
export type Verdict =
  "ok" | `gateway: ${string}` | `authorizer: ${string}` | `edge: ${string}` | `broken: ${string}`;

/** Whom everybody trusts at an instant. */
export interface Trusted {
  readonly generations: readonly Generation[];
}

export class World {
  private issuersPem: readonly string[] = [];
  private revoked: RevokedCertificate[] = [];
  private services = "";
  private edgePair: Pair;
  private skippedMs = 0;
  private agentPair: Pair;
  private readonly lines: Record<string, unknown>[] = [];
  private readonly send: Send;
  private readonly authorize: (event: unknown) => Promise<APIGatewayAuthorizerResult>;
  private readonly credentials: FreshCredentials;

  private constructor(
    private readonly gateway: https.Server,
    private readonly agent: https.Server,
    private readonly publicRoot: { readonly cert: string; readonly key: string },
    start: { readonly edge: Pair; readonly agent: Pair },
    agentPort: number,
  ) {
    this.edgePair = start.edge;
    this.agentPair = start.agent;
    this.credentials = new FreshCredentials({
      read: (): Promise<PlainCredentials> =>
        Promise.resolve({ servicesPem: this.services, ...this.edgePair }),
      nowMs: () => Date.now() + this.skippedMs,
    });
    this.send = createHttpsSender({
      url: `https://localhost:${agentPort}`,
      maximumResponseBytes: 1_024,
      acceptedMediaTypes: ["application/json"],
      credentials: this.credentials,
    }).send;
    this.authorize = createAuthorizer({
      loadSources: freshSources({
        read: () =>
          Promise.resolve({
            issuersPem: this.issuersPem,
            revoked: this.revoked,
            clients: [{ clientId: CLIENT, keyDigests: [digestOf(API_KEY)] }],
          }),
        agents: [
          { domain: DOMAIN, routes: ["POST /chat"], clients: [CLIENT] },
          { domain: OTHER_DOMAIN, routes: ["POST /chat"], clients: ["qa-security"] },
        ],
        scanning: { clientId: "scanner", addresses: ["203.0.113.7/32"] },
        refreshMs: AUTHORIZER_REFRESH_MS,
        maxAgeMs: 55_000,
        nowMs: Date.now,
      }),
      agentIdOf: () => "chat-01",
      log: createLog({
        functionName: "authorizer",
        namePrefix: "fase-b-staging",
        memoryLimitMb: 512,
        clientIds: [CLIENT],
        agentIds: ["chat-01"],
        write: (line) => this.lines.push(JSON.parse(line) as Record<string, unknown>),
      }),
    });
  }

  static async start(generation: Generation, agentPair?: Pair): Promise<World> {
    const edge = await servicePair(generation, { use: "client", uri: "urn:fase-b:service:edge" });
    const agent = agentPair ?? (await servicePair(generation, { use: "server", dnsNames: ["localhost"] }));
    const publicRoot = await servicePair(generation, { use: "server", dnsNames: [DOMAIN, OTHER_DOMAIN] });
    const identity = { cert: publicRoot.certificatePem, key: publicRoot.privateKeyPem };
    // Not refused in the handshake, so that the answer says why; the gateway's own answer is a 403 as well.
    const gateway = https.createServer({
      ...identity,
      ciphers: STRICT,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
    });
    const server = https.createServer({ ciphers: LAX, requestCert: true, rejectUnauthorized: true });
    server.on("request", (request, response) => {
      const names = (request.socket as TLSSocket).getPeerCertificate().subjectaltname;
      // The clients' issuer is under the same root: an agent looks at the name as well.
      const status = names === "URI:urn:fase-b:service:edge" ? 200 : 403;
      request.resume();
      // So that each call shakes hands anew: a kept connection was verified once.
      response.writeHead(status, { "content-type": "application/json", connection: "close" }).end("{}");
    });
    const agentPort = await listen(server);
    await listen(gateway);
    const world = new World(gateway, server, identity, { edge, agent }, agentPort);
    gateway.on("request", (request, response) => {
      world.receive(request.socket as TLSSocket, String(request.headers.host)).then(
        (verdict) => {
          request.resume();
          response.writeHead(verdict === "ok" ? 200 : 403, { connection: "close" }).end(verdict);
        },
        () => response.destroy(),
      );
    });
    world.trust(generation);
    return world;
  }

  /** What the program writes: truststore, the table's issuers and services, and whom agents believe. */
  trust(...generations: readonly Generation[]): void {
    this.trustClientsOf(...generations);
    this.services = servicesPem(...generations);
    this.renewAgent(this.agentPair);
    this.seeServices();
  }

  trustClientsOf(...generations: readonly Generation[]): void {
    const roots = new Set(generations.map(({ root }) => root.certificatePem));
    this.issuersPem = generations.map(({ clientsIssuer }) => clientsIssuer.certificatePem);
    this.setTruststore([...this.issuersPem, ...roots].join(""));
  }

  setTruststore(ca: string): void {
    this.gateway.setSecureContext({ ...this.publicRoot, ca, ciphers: STRICT, minVersion: "TLSv1.2" });
  }

  /** A new leaf for the agent, as cert-manager installs it. */
  renewAgent(pair: Pair): void {
    this.agentPair = pair;
    this.agent.setSecureContext({
      cert: pair.certificatePem,
      key: pair.privateKeyPem,
      ca: this.services,
      ciphers: LAX,
    });
  }

  /** A new version of the secret. */
  renewEdge(pair: Pair): void {
    this.edgePair = pair;
    this.seeServices();
  }

  /** Minutes go by for the edge's credentials. */
  private seeServices(): void {
    this.skippedMs += REFRESH_MS;
    this.credentials.begin();
  }

  revoke({ certificatePem }: Pair): void {
    const { issuerKeyId = "", serial } = readFacts("leaf", leafOf(certificatePem));
    this.revoked = [...this.revoked, { issuerKeyId, serial }];
  }

  /** One call of a client, over a connection of its own. */
  call(pair: Pair | undefined, domain = DOMAIN): Promise<Verdict> {
    return new Promise((resolve) => {
      const request = https.request(
        {
          host: "127.0.0.1",
          port: (this.gateway.address() as AddressInfo).port,
          servername: domain,
          headers: { host: domain, "x-api-key": API_KEY },
          method: "POST",
          path: "/chat",
          agent: false,
          timeout: CALL_LIMIT_MS,
          // The gateway's own certificate is a public one; these tests are not about it.
          rejectUnauthorized: false,
          ciphers: LAX,
          ...(pair === undefined ? {} : { cert: pair.certificatePem, key: pair.privateKeyPem }),
        },
        (response) => {
          let text = "";
          response.on("data", (chunk: Buffer) => (text += chunk.toString()));
          response.on("end", () => resolve(text as Verdict));
        },
      );
      request.on("timeout", () => request.destroy(new Error("timeout")));
      request.on("error", (error: NodeJS.ErrnoException) =>
        resolve(`broken: ${error.code ?? error.message}`),
      );
      request.end("{}");
    });
  }

  /** What the edge's sender says of the agent. */
  askAgent(): Promise<TryOutcome> {
    const body = Buffer.from("{}");
    return this.send({ method: "POST", path: "/chat", headers: {}, body, correlationId: "c" }, CALL_LIMIT_MS);
  }

  close(): void {
    for (const server of [this.gateway, this.agent]) {
      server.close();
      server.closeAllConnections();
    }
  }

  private async receive(socket: TLSSocket, domain: string): Promise<Verdict> {
    const peer = socket.getPeerCertificate(true);
    if (!socket.authorized) return `gateway: ${String(socket.authorizationError)}`;
    if (chainLength(peer) > MAX_CHAIN) return "gateway: chain too long";
    const event = goodEvent();
    event.headers["X-Api-Key"] = event.requestContext.identity.apiKey = API_KEY;
    event.multiValueHeaders["X-Api-Key"] = [API_KEY];
    event.requestContext.domainName = domain;
    event.requestContext.identity.clientCert.clientCertPem = new X509Certificate(peer.raw).toString("pem");
    const before = this.lines.length;
    const { policyDocument } = await this.authorize(event);
    if (policyDocument.Statement[0]?.Effect !== "Allow")
      return `authorizer: ${String(this.lines[before]?.["denyReason"])}`;
    const outcome = await this.askAgent();
    if (outcome.kind === "answer" && outcome.status === 200) return "ok";
    return `edge: ${outcome.kind} ${"reason" in outcome ? outcome.reason : ""}`;
  }
}

/** With the root, which signs itself. */
function chainLength(peer: DetailedPeerCertificate): number {
  const seen = new Set<string>();
  for (let at: DetailedPeerCertificate | undefined = peer; at !== undefined; at = at.issuerCertificate) {
    if (seen.has(at.fingerprint256)) break;
    seen.add(at.fingerprint256);
  }
  return seen.size;
}

const listen = async (server: https.Server): Promise<number> => {
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return (server.address() as AddressInfo).port;
};

export const leafOf = (pems: string): string =>
  /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(pems)?.[0] ?? "";

export interface WeakForm {
  readonly hash?: "SHA-1";
  readonly rsaBits?: number;
  readonly usage: "client" | "server";
  readonly name: JsonGeneralName;
  /** Certificates to send behind the leaf. */
  readonly chainPem: string;
}

/** A leaf that `infra/functions/pki` would not issue: somebody else has the issuer's key, or an old tool. */
export async function weakLeaf(issuer: Issuer, form: WeakForm): Promise<Pair> {
  const keys =
    form.rsaBits === undefined
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : generateKeyPairSync("rsa", { modulusLength: form.rsaBits });
  const privateKey = createPrivateKey(issuer.privateKeyPem);
  const usage = form.usage === "client" ? ExtendedKeyUsage.clientAuth : ExtendedKeyUsage.serverAuth;
  const { subjectKeyId = "" } = readFacts("issuer", issuer.certificatePem);
  const made = await X509CertificateGenerator.create({
    subject: "CN=weak",
    issuer: new X509Certificate(issuer.certificatePem).subjectName,
    serialNumber: `01${randomBytes(15).toString("hex")}`,
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3_600_000),
    publicKey: createPublicKey(keys.publicKey.export({ type: "spki", format: "pem" })).export({
      type: "spki",
      format: "der",
    }),
    signingKey: await toSigningKey(privateKey),
    signingAlgorithm: { name: "ECDSA", hash: form.hash ?? hashOf(privateKey) },
    extensions: [
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      new SubjectAlternativeNameExtension([form.name]),
      new AuthorityKeyIdentifierExtension(subjectKeyId),
    ],
  });
  return {
    certificatePem: `${made.toString("pem")}\n${form.chainPem}`,
    privateKeyPem: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
