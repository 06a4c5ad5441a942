/**
 * Answers the engine in the place of `@grpc/grpc-js`, whose server has interceptors, filters, deadlines and statistics for each call.
 * A policy pack answers one call for each resource, in a process so young that most of its code still runs slowly: there
 * the server cost as much as the policies.
 */
import { createServer, type AddressInfo } from "node:net";
import { RpcError, RpcServer, status, type Handler } from "./rpc";

/** https://grpc.github.io/grpc/node/grpc.html#~MethodDefinition */
interface MethodDefinition {
  /** E.g. `/pulumirpc.Analyzer/Analyze`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  requestDeserialize(bytes: Buffer): unknown;
  responseSerialize(message: unknown): Buffer;
}

type Answered = (error: unknown, message?: unknown) => void;
type Method = (call: { readonly request: unknown }, done: Answered) => void;
type Implementation = Readonly<Record<string, Method>>;

/** Of `grpc.Server` what `@pulumi/policy` uses: methods of one request and one answer, without credentials. */
export class AnalyzerServer {
  private readonly server = new RpcServer();

  addService(service: Readonly<Record<string, MethodDefinition>>, implementation: Implementation): void {
    for (const [name, definition] of Object.entries(service)) {
      const method = implementation[name];
      if (method === undefined) continue;
      if (definition.requestStream || definition.responseStream)
        throw new Error(`${definition.path}: got a stream; allowed: one request and one answer`);
      this.server.handle(definition.path, handlerOf(definition, method.bind(implementation)));
    }
  }

  /** @param address host and port; port 0 is any that is free */
  bindAsync(
    address: string,
    _credentials: unknown,
    bound: (error: Error | null, port: number) => void,
  ): void {
    const [host = "", port = ""] = address.split(":");
    const door = createServer();
    this.server.answerAt(door);
    door.once("error", (error) => bound(error, 0));
    door.listen(Number(port), host, () => bound(null, (door.address() as AddressInfo).port));
  }
}

const handlerOf =
  ({ requestDeserialize, responseSerialize }: MethodDefinition, method: Method): Handler =>
  (bytes) =>
    new Promise((resolve, reject) => {
      const request = readBy(requestDeserialize, bytes);
      method({ request }, (error, message) => {
        if (error) reject(statusOf(error));
        else resolve(responseSerialize(message));
      });
    });

function readBy(deserialize: (bytes: Buffer) => unknown, bytes: Buffer): unknown {
  try {
    return deserialize(bytes);
  } catch {
    throw new RpcError(status.INTERNAL, "Error deserializing request");
  }
}

/** As in https://github.com/grpc/grpc-node/blob/master/packages/grpc-js/src/server-call.ts: what the engine is told of an error. */
function statusOf(error: unknown): RpcError {
  const { code, details, message } = error as Readonly<Record<string, unknown>>;
  return new RpcError(
    Number.isInteger(code) ? (code as number) : status.UNKNOWN,
    typeof details === "string" ? details : typeof message === "string" ? message : "Unknown Error",
  );
}
