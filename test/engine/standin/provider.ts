/**
 * TEST DOUBLE of a resource provider: creates nothing.
 *
 * The engine starts it as `pulumi-resource-<package>` from the PATH. It checks inputs as far as the SDK's
 * declarations go, echoes them, and makes up the outputs that the SDK promises.
 *
 * What a refresh finds is what was created, but for what the file `FASE_B_STANDIN_LIVE` says: by a resource's logical name
 * the properties that somebody changed since, or null where somebody deleted it.
 *
 * Usage: node --require=tsx/cjs provider.ts <package> <folder with node_modules> …
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { existsSync, readFileSync } from "node:fs";
import * as grpc from "@grpc/grpc-js";
import * as providerRpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as messages from "@pulumi/pulumi/proto/provider_pb";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import type { Struct as StructType } from "google-protobuf/google/protobuf/struct_pb";
import { complete } from "../../../cli/preview/engine/outputs";
import { SCOPES, SdkTypes, declarationOf } from "../../../cli/preview/engine/sdkTypes";
import type { JsonObject } from "../../../cli/preview/engine/signatures";
import { made, nameOf, typeOf } from "./made";
import { Declarations, UNKNOWN, type Problem } from "./types";

type Properties = JsonObject;

// The SDK's messages are of the protobuf library that it brings itself; another copy's classes would not fit.
const sdkRequire = createRequire(require.resolve("@pulumi/pulumi/package.json"));
const { Struct } = sdkRequire("google-protobuf/google/protobuf/struct_pb") as { Struct: typeof StructType };
const { Empty } = sdkRequire("google-protobuf/google/protobuf/empty_pb") as { Empty: new () => object };

const MAX_MESSAGE_BYTES = 400 * 1024 * 1024;
const [packageName = "", projectDir = process.cwd()] = process.argv.slice(2);
const nodeModules = [join(projectDir, "node_modules")];
const sdkTypes = new SdkTypes(nodeModules);
interface Declared {
  readonly className: string;
  readonly reader: Declarations;
}
const declarations = new Map<string, Declared | undefined>();

const read = (struct: StructType | undefined): Properties => (struct?.toJavaScript() ?? {}) as Properties;
const write = (properties: Properties): StructType =>
  Struct.fromJavaScript(properties as Record<string, string>);

function declared(type: string): Declared | undefined {
  if (!declarations.has(type)) {
    const found = declarationOf(type, nodeModules);
    declarations.set(type, found && { className: found.className, reader: new Declarations(found.file) });
  }
  return declarations.get(type);
}

function problemsOf(type: string, inputs: Properties): Problem[] {
  const found = declared(type);
  const shape = found?.reader.args(found.className);
  if (!found || !shape) return [{ path: type, reason: "is not a resource type of the installed SDK" }];
  return found.reader.checkObject(inputs, shape, "");
}

function liveState(): Readonly<Record<string, Properties | null>> {
  const file = process.env["FASE_B_STANDIN_LIVE"];
  return file === undefined
    ? {}
    : (JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, Properties | null>>);
}

/** Without the `v` that some packages write before it. */
function versionOf(name: string): string {
  const file = SCOPES.map((scope) => join(projectDir, "node_modules", scope, name, "package.json")).find(
    existsSync,
  );
  if (file === undefined) throw new Error(`no SDK of ${name} in ${projectDir}`);
  const { version } = JSON.parse(readFileSync(file, "utf8")) as { version: string };
  return version.replace(/^v/, "");
}

type Call<Request> = grpc.ServerUnaryCall<Request, unknown>;
type Answer<Response> = (error: grpc.ServiceError | null, response?: Response) => void;

const service = {
  getPluginInfo: (_call: Call<object>, answer: Answer<plugin.PluginInfo>) => {
    const info = new plugin.PluginInfo();
    info.setVersion(versionOf(packageName));
    answer(null, info);
  },
  attach: (_call: Call<object>, answer: Answer<object>) => answer(null, new Empty()),
  cancel: (_call: Call<object>, answer: Answer<object>) => answer(null, new Empty()),
  checkConfig: ({ request }: Call<messages.CheckRequest>, answer: Answer<messages.CheckResponse>) => {
    const response = new messages.CheckResponse();
    response.setInputs(request.getNews());
    answer(null, response);
  },
  diffConfig: ({ request }: Call<messages.DiffRequest>, answer: Answer<messages.DiffResponse>) => {
    answer(null, diff(request));
  },
  configure: (_call: Call<object>, answer: Answer<messages.ConfigureResponse>) => {
    const response = new messages.ConfigureResponse();
    response.setAcceptsecrets(true);
    response.setSupportspreview(true);
    answer(null, response);
  },
  check: ({ request }: Call<messages.CheckRequest>, answer: Answer<messages.CheckResponse>) => {
    const response = new messages.CheckResponse();
    response.setInputs(request.getNews());
    for (const { path, reason } of problemsOf(typeOf(request.getUrn()), read(request.getNews()))) {
      const failure = new messages.CheckFailure();
      failure.setProperty(path);
      failure.setReason(reason);
      response.addFailures(failure);
    }
    answer(null, response);
  },
  diff: ({ request }: Call<messages.DiffRequest>, answer: Answer<messages.DiffResponse>) =>
    answer(null, diff(request)),
  create: ({ request }: Call<messages.CreateRequest>, answer: Answer<messages.CreateResponse>) => {
    const urn = request.getUrn();
    const inputs = read(request.getProperties());
    const response = new messages.CreateResponse();
    if (request.getPreview()) {
      response.setProperties(write(complete(inputs, sdkTypes.outputs(typeOf(urn)), () => UNKNOWN)));
    } else {
      const { id, outputs } = made(urn, inputs, sdkTypes);
      response.setId(id);
      response.setProperties(write(outputs));
    }
    answer(null, response);
  },
  read: ({ request }: Call<messages.ReadRequest>, answer: Answer<messages.ReadResponse>) => {
    const response = new messages.ReadResponse();
    const live = liveState()[nameOf(request.getUrn())];
    // Without an id the engine takes the resource for gone.
    if (live !== null) {
      const now = (was: StructType | undefined): StructType => write({ ...read(was), ...live });
      response.setId(request.getId());
      response.setProperties(now(request.getProperties()));
      response.setInputs(now(request.getInputs()));
    }
    answer(null, response);
  },
  update: ({ request }: Call<messages.UpdateRequest>, answer: Answer<messages.UpdateResponse>) => {
    const response = new messages.UpdateResponse();
    response.setProperties(write({ ...read(request.getOlds()), ...read(request.getNews()) }));
    answer(null, response);
  },
  delete: (_call: Call<object>, answer: Answer<object>) => answer(null, new Empty()),
};

function diff(request: messages.DiffRequest): messages.DiffResponse {
  const response = new messages.DiffResponse();
  const [olds, news] = [read(request.getOldInputs()), read(request.getNews())];
  const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
    (key) => JSON.stringify(olds[key]) !== JSON.stringify(news[key]),
  );
  response.setChanges(
    changed.length > 0
      ? messages.DiffResponse.DiffChanges.DIFF_SOME
      : messages.DiffResponse.DiffChanges.DIFF_NONE,
  );
  response.setDiffsList(changed);
  return response;
}

const server = new grpc.Server({ "grpc.max_receive_message_length": MAX_MESSAGE_BYTES });
server.addService(
  (providerRpc as unknown as { ResourceProviderService: grpc.ServiceDefinition }).ResourceProviderService,
  service as unknown as grpc.UntypedServiceImplementation,
);
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(String(port));
});
