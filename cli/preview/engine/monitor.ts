/**
 * The part of the engine that the program talks to: takes registrations, names them, finds their providers and
 * answers as a preview of an empty stack does.
 *
 * https://github.com/pulumi/pulumi/blob/master/pkg/resource/deploy/source_eval.go
 */
import type { Server as Door } from "node:net";
import type { Diagnostic, Json } from "../model";
import { PreviewError, messageOf } from "./errors";
import {
  decodeFirstString,
  decodeHookRunsInPreview,
  decodeLog,
  decodeRegisterPackage,
  decodeRegisterResource,
  decodeRegisterResourceOutputs,
  encodeFirstBool,
  encodeFirstString,
  encodeRegisterResourceResponse,
  type AnalyzedProvider,
  type AnalyzedResource,
  type RegisterResourceRequest,
} from "./messages";
import { Outputs } from "./outputs";
import { RpcError, RpcServer, status, type Handler } from "../../../runtime/rpc";
import { SdkTypes } from "./sdkTypes";
import { UNKNOWN, type JsonObject } from "./signatures";
import { createUrn, isProviderType, ROOT_STACK_TYPE, packageOf, providerType, providerUrn } from "./urn";
import {
  decodeStruct,
  encodeStruct,
  forPolicies,
  hasSignature,
  mayHaveInternal,
  normalise,
  normaliseObject,
  structKeys,
} from "./values";

/** What the engine says it can; the SDK changes its messages by it. */
const FEATURES = new Set([
  "secrets",
  "resourceReferences",
  "outputValues",
  "aliasSpecs",
  "replacementTrigger",
  "deletedWith",
  "replaceWith",
  "transforms",
  "invokeTransforms",
  "parameterization",
  "resourceHooks",
  "errorHooks",
  "sendsOptionsToHooks",
]);

const EMPTY = Buffer.alloc(0);
const NONE: readonly string[] = [];

/** A resource as registered, with what the digest and the policies need of it. */
export interface Registration {
  readonly analyzed: AnalyzedResource;
  readonly custom: boolean;
  /** A package's default provider, which the program did not ask for and the engine does not show. */
  readonly internal: boolean;
  /** `<urn>::<id>`, or "". */
  readonly provider: string;
  /** Encoded inputs, or their decoded form where the engine changed them. */
  readonly inputs: Buffer | JsonObject;
  /** Encoded, as policies see them: what the provider echoes and what is known only later. */
  outputs: Buffer;
  readonly protect: boolean | undefined;
  readonly retainOnDelete: boolean | undefined;
  readonly deletedWith: string;
  readonly replaceWith: readonly string[];
  readonly replaceOnChanges: readonly string[];
  readonly replacementTrigger: Buffer | undefined;
  readonly hooks: ReadonlyMap<string, readonly string[]>;
}

export interface MonitorOptions {
  readonly project: string;
  readonly stack: string;
  /** What relative paths of assets are relative to. */
  readonly directory: string;
  readonly nodeModules: readonly string[];
  /** Configuration by `<namespace>:<name>`. */
  readonly config: ReadonlyMap<string, string>;
  /** Resolves when registrations may be answered: the policy packs are known. */
  readonly ready: Promise<unknown>;
  /** Called with every registration; may change its inputs. */
  readonly judge: (resource: AnalyzedResource, inputs: Buffer) => Promise<Buffer> | undefined;
  readonly onRegistered: (count: number) => void;
  /**
   * What a provider would answer once it has made the resource; without it nothing is made and what only a provider
   * can tell stays unknown, as in a preview.
   */
  readonly made?: (urn: string, inputs: JsonObject) => Made;
  /** Called when the program can't go on. */
  readonly onFatal: () => void;
}

/** A resource that a provider has made. */
export interface Made {
  readonly id: string;
  /** Inputs included. */
  readonly outputs: JsonObject;
}

interface PackageRequest {
  readonly name: string;
  readonly version: string;
  readonly downloadUrl: string;
}

class Refusal extends RpcError {
  constructor(message: string, code = status.INVALID_ARGUMENT) {
    super(code, message);
  }
}

