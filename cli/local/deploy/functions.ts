import { buildSync } from "esbuild";
import { join } from "node:path";
import { CONFIGURATION_FILE } from "../../../infra/functions/configuration";
import { messageOf } from "../errors";
import type { EmulatorApi } from "../emulator/emulatorApi";
import type { Staging, StagingFunction } from "../staging";
import { withLocalAddresses, type LocalAddresses } from "./configuration";
import { zip } from "./zip";

/** What the wrapper is told; see `wrapper/index.ts`. */
export interface WrapperEnvironment {
  readonly secret: string;
  readonly mark: string;
  readonly instancesPort: number;
  readonly endpointUrl: string;
}

/** The functions with their unchanged bundles, the wrapper beside them, and local addresses in their configuration. */
export async function deployFunctions(
  api: EmulatorApi,
  { accountId, functions }: Staging,
  addresses: LocalAddresses,
  environment: WrapperEnvironment,
): Promise<void> {
  const wrapper = bundleWrapper();
  await Promise.all(functions.map((one) => deploy(api, accountId, one, addresses, wrapper, environment)));
}

async function deploy(
  api: EmulatorApi,
  accountId: string,
  one: StagingFunction,
  addresses: LocalAddresses,
  wrapper: Buffer,
  environment: WrapperEnvironment,
): Promise<void> {
  const files = new Map([...one.files, ["local.js", wrapper]]);
  const configuration = files.get(CONFIGURATION_FILE);
  if (configuration !== undefined)
    files.set(CONFIGURATION_FILE, Buffer.from(withLocalAddresses(configuration.toString("utf8"), addresses)));
  const path = `/2015-03-31/functions`;
  await api.call("lambda", {
    method: "POST",
    path,
    json: {
      FunctionName: one.name,
      Runtime: one.runtime,
      Handler: "local.handler",
      Role: `arn:aws:iam::${accountId}:role/${one.name}`,
      MemorySize: one.memoryMb,
      Timeout: one.timeoutSeconds,
      Publish: true,
      Code: { ZipFile: zip(files).toString("base64") },
      Environment: {
        Variables: {
          ...one.environment,
          // The wrapper sets it: with a value the emulator would take every request to loopback for one to itself.
          AWS_ENDPOINT_URL: "",
          FASE_B_LOCAL_ENDPOINT_URL: environment.endpointUrl,
          FASE_B_LOCAL_SECRET: environment.secret,
          FASE_B_LOCAL_MARK: environment.mark,
          FASE_B_LOCAL_INSTANCES_PORT: String(environment.instancesPort),
        },
      },
    },
  });
  await api.call("lambda", {
    method: "POST",
    path: `${path}/${one.name}/aliases`,
    json: { Name: one.alias, FunctionVersion: "1" },
  });
  await api.call("lambda", {
    method: "PUT",
    path: `/2017-10-31/functions/${one.name}/concurrency`,
    json: { ReservedConcurrentExecutions: one.reservedConcurrency },
  });
}

function bundleWrapper(): Buffer {
  const { outputFiles } = buildSync({
    entryPoints: [join(__dirname, "..", "wrapper", "index.ts")],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    format: "cjs",
    logLevel: "silent",
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("the bundler made nothing of cli/local/wrapper/index.ts");
  return Buffer.from(file.contents);
}

/** Invokes a function as the gateway does. */
export async function invoke(
  api: EmulatorApi,
  { name, alias }: Pick<StagingFunction, "name" | "alias">,
  event: unknown,
): Promise<{ readonly failed: boolean; readonly payload: unknown }> {
  const answer = await api.send({
    method: "POST",
    path: `/2015-03-31/functions/${name}/invocations?Qualifier=${alias}`,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(event),
  });
  const failed = answer.status !== 200 || answer.headers["x-amz-function-error"] !== undefined;
  try {
    return { failed, payload: JSON.parse(answer.body.toString("utf8") || "null") };
  } catch (error) {
    return { failed: true, payload: messageOf(error) };
  }
}
