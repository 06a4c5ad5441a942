import { buildSync } from "esbuild";
import { join } from "node:path";
import { messageOf } from "../errors";
import type { EmulatorApi } from "../emulator/emulatorApi";
import type { Staging, StagingFunction } from "../staging";
import { CONFIGURATION, withStubs } from "./configuration";
import { zip } from "./zip";

/** What the wrapper is told; see `wrapper/index.ts`. */
export interface WrapperEnvironment {
  readonly secret: string;
  readonly mark: string;
  readonly instancesPort: number;
  readonly endpointUrl: string;
  /** Where functions send to voice connections. */
  readonly voiceManagementUrl: string;
  /** PEM file of the authority that signs the stubs' certificates. */
  readonly extraAuthorities: string;
}

/** The functions with their unchanged bundles, the wrapper beside them, and each agent's URL at its stub. */
export async function deployFunctions(
  api: EmulatorApi,
  { accountId, functions }: Staging,
  urls: ReadonlyMap<string, string>,
  environment: WrapperEnvironment,
): Promise<void> {
  const wrapper = bundleWrapper();
  await Promise.all(functions.map((one) => deploy(api, accountId, one, urls, wrapper, environment)));
}

async function deploy(
  api: EmulatorApi,
  accountId: string,
  one: StagingFunction,
  urls: ReadonlyMap<string, string>,
  wrapper: Buffer,
  environment: WrapperEnvironment,
): Promise<void> {
  const files = new Map([...one.files, ["local.js", wrapper]]);
  const configuration = files.get(CONFIGURATION);
  if (configuration !== undefined)
    files.set(CONFIGURATION, Buffer.from(withStubs(configuration.toString("utf8"), urls)));
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
          // Read by Node.js when it starts, before any code of a function.
          NODE_EXTRA_CA_CERTS: environment.extraAuthorities,
          // The wrapper sets it: with a value the emulator would take every request to loopback for one to itself.
          AWS_ENDPOINT_URL: "",
          FASE_B_LOCAL_ENDPOINT_URL: environment.endpointUrl,
          AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: environment.voiceManagementUrl,
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