export class Monitor {
  readonly registrations = new Map<string, Registration>();
  readonly diagnostics: Diagnostic[] = [];
  /** Outputs of the stack itself, encoded. */
  stackOutputs: Buffer = EMPTY;
  failed = false;

  private readonly server = new RpcServer();
  private readonly componentProviders = new Map<string, ReadonlyMap<string, string>>();
  private readonly defaultProviders = new Map<string, string>();
  private readonly packages = new Map<string, PackageRequest>();
  private readonly outputs: Outputs;
  private rootUrn = "";
  private signalled: (() => void) | undefined;
  private release: (() => void) | undefined;

  /** Resolves when the program has nothing more to register, though it still runs. */
  readonly programDone = new Promise<void>((resolve) => (this.signalled = resolve));
  private readonly released = new Promise<void>((resolve) => (this.release = resolve));

  constructor(private readonly options: MonitorOptions) {
    this.outputs = new Outputs(new SdkTypes(options.nodeModules));
    const look = (): never => {
      throw new Refusal(
        "no look-up at preview: the answer would need an account; put what the program must know into the settings",
        status.UNIMPLEMENTED,
      );
    };
    this.serve("ResourceMonitor", {
      SupportsFeature: (request) => encodeFirstBool(FEATURES.has(decodeFirstString(request))),
      RegisterResource: (request) => this.register(request),
      RegisterResourceOutputs: (request) => this.registerOutputs(request),
      RegisterPackage: (request) => this.registerPackage(request),
      RegisterResourceHook: (request) => this.registerHook(request),
      RegisterErrorHook: () => EMPTY,
      RegisterStackTransform: () => {
        throw new Refusal("transforms are not followed by a preview without the CLI", status.UNIMPLEMENTED);
      },
      RegisterStackInvokeTransform: () => EMPTY,
      SignalAndWaitForShutdown: async () => {
        this.signalled?.();
        await this.released;
        return EMPTY;
      },
      Invoke: look,
      Call: look,
      ReadResource: look,
    });
    this.serve("Engine", {
      Log: (request) => this.log(request),
      GetRootResource: () => encodeFirstString(this.rootUrn),
      SetRootResource: (request) => {
        this.rootUrn = decodeFirstString(request);
        return EMPTY;
      },
      RequirePulumiVersion: () => EMPTY,
    });
  }

  /** Answers whoever connects there. */
  answerAt(door: Door): void {
    this.server.answerAt(door);
  }

  /** Lets the program end. */
  finish(): void {
    this.release?.();
  }

  close(): void {
    this.finish();
    this.server.close();
  }

  private serve(service: string, handlers: Readonly<Record<string, Handler>>): void {
    const refusing = Object.entries(handlers).map(([name, handler]): readonly [string, Handler] => [
      name,
      async (request) => {
        try {
          return await handler(request);
        } catch (error) {
          throw error instanceof RpcError ? error : new Refusal(messageOf(error));
        }
      },
    ]);
    this.server.add(`pulumirpc.${service}`, Object.fromEntries(refusing));
  }

  private log(request: Buffer): Buffer {
    const { severity, message, urn, ephemeral } = decodeLog(request);
    if (ephemeral || severity === "debug") return EMPTY;
    if (severity === "error") this.failed = true;
    this.diagnostics.push({ severity, message, ...(urn ? { urn } : {}) });
    return EMPTY;
  }

  /** The engine stops at such an error; the program is told that the monitor is gone, so that it adds no noise. */
  private fatal(message: string, urn: string): never {
    this.failed = true;
    this.diagnostics.push({ severity: "error", message, urn });
    this.options.onFatal();
    throw new Refusal("resource monitor shut down", status.UNAVAILABLE);
  }

  private registerPackage(bytes: Buffer): Buffer {
    const { name, version, downloadUrl, parameterized } = decodeRegisterPackage(bytes);
    if (parameterized) throw new Refusal(`the package ${name} is parameterized, which needs its provider`);
    const reference = `${name}@${version}#${downloadUrl}`;
    this.packages.set(reference, { name, version, downloadUrl });
    return encodeFirstString(reference);
  }

