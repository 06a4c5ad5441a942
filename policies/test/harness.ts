/**
 * Runs policies as the engine does: through the SDK's own analyzer functions, on real protocol messages.
 *
 * So a test sees what a deployment sees: the proxy that throws on unknown values, `notApplicable`, the type filter,
 * the advisory that an unknown would cause. Properties are read-only here, since `runtime/register.cjs` shares them
 * between policies: one that writes would decide what the next one sees.
 */
import type { Policies } from "@pulumi/policy";
import * as analyzer from "@pulumi/pulumi/proto/analyzer_pb";
import { createRequire } from "node:module";
import type { TestResource } from "./stack";

/** What stands for a string that is unknown at preview, on the wire. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export interface Verdict {
  readonly policy: string;
  readonly urn: string;
  readonly message: string;
  readonly level: "advisory" | "mandatory" | "other";
}

export interface Outcome {
  readonly violations: readonly Verdict[];
  /** Reasons that a policy gave for not applying, less the SDK's own for other types. */
  readonly notApplicable: readonly { readonly policy: string; readonly reason: string }[];
}

type Callback = (error: Error | null | undefined, response: analyzer.AnalyzeResponse) => void;
type RpcFunction = (call: { readonly request: unknown }, callback: Callback) => void;
type MakeRpcFunction = (pack: string, version: string, level: string, policies: Policies) => RpcFunction;

// The SDK leaves these functions out of its type declarations.
const load = createRequire(__filename);
const { makeAnalyzeRpcFun, makeAnalyzeStackRpcFun } = load("@pulumi/policy/server") as {
  readonly makeAnalyzeRpcFun: MakeRpcFunction;
  readonly makeAnalyzeStackRpcFun: MakeRpcFunction;
};
const deserialize = load("@pulumi/policy/deserialize") as {
  deserializeProperties: (struct: unknown, marksSecrets: boolean) => object;
};
const { deserializeProperties } = deserialize;
deserialize.deserializeProperties = (struct, marksSecrets) =>
  readOnly(deserializeProperties(struct, marksSecrets));

function readOnly<T>(value: T): T {
  // What an asset is, is a promise; through a view of it nobody could wait for it.
  if (typeof value !== "object" || value === null || value instanceof Promise) return value;
  const refuse = (): never => {
    throw new TypeError("a policy writes into a resource's properties");
  };
  return new Proxy(value, {
    get: (target, key): unknown => readOnly(Reflect.get(target, key)),
    set: refuse,
    defineProperty: refuse,
    deleteProperty: refuse,
  });
}

// Messages accept structures of the protobuf copy that they were generated for, and of no other.
const { Struct } = createRequire(load.resolve("@pulumi/pulumi/proto/analyzer_pb"))(
  "google-protobuf/google/protobuf/struct_pb",
) as typeof import("google-protobuf/google/protobuf/struct_pb");

const toStruct = (props: object) => Struct.fromJavaScript(JSON.parse(JSON.stringify(props)));

function providerOf({ provider }: TestResource): analyzer.AnalyzerProviderResource | undefined {
  if (!provider) return undefined;
  const message = new analyzer.AnalyzerProviderResource();
  message.setType(provider.type);
  message.setName(provider.name);
  message.setUrn(provider.urn);
  message.setProperties(toStruct(provider.props));
  return message;
}

function optionsOf({ ignoreChanges, isProtected, aliases }: TestResource): analyzer.AnalyzerResourceOptions {
  const options = new analyzer.AnalyzerResourceOptions();
  options.setIgnorechangesList([...ignoreChanges]);
  options.setProtect(isProtected);
  options.setAliasesList([...aliases]);
  return options;
}

function analyzeRequest(resource: TestResource): analyzer.AnalyzeRequest {
  const request = new analyzer.AnalyzeRequest();
  request.setType(resource.type);
  request.setName(resource.name);
  request.setUrn(resource.urn);
  request.setProperties(toStruct(resource.props));
  request.setOptions(optionsOf(resource));
  const provider = providerOf(resource);
  if (provider) request.setProvider(provider);
  return request;
}

function analyzeStackRequest(resources: readonly TestResource[]): analyzer.AnalyzeStackRequest {
  const request = new analyzer.AnalyzeStackRequest();
  request.setResourcesList(
    resources.map((resource) => {
      const message = new analyzer.AnalyzerResource();
      message.setType(resource.type);
      message.setName(resource.name);
      message.setUrn(resource.urn);
      message.setProperties(toStruct(resource.props));
      message.setOptions(optionsOf(resource));
      const provider = providerOf(resource);
      if (provider) message.setProvider(provider);
      if (resource.parent) message.setParent(resource.parent.urn);
      message.setDependenciesList(resource.allDependencies().map(({ urn }) => urn));
      for (const [property, sources] of Object.entries(resource.takesFrom)) {
        const urns = new analyzer.AnalyzerPropertyDependencies();
        urns.setUrnsList(sources.map(({ urn }) => urn));
        message.getPropertydependenciesMap().set(property, urns);
      }
      return message;
    }),
  );
  return request;
}

const call = (fn: RpcFunction, request: unknown): Promise<analyzer.AnalyzeResponse> =>
  new Promise((resolve, reject) =>
    fn({ request }, (error, response) => {
      if (error) reject(error);
      else resolve(response);
    }),
  );

const levels = new Map<number, Verdict["level"]>([
  [analyzer.EnforcementLevel.ADVISORY, "advisory"],
  [analyzer.EnforcementLevel.MANDATORY, "mandatory"],
]);

/** Judges every resource, then the stack, by all of the policies. A rule that throws rejects. */
export async function analyze(policies: Policies, resources: readonly TestResource[]): Promise<Outcome> {
  const pack = ["test", "0.0.0", "mandatory", policies] as const;
  const onResource = makeAnalyzeRpcFun(...pack);
  const onStack = makeAnalyzeStackRpcFun(...pack);
  const violations: Verdict[] = [];
  const notApplicable: { policy: string; reason: string }[] = [];
  const collect = (response: analyzer.AnalyzeResponse, urn: string): void => {
    for (const diagnostic of response.getDiagnosticsList()) {
      violations.push({
        policy: diagnostic.getPolicyname(),
        urn: diagnostic.getUrn() || urn,
        message: diagnostic.getMessage(),
        level: levels.get(diagnostic.getEnforcementlevel()) ?? "other",
      });
    }
    for (const entry of response.getNotApplicableList()) {
      const reason = entry.getReason();
      if (!reason.startsWith("Policy only applies to"))
        notApplicable.push({ policy: entry.getPolicyName(), reason });
    }
  };
  if (policies.some((policy) => "validateResource" in policy)) {
    for (const resource of resources) collect(await call(onResource, analyzeRequest(resource)), resource.urn);
  }
  if (policies.some((policy) => "validateStack" in policy)) {
    collect(await call(onStack, analyzeStackRequest(resources)), "");
  }
  return { violations, notApplicable };
}
