import { once } from "node:events";
import { createServer as createHttpsServer, type Server as HttpsServer } from "node:https";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { CertificateAndKey } from "../authority/authority";
import { LocalError } from "../errors";
import type { StagingDomain } from "../staging";
import { serverNameOf } from "./clientHello";
import type { RestDoor } from "./restDoor";
import type { VoiceGateway } from "./voiceGateway";

/** A hello is one record; who sends none is no caller. */
const MAX_HELLO_BYTES = 17_000;
const HELLO_LIMIT_MS = 10_000;

export interface FrontDoorOptions {
  readonly domains: readonly StagingDomain[];
  /** For all the domains. */
  readonly certificate: CertificateAndKey;
  /** PEM of the authorities that clients' certificates may come from. */
  readonly truststore: string;
  readonly rest: RestDoor;
  readonly voice: VoiceGateway;
}

/**
 * All domains on one port of loopback. A connection goes by the name in its handshake: to a server that demands a client
 * certificate of ours, or to the voice domains' without one.
 */
export class FrontDoor {
  private readonly sockets = new Set<Socket>();

  private servers: ReadonlyMap<string, HttpsServer> = new Map();

  private constructor(private readonly door: Server) {}

  /**
   * Takes the port; nobody is served yet.
   *
   * @param port 0: any free one
   */
  static async listen(port: number): Promise<FrontDoor> {
    const door = new FrontDoor(createServer({ noDelay: true }));
    door.door.on("connection", (socket) => door.receive(socket));
    door.door.listen(port, "127.0.0.1");
    try {
      await once(door.door, "listening");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "EADDRINUSE" && code !== "EACCES") throw error;
      throw new LocalError({
        what: "--port",
        got: `${port}, which ${code === "EACCES" ? "needs rights" : "is taken"}`,
        allowed: "a free port",
        fix: "name another with --port, or 0 for any",
      });
    }
    return door;
  }

  /** @throws LocalError for a domain that is neither HTTP behind mutual TLS nor voice */
  serve({ certificate, truststore, rest, voice, domains }: FrontDoorOptions): void {
    const unguarded = domains.find(({ protocol, mutualTls }) => (protocol === "http") !== mutualTls);
    if (unguarded !== undefined)
      throw new LocalError({
        what: `the domain ${unguarded.domain}`,
        got: `${unguarded.protocol} ${unguarded.mutualTls ? "with" : "without"} mutual TLS`,
        allowed: "HTTP with it, voice without it",
        fix: "teach cli/local/door/frontDoor.ts the exception",
      });
    const identity = {
      cert: certificate.certificatePem,
      key: certificate.keyPem,
      minVersion: "TLSv1.2",
    } as const;
    const mutual = createHttpsServer(
      { ...identity, ca: truststore, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        rest.handle(request, response).catch(() => response.destroy());
      },
    );
    const plain = createHttpsServer(identity, (_request, response) => {
      response.writeHead(403, { "content-type": "application/json" }).end('{"message":"Forbidden"}');
    });
    plain.on("upgrade", (request, socket, head) => {
      voice.upgrade(request, socket, head).catch(() => socket.destroy());
    });
    // No upgrade is offered behind mutual TLS.
    mutual.on("upgrade", (_request, socket) => socket.destroy());
    for (const server of [mutual, plain]) server.on("tlsClientError", (_error, socket) => socket.destroy());
    this.servers = new Map(
      domains.map(({ domain, mutualTls }) => [domain.toLowerCase(), mutualTls ? mutual : plain]),
    );
  }

  get port(): number {
    return (this.door.address() as AddressInfo).port;
  }

  close(): void {
    this.door.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private receive(socket: Socket): void {
    this.sockets.add(socket);
    socket.once("close", () => this.sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    let seen = Buffer.alloc(0);
    const timer = setTimeout(() => socket.destroy(), HELLO_LIMIT_MS);
    socket.once("close", () => clearTimeout(timer));
    const onData = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk]);
      const name = serverNameOf(seen);
      if (name === undefined && seen.length <= MAX_HELLO_BYTES) return;
      socket.off("data", onData);
      clearTimeout(timer);
      const server = name === undefined ? undefined : this.servers.get(name);
      if (server === undefined) return void socket.destroy();
      socket.pause();
      socket.unshift(seen);
      server.emit("connection", socket);
    };
    socket.on("data", onData);
  }
}