  private registerHook(bytes: Buffer): Buffer {
    if (decodeHookRunsInPreview(bytes))
      throw new Refusal("hooks with onDryRun are not run by a preview without the CLI");
    return EMPTY;
  }

  private async register(bytes: Buffer): Promise<Buffer> {
    const request = decodeRegisterResource(bytes);
    // The stack has no inputs that a policy could change: its program composes while the packs still start.
    const isStack = request.type === ROOT_STACK_TYPE;
    if (!isStack) await this.options.ready;
    const { directory } = this.options;
    for (const option of request.unsupported) {
      throw new Refusal(
        `the option ${option} of ${request.name} is not followed by a preview without the CLI`,
      );
    }
    if (request.remote || request.importId) {
      throw new Refusal(
        `${request.name} is ${request.remote ? "remote" : "imported"}, and there is no look-up at preview`,
      );
    }
    const parent = request.parent ? this.registrations.get(request.parent) : undefined;
    if (request.parent && !parent) throw new Refusal(`could not find parent resource ${request.parent}`);

    const protect = request.protect ?? parent?.protect;
    const retainOnDelete = request.retainOnDelete ?? parent?.retainOnDelete;
    const deletedWith = request.deletedWith || (parent?.deletedWith ?? "");
    const provider = this.providerOf(request, parent);
    if (!request.custom) this.inheritProviders(request);

    // Only objects with a signature are changed by the engine; all others keep their bytes.
    const fromOutputs = new Map<string, ReadonlySet<string>>();
    let inputs: Buffer | JsonObject = request.object;
    if (isProviderType(request.type) || hasSignature(request.object)) {
      const changed: { [key: string]: Json } = {};
      for (const [key, value] of Object.entries(decodeStruct(request.object))) {
        const on = new Set<string>();
        changed[key] = normalise(value, directory, on);
        fromOutputs.set(key, on);
      }
      inputs = isProviderType(request.type) ? withPlugin(changed, request) : changed;
    }
    const dependencies = [...new Set(request.dependencies)].sort();
    const registration = this.add({
      request,
      internal: false,
      inputs,
      provider,
      protect,
      retainOnDelete,
      deletedWith,
      dependencies,
      propertyDependencies: propertyDependenciesOf(request, fromOutputs, dependencies),
    });
    if (isStack) return this.registerStack(registration, request);
    const shown = await this.judge(registration);
    const { urn, type } = registration.analyzed;
    if (!request.custom) {
      this.componentProviders.set(urn, request.providers);
      return encodeRegisterResourceResponse({ urn, id: "", object: EMPTY });
    }
    if (this.options.made)
      return answerMade(registration, this.options.made(urn, asObject(registration.inputs)));
    const outputs = this.outputs.of(type, registration.inputs, shown);
    registration.outputs = outputs.seen;
    return encodeRegisterResourceResponse({
      urn,
      id: isProviderType(type) ? UNKNOWN : "",
      object: outputs.answer,
    });
  }

  private registerStack(registration: Registration, request: RegisterResourceRequest): Buffer {
    const { urn } = registration.analyzed;
    this.componentProviders.set(urn, request.providers);
    this.options.ready.then(
      () => this.judge(registration),
      // Told by whoever started the packs.
      () => undefined,
    );
    return encodeRegisterResourceResponse({ urn, id: "", object: EMPTY });
  }

  /** The reference that the program gives, that a parent hands down, or that of the package's default provider. */
  private providerOf(request: RegisterResourceRequest, parent: Registration | undefined): string {
    if (!request.custom || isProviderType(request.type)) return "";
    const packageName = packageOf(request.type);
    const inherited =
      parent?.provider && providerUrn(parent.provider).split("::")[2]?.endsWith(providerType(packageName))
        ? parent.provider
        : "";
    const given =
      request.provider ||
      inherited ||
      request.providers.get(packageName) ||
      this.componentProviders.get(request.parent)?.get(packageName) ||
      this.defaultProvider(request, packageName);
    if (!this.registrations.has(providerUrn(given))) throw new Refusal(`unknown provider '${given}'`);
    return given;
  }

