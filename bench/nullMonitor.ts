/** The least that a program needs to run: a monitor that says yes to everything at once. */
import { createServer, type AddressInfo } from "node:net";
import {
  decodeFirstString,
  decodeLog,
  decodeRegisterResource,
  encodeFirstBool,
  encodeFirstString,
  encodeRegisterResourceResponse,
} from "../cli/preview/engine/messages";
import { RpcServer } from "../runtime/rpc";

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
  const server = new RpcServer();
  server.add("pulumirpc.ResourceMonitor", {
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
  server.add("pulumirpc.Engine", {
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
  const door = createServer();
  server.answerAt(door);
  return new Promise((resolve, reject) => {
    door.once("error", reject);
    door.listen(0, "127.0.0.1", () =>
      resolve({
        address: `127.0.0.1:${(door.address() as AddressInfo).port}`,
        count: () => count,
        errors,
        close: () => {
          server.close();
          door.close();
        },
      }),
    );
  });
}
