import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";

export interface Instance {
  readonly functionName: string;
  readonly pid: number;
}

/** What the authorizer decided; `undefined` where it said nothing of it. */
export interface Decision {
  readonly correlationId: string | undefined;
  readonly clientId: string | undefined;
}

/** Old decisions go; a request that is not answered by then is none of the front door's. */
const KEPT_DECISIONS = 2_000;

/**
 * The running instances of the functions: each holds a connection from its start to its end, so that the list is true
 * and a process that is ended by its id is an instance.
 */
export class Instances {
  private readonly running = new Map<Socket, Instance>();
  private readonly decisions = new Map<string, Decision>();
  private readonly server: Server;

  private constructor(private readonly secret: string) {
    this.server = createServer((socket) => this.accept(socket));
  }

  static async start(secret: string): Promise<Instances> {
    const instances = new Instances(secret);
    instances.server.listen(0, "127.0.0.1");
    await once(instances.server, "listening");
    return instances;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get all(): readonly Instance[] {
    return [...this.running.values()];
  }

  /** What the authorizer decided for a request, taken out. */
  takeDecision(requestId: string): Decision | undefined {
    const decision = this.decisions.get(requestId);
    this.decisions.delete(requestId);
    return decision;
  }

  /**
   * Ends instances in the middle of whatever they do.
   *
   * @param functionName all functions' when it is not given
   * @param atMost any of them, up to that number
   */
  kill(functionName: string | undefined, atMost: number): number {
    const victims = this.all
      .filter((instance) => functionName === undefined || instance.functionName === functionName)
      .sort(() => Math.random() - 0.5)
      .slice(0, atMost);
    let killed = 0;
    for (const { pid } of victims) {
      try {
        process.kill(pid, "SIGKILL");
        killed += 1;
      } catch {
        // It ended by itself a moment ago.
      }
    }
    return killed;
  }

  close(): void {
    this.server.close();
    for (const socket of this.running.keys()) socket.destroy();
  }

  private accept(socket: Socket): void {
    socket.once("close", () => this.running.delete(socket));
    socket.on("error", () => socket.destroy());
    const lines = createInterface({ input: socket });
    lines.on("error", () => socket.destroy());
    lines.on("line", (line) => {
      const message = parsed(line);
      if (message["type"] === "instance" && message["secret"] === this.secret) {
        this.running.set(socket, {
          functionName: String(message["functionName"]),
          pid: Number(message["pid"]),
        });
      } else if (message["type"] === "authorized" && this.running.has(socket)) this.remember(message);
      // Anybody on the machine can connect; who is no instance is not listened to.
      else if (!this.running.has(socket)) socket.destroy();
    });
  }

  private remember({ requestId, correlationId, clientId }: Readonly<Record<string, unknown>>): void {
    const oldest = this.decisions.keys().next();
    if (this.decisions.size >= KEPT_DECISIONS && oldest.value !== undefined)
      this.decisions.delete(oldest.value);
    this.decisions.set(String(requestId), {
      correlationId: typeof correlationId === "string" ? correlationId : undefined,
      clientId: typeof clientId === "string" ? clientId : undefined,
    });
  }
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