  private inheritProviders(request: RegisterResourceRequest): void {
    for (const [name, reference] of this.componentProviders.get(request.parent) ?? []) {
      if (!request.providers.has(name)) request.providers.set(name, reference);
    }
  }

  private defaultProvider(request: RegisterResourceRequest, packageName: string): string {
    const plugin = this.packages.get(request.packageRef) ?? {
      name: packageName,
      version: request.version,
      downloadUrl: request.pluginDownloadUrl,
    };
    const name = `default${plugin.version ? `_${plugin.version.replace(/[.+-]/g, "_")}` : ""}${
      plugin.downloadUrl ? `_${plugin.downloadUrl.replace(/[^\w.]/g, "_")}` : ""
    }`;
    const key = `${packageName} ${name}`;
    const existing = this.defaultProviders.get(key);
    if (existing) return existing;

    const inputs: { [key: string]: string } = {};
    for (const [configKey, value] of this.options.config) {
      if (configKey.startsWith(`${packageName}:`)) inputs[configKey.slice(packageName.length + 1)] = value;
    }
    const provider = decodeRegisterResource(EMPTY);
    provider.type = providerType(packageName);
    provider.name = name;
    provider.custom = true;
    provider.version = plugin.version;
    provider.pluginDownloadUrl = plugin.downloadUrl;
    const registration = this.add({
      request: provider,
      internal: true,
      inputs: withPlugin(inputs, provider),
      provider: "",
      protect: undefined,
      retainOnDelete: undefined,
      deletedWith: "",
      dependencies: [],
      propertyDependencies: new Map(),
    });
    const reference = `${registration.analyzed.urn}::${UNKNOWN}`;
    this.defaultProviders.set(key, reference);
    void this.judge(registration).then((shown) => (registration.outputs = shown));
    return reference;
  }

  private add(goal: {
    readonly request: RegisterResourceRequest;
    readonly internal: boolean;
    readonly inputs: Buffer | JsonObject;
    readonly provider: string;
    readonly protect: boolean | undefined;
    readonly retainOnDelete: boolean | undefined;
    readonly deletedWith: string;
    readonly dependencies: readonly string[];
    readonly propertyDependencies: ReadonlyMap<string, readonly string[]>;
  }): Registration {
    const { request } = goal;
    const urn = createUrn(
      this.options.stack,
      this.options.project,
      request.parent,
      request.type,
      request.name,
    );
    if (this.registrations.has(urn)) {
      this.fatal(`Duplicate resource URN '${urn}'; try giving it a unique name`, urn);
    }
    const explicitReplace = request.deleteBeforeReplaceDefined || request.deleteBeforeReplace;
    const registration: Registration = {
      analyzed: {
        urn,
        type: request.type,
        name: request.name,
        parent: request.parent,
        protect: goal.protect ?? false,
        ignoreChanges: request.ignoreChanges,
        deleteBeforeReplace: explicitReplace ? request.deleteBeforeReplace : undefined,
        additionalSecretOutputs: request.additionalSecretOutputs,
        timeouts: {
          create: seconds(request.customTimeouts.create),
          update: seconds(request.customTimeouts.update),
          delete: seconds(request.customTimeouts.delete),
          read: seconds(request.customTimeouts.read),
        },
        provider: this.analyzedProvider(goal.provider),
        dependencies: goal.dependencies,
        propertyDependencies: goal.propertyDependencies,
      },
      custom: request.custom,
      internal: goal.internal,
      provider: goal.provider,
      inputs: goal.inputs,
      outputs: EMPTY,
      protect: goal.protect,
      retainOnDelete: goal.retainOnDelete,
      deletedWith: goal.deletedWith,
      replaceWith: request.replaceWith,
      replaceOnChanges: request.replaceOnChanges,
      replacementTrigger: request.replacementTrigger,
      hooks: request.hooks,
    };
    this.registrations.set(urn, registration);
    this.options.onRegistered(this.registrations.size);
    return registration;
  }

