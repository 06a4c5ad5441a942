/** The least that a program needs to run: a monitor that says yes to everything at once. */
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import {
  decodeFirstString,
  decodeLog,
  decodeRegisterResource,
  encodeFirstBool,
  encodeFirstString,
  encodeRegisterResourceResponse,
} from "../cli/preview/engine/messages";
import { GRPC_OPTIONS } from "../cli/preview/engine/rpc";

export interface NullMonitor {
  readonly address: string;
  /** Resources registered so far. */
  readonly count: () => number;
  readonly errors: readonly string[];
  readonly close: () => void;
}

const EMPTY = Buffer.alloc(0);

export function startNullMonitor(): Promise<NullMonitor> {
  let count = 0;
  let root = "";
  const errors: string[] = [];
  const server = new Server(GRPC_OPTIONS);
  const serve = (service: string, handlers: Readonly<Record<string, (request: Buffer) => Buffer>>): void => {
    const identity = (bytes: Buffer): Buffer => bytes;
    const shape = {
      requestStream: false,
      responseStream: false,
      requestSerialize: identity,
      requestDeserialize: identity,
      responseSerialize: identity,
      responseDeserialize: identity,
    };
    const entries = Object.entries(handlers);
    server.addService(
      Object.fromEntries(
        entries.map(([name]) => [name, { ...shape, path: `/pulumirpc.${service}/${name}` }]),
      ),
      Object.fromEntries(
        entries.map(([name, handler]) => [
          name,
          (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void =>
            callback(null, handler(call.request)),
        ]),
      ),
    );
  };
  serve("ResourceMonitor", {
    SupportsFeature: () => encodeFirstBool(true),
    RegisterResource: (bytes) => {
      const { type, name, object } = decodeRegisterResource(bytes);
      count++;
      const id = type.startsWith("pulumi:providers:") ? "null" : "";
      return encodeRegisterResourceResponse({ urn: `urn:pulumi:bench::bench::${type}::${name}`, id, object });
    },
    RegisterResourceOutputs: () => EMPTY,
    RegisterPackage: () => encodeFirstString("null"),
    SignalAndWaitForShutdown: () => EMPTY,
  });
  serve("Engine", {
    Log: (bytes) => {
      const { severity, message } = decodeLog(bytes);
      if (severity === "error") errors.push(message);
      return EMPTY;
    },
    GetRootResource: () => encodeFirstString(root),
    SetRootResource: (bytes) => {
      root = decodeFirstString(bytes);
      return EMPTY;
    },
    RequirePulumiVersion: () => EMPTY,
  });
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error) return reject(error);
      resolve({
        address: `127.0.0.1:${port}`,
        count: () => count,
        errors,
        close: () => server.forceShutdown(),
      });
    });
  });
}