  private analyzedProvider(reference: string): AnalyzedProvider | undefined {
    const provider = reference ? this.registrations.get(providerUrn(reference)) : undefined;
    if (!provider) return undefined;
    const { urn, type, name } = provider.analyzed;
    return { urn, type, name, properties: forPoliciesEncoded(provider.inputs) };
  }

  /** Shows the resource to the policies. Returns its inputs as they saw them, encoded. */
  private async judge(registration: Registration): Promise<Buffer> {
    const shown = forPoliciesEncoded(registration.inputs);
    const changed = await this.options.judge(registration.analyzed, shown);
    if (!changed || changed === shown) return shown;
    this.registrations.set(
      registration.analyzed.urn,
      Object.assign(registration, { inputs: decodeStruct(changed) }),
    );
    return changed;
  }

  private registerOutputs(bytes: Buffer): Buffer {
    const { urn, outputs } = decodeRegisterResourceOutputs(bytes);
    const registration = this.registrations.get(urn);
    if (!registration) throw new Refusal(`outputs of an unknown resource ${urn}`);
    const normalised = hasSignature(outputs)
      ? normaliseObject(decodeStruct(outputs), this.options.directory, new Set())
      : outputs;
    registration.outputs = forPoliciesEncoded(normalised);
    if (urn === this.rootUrn)
      this.stackOutputs = Buffer.isBuffer(normalised) ? normalised : encodeStruct(normalised);
    return EMPTY;
  }
}

function answerMade(registration: Registration, { id, outputs }: Made): Buffer {
  const object = encodeStruct(outputs);
  registration.outputs = forPoliciesEncoded(object);
  return encodeRegisterResourceResponse({ urn: registration.analyzed.urn, id, object });
}

/** The engine puts the plugin's version beside a provider's own inputs. */
function withPlugin(inputs: JsonObject, request: RegisterResourceRequest): JsonObject {
  const internal: { [key: string]: string | { [key: string]: string } } = {};
  if (request.pluginDownloadUrl) internal["pluginDownloadURL"] = request.pluginDownloadUrl;
  if (request.envVarMappings.size > 0)
    internal["envVarMappings"] = Object.fromEntries(request.envVarMappings);
  const isMarked = request.version !== "" || Object.keys(internal).length > 0;
  return {
    ...inputs,
    ...(request.version ? { version: request.version } : {}),
    ...(isMarked ? { __internal: internal } : {}),
  };
}

const asObject = (inputs: Buffer | JsonObject): JsonObject =>
  Buffer.isBuffer(inputs) ? decodeStruct(inputs) : inputs;

function forPoliciesEncoded(inputs: Buffer | JsonObject): Buffer {
  if (Buffer.isBuffer(inputs) && !mayHaveInternal(inputs)) return inputs;
  return encodeStruct(forPolicies(asObject(inputs)));
}

/** By input; when the program gave none, each input depends on all that the resource depends on. */
function propertyDependenciesOf(
  request: RegisterResourceRequest,
  fromOutputs: ReadonlyMap<string, ReadonlySet<string>>,
  dependencies: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const { propertyDependencies } = request;
  const result = new Map<string, readonly string[]>();
  for (const key of new Set([...structKeys(request.object), ...propertyDependencies.keys()])) {
    const given = propertyDependencies.size === 0 ? dependencies : (propertyDependencies.get(key) ?? []);
    const own = new Set([...given, ...(fromOutputs.get(key) ?? [])]);
    result.set(key, own.size === 0 ? NONE : [...own].sort());
  }
  return result;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
};

/** Seconds of a duration as Go writes it, e.g. `1h30m`. */
export function seconds(duration: string): number {
  if (duration === "" || duration === "0") return 0;
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.map(([part]) => part).join("") !== duration) {
    throw new PreviewError({
      what: "a custom timeout",
      got: duration,
      allowed: "a duration such as 5m or 1h30m",
      fix: "correct it",
    });
  }
  return parts.reduce(
    (total, [, amount, unit = "s"]) => total + Number(amount) * (UNIT_SECONDS[unit] ?? 0),
    0,
  );
}
