/**
 * The messages of the engine's protocol that a preview needs, with the fields it needs.
 *
 * https://github.com/pulumi/pulumi/tree/master/proto/pulumi (`resource.proto`, `engine.proto`, `analyzer.proto`)
 */
import type { EnforcementLevel } from "../model";
import { Reader, Writer } from "../../../runtime/protobuf";

export interface CustomTimeouts {
  readonly create: string;
  readonly update: string;
  readonly delete: string;
  readonly read: string;
}

export interface RegisterResourceRequest {
  type: string;
  name: string;
  /** URN, or "". */
  parent: string;
  custom: boolean;
  /** An encoded `google.protobuf.Struct`. */
  object: Buffer;
  protect: boolean | undefined;
  dependencies: string[];
  /** `<urn>::<id>`, or "". */
  provider: string;
  propertyDependencies: Map<string, string[]>;
  deleteBeforeReplace: boolean;
  deleteBeforeReplaceDefined: boolean;
  version: string;
  ignoreChanges: string[];
  additionalSecretOutputs: string[];
  importId: string;
  customTimeouts: CustomTimeouts;
  remote: boolean;
  providers: Map<string, string>;
  replaceOnChanges: string[];
  pluginDownloadUrl: string;
  retainOnDelete: boolean | undefined;
  deletedWith: string;
  replaceWith: string[];
  /** An encoded `google.protobuf.Value`. */
  replacementTrigger: Buffer | undefined;
  packageRef: string;
  /** Names of hooks by the state's name of their moment, e.g. `BeforeCreate`. */
  hooks: Map<string, string[]>;
  envVarMappings: Map<string, string>;
  /** Names of options that were used and that a preview can't follow. */
  unsupported: string[];
}

const HOOKS = [
  "",
  "BeforeCreate",
  "AfterCreate",
  "BeforeUpdate",
  "AfterUpdate",
  "BeforeDelete",
  "AfterDelete",
  "OnError",
];

function mapEntry<T>(entry: Reader, into: Map<string, T>, empty: T, read: (reader: Reader) => T): void {
  let key = "";
  let value = empty;
  while (entry.next()) {
    if (entry.field === 1) key = entry.string();
    else if (entry.field === 2) value = read(entry);
    else entry.skip();
  }
  into.set(key, value);
}

const urns = (reader: Reader): string[] => {
  const result: string[] = [];
  while (reader.next()) {
    if (reader.field === 1) result.push(reader.string());
    else reader.skip();
  }
  return result;
};

export function decodeRegisterResource(bytes: Buffer): RegisterResourceRequest {
  const request: RegisterResourceRequest = {
    type: "",
    name: "",
    parent: "",
    custom: false,
    object: Buffer.alloc(0),
    protect: undefined,
    dependencies: [],
    provider: "",
    propertyDependencies: new Map(),
    deleteBeforeReplace: false,
    deleteBeforeReplaceDefined: false,
    version: "",
    ignoreChanges: [],
    additionalSecretOutputs: [],
    importId: "",
    customTimeouts: { create: "", update: "", delete: "", read: "" },
    remote: false,
    providers: new Map(),
    replaceOnChanges: [],
    pluginDownloadUrl: "",
    retainOnDelete: undefined,
    deletedWith: "",
    replaceWith: [],
    replacementTrigger: undefined,
    packageRef: "",
    hooks: new Map(),
    envVarMappings: new Map(),
    unsupported: [],
  };
  const unsupported = (reader: Reader, option: string): void => {
    reader.skip();
    if (!request.unsupported.includes(option)) request.unsupported.push(option);
  };
  const reader = new Reader(bytes);
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        request.type = reader.string();
        break;
      case 2:
        request.name = reader.string();
        break;
      case 3:
        request.parent = reader.string();
        break;
      case 4:
        request.custom = reader.bool();
        break;
      case 5:
        request.object = reader.bytes();
        break;
      case 6:
        request.protect = reader.bool();
        break;
      case 7:
        request.dependencies.push(reader.string());
        break;
      case 8:
        request.provider = reader.string();
        break;
      case 9:
        mapEntry(reader.message(), request.propertyDependencies, [], (entry) => urns(entry.message()));
        break;
      case 10:
        request.deleteBeforeReplace = reader.bool();
        break;
      case 11:
        request.version = reader.string();
        break;
      case 12:
        request.ignoreChanges.push(reader.string());
        break;
      case 14:
        request.additionalSecretOutputs.push(reader.string());
        break;
      case 16:
        request.importId = reader.string();
        break;
      case 17:
        request.customTimeouts = decodeCustomTimeouts(reader.message());
        break;
      case 18:
        request.deleteBeforeReplaceDefined = reader.bool();
        break;
      case 20:
        request.remote = reader.bool();
        break;
      case 22:
        mapEntry(reader.message(), request.providers, "", (entry) => entry.string());
        break;
      case 23:
        request.replaceOnChanges.push(reader.string());
        break;
      case 24:
        request.pluginDownloadUrl = reader.string();
        break;
      case 25:
        request.retainOnDelete = reader.bool();
        break;
      case 27:
        request.deletedWith = reader.string();
        break;
      case 30:
        unsupported(reader, "pluginChecksums");
        break;
      case 31:
        unsupported(reader, "transforms");
        break;
      case 33:
        request.packageRef = reader.string();
        break;
      case 34: {
        const hooks = reader.message();
        while (hooks.next()) {
          const moment = HOOKS[hooks.field];
          if (!moment) {
            hooks.skip();
            continue;
          }
          const names = request.hooks.get(moment) ?? [];
          names.push(hooks.string());
          request.hooks.set(moment, names);
        }
        break;
      }
      case 37:
        unsupported(reader, "hideDiffs");
        break;
      case 38:
        request.replaceWith.push(reader.string());
        break;
      case 39:
        request.replacementTrigger = reader.bytes();
        break;
      case 41:
        mapEntry(reader.message(), request.envVarMappings, "", (entry) => entry.string());
        break;
      case 43:
        unsupported(reader, "stateMigrations");
        break;
      // Aliases (15, 26) only matter where there is an older state; source positions (29, 35) are machine paths.
      default:
        reader.skip();
    }
  }
  return request;
}

function decodeCustomTimeouts(reader: Reader): CustomTimeouts {
  const timeouts = { create: "", update: "", delete: "", read: "" };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        timeouts.create = reader.string();
        break;
      case 2:
        timeouts.update = reader.string();
        break;
      case 3:
        timeouts.delete = reader.string();
        break;
      case 4:
        timeouts.read = reader.string();
        break;
      default:
        reader.skip();
    }
  }
  return timeouts;
}

export function encodeRegisterResourceResponse(response: {
  urn: string;
  id: string;
  object: Buffer;
}): Buffer {
  return new Writer().string(1, response.urn).string(2, response.id).bytes(3, response.object).finish();
}

/** A message of one string and one Struct: `RegisterResourceOutputsRequest`. */
export function decodeRegisterResourceOutputs(bytes: Buffer): { urn: string; outputs: Buffer } {
  const request: { urn: string; outputs: Buffer } = { urn: "", outputs: Buffer.alloc(0) };
  const reader = new Reader(bytes);
  while (reader.next()) {
    if (reader.field === 1) request.urn = reader.string();
    else if (reader.field === 2) request.outputs = reader.bytes();
    else reader.skip();
  }
  return request;
}

/** The string in the first field: a feature's id, a function's token, a resource's id or URN. */
export function decodeFirstString(bytes: Buffer): string {
  const reader = new Reader(bytes);
  let value = "";
  while (reader.next()) {
    if (reader.field === 1) value = reader.string();
    else reader.skip();
  }
  return value;
}

export const encodeFirstString = (value: string): Buffer => new Writer().string(1, value).finish();
export const encodeFirstBool = (value: boolean): Buffer => new Writer().bool(1, value).finish();

export interface RegisterPackageRequest {
  readonly name: string;
  readonly version: string;
  readonly downloadUrl: string;
  readonly parameterized: boolean;
}

export function decodeRegisterPackage(bytes: Buffer): RegisterPackageRequest {
  const request = { name: "", version: "", downloadUrl: "", parameterized: false };
  const reader = new Reader(bytes);
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        request.name = reader.string();
        break;
      case 2:
        request.version = reader.string();
        break;
      case 3:
        request.downloadUrl = reader.string();
        break;
      case 5:
      case 6:
        request.parameterized = true;
        reader.skip();
        break;
      default:
        reader.skip();
    }
  }
  return request;
}

/** `true` when the hook wants to run in previews too. */
export function decodeHookRunsInPreview(bytes: Buffer): boolean {
  const reader = new Reader(bytes);
  let onDryRun = false;
  while (reader.next()) {
    if (reader.field === 3) onDryRun = reader.bool();
    else reader.skip();
  }
  return onDryRun;
}

export interface LogRequest {
  readonly severity: "debug" | "info" | "warning" | "error";
  readonly message: string;
  readonly urn: string;
  readonly ephemeral: boolean;
}

const LOG_SEVERITIES = ["debug", "info", "warning", "error"] as const;

export function decodeLog(bytes: Buffer): LogRequest {
  const request = { severity: 0, message: "", urn: "", ephemeral: false };
  const reader = new Reader(bytes);
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        request.severity = reader.varint();
        break;
      case 2:
        request.message = reader.string();
        break;
      case 3:
        request.urn = reader.string();
        break;
      case 5:
        request.ephemeral = reader.bool();
        break;
      default:
        reader.skip();
    }
  }
  return { ...request, severity: LOG_SEVERITIES[request.severity] ?? "error" };
}

// --- Analyzer ----------------------------------------------------------------------------------------------

export interface StackIdentity {
  readonly stack: string;
  readonly project: string;
  readonly organization: string;
  readonly config: ReadonlyMap<string, string>;
}

export function encodeConfigureStack(identity: StackIdentity): Buffer {
  return new Writer()
    .string(1, identity.stack)
    .string(2, identity.project)
    .string(3, identity.organization)
    .bool(4, true)
    .map(7, identity.config, (writer, value) => writer.string(2, value))
    .finish();
}

export function encodeHandshake(engineAddress: string, directory: string): Buffer {
  return new Writer().string(1, engineAddress).text(2, directory).text(3, directory).finish();
}

/** What a policy sees of a provider. */
export interface AnalyzedProvider {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** An encoded Struct. */
  readonly properties: Buffer;
}

/** What a policy sees of a resource. */
export interface AnalyzedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent: string;
  readonly protect: boolean;
  readonly ignoreChanges: readonly string[];
  readonly deleteBeforeReplace: boolean | undefined;
  readonly additionalSecretOutputs: readonly string[];
  /** URNs. */
  readonly aliases?: readonly string[];
  /** Seconds. */
  readonly timeouts: {
    readonly create: number;
    readonly update: number;
    readonly delete: number;
    readonly read: number;
  };
  readonly provider: AnalyzedProvider | undefined;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: ReadonlyMap<string, readonly string[]>;
}

/** Fields 1 to 6, which `AnalyzeRequest` and `AnalyzerResource` have in common. */
function writeAnalyzed(writer: Writer, resource: AnalyzedResource, properties: Buffer): Writer {
  const { provider, timeouts } = resource;
  writer.string(1, resource.type).bytes(2, properties).string(3, resource.urn).string(4, resource.name);
  writer.message(5, (options) => {
    options
      .bool(1, resource.protect)
      .strings(2, resource.ignoreChanges)
      .bool(3, resource.deleteBeforeReplace)
      .bool(4, resource.deleteBeforeReplace !== undefined)
      .strings(5, resource.additionalSecretOutputs)
      .strings(6, resource.aliases ?? [])
      .message(7, (seconds) => {
        seconds
          .double(1, timeouts.create)
          .double(2, timeouts.update)
          .double(3, timeouts.delete)
          .double(4, timeouts.read);
      })
      .string(8, resource.parent);
  });
  if (provider) {
    writer.message(6, (inner) => {
      inner
        .string(1, provider.type)
        .bytes(2, provider.properties)
        .string(3, provider.urn)
        .string(4, provider.name);
    });
  }
  return writer;
}

export function encodeAnalyze(resource: AnalyzedResource, inputs: Buffer): Buffer {
  return writeAnalyzed(new Writer(), resource, inputs).finish();
}

export function encodeAnalyzeStack(
  resources: Iterable<{ readonly analyzed: AnalyzedResource; readonly outputs: Buffer }>,
): Buffer {
  const request = new Writer();
  for (const { analyzed, outputs } of resources) {
    request.message(1, (writer) => {
      writeAnalyzed(writer, analyzed, outputs).string(7, analyzed.parent).strings(8, analyzed.dependencies);
      const dependent = [...analyzed.propertyDependencies].filter(([, on]) => on.length > 0);
      writer.map(9, dependent, (entry, on) => entry.message(2, (list) => list.strings(1, on)));
    });
  }
  return request.finish();
}

const LEVELS = ["advisory", "mandatory", "disabled", "remediate"] as const;
const SEVERITIES = ["unspecified", "low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

export const encodeLevel = (level: EnforcementLevel): number => LEVELS.indexOf(level);

export interface AnalyzerDiagnostic {
  readonly policy: string;
  readonly pack: string;
  readonly message: string;
  readonly enforcementLevel: EnforcementLevel;
  readonly urn: string;
  readonly severity: Severity;
}

export interface AnalyzeResponse {
  readonly diagnostics: readonly AnalyzerDiagnostic[];
  readonly notApplicable: readonly { readonly policy: string; readonly reason: string }[];
}

export function decodeAnalyzeResponse(bytes: Buffer): AnalyzeResponse {
  const diagnostics: AnalyzerDiagnostic[] = [];
  const notApplicable: { policy: string; reason: string }[] = [];
  const reader = new Reader(bytes);
  while (reader.next()) {
    if (reader.field === 2) diagnostics.push(decodeDiagnostic(reader.message()));
    else if (reader.field === 3) notApplicable.push(decodeNotApplicable(reader.message()));
    else reader.skip();
  }
  return { diagnostics, notApplicable };
}

function decodeDiagnostic(reader: Reader): AnalyzerDiagnostic {
  const fields = { policy: "", pack: "", message: "", level: 0, urn: "", severity: 0 };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        fields.policy = reader.string();
        break;
      case 2:
        fields.pack = reader.string();
        break;
      case 5:
        fields.message = reader.string();
        break;
      case 7:
        fields.level = reader.varint();
        break;
      case 8:
        fields.urn = reader.string();
        break;
      case 9:
        fields.severity = reader.varint();
        break;
      default:
        reader.skip();
    }
  }
  const { level, severity, ...rest } = fields;
  return {
    ...rest,
    enforcementLevel: LEVELS[level] ?? "mandatory",
    severity: SEVERITIES[severity] ?? "unspecified",
  };
}

function decodeNotApplicable(reader: Reader): { policy: string; reason: string } {
  const fields = { policy: "", reason: "" };
  while (reader.next()) {
    if (reader.field === 1) fields.policy = reader.string();
    else if (reader.field === 2) fields.reason = reader.string();
    else reader.skip();
  }
  return fields;
}

export interface Remediation {
  readonly policy: string;
  /** The transformed properties, an encoded Struct; undefined when there is a diagnostic instead. */
  readonly properties: Buffer | undefined;
  readonly diagnostic: string;
}

export function decodeRemediateResponse(bytes: Buffer): readonly Remediation[] {
  const remediations: Remediation[] = [];
  const reader = new Reader(bytes);
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const fields: { policy: string; properties: Buffer | undefined; diagnostic: string } = {
      policy: "",
      properties: undefined,
      diagnostic: "",
    };
    const inner = reader.message();
    while (inner.next()) {
      if (inner.field === 1) fields.policy = inner.string();
      else if (inner.field === 5) fields.properties = inner.bytes();
      else if (inner.field === 6) fields.diagnostic = inner.string();
      else inner.skip();
    }
    remediations.push(fields);
  }
  return remediations;
}

export interface AnalyzerPolicy {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly enforcementLevel: EnforcementLevel;
  readonly severity: Severity;
  readonly frameworkReference: string;
  readonly remediationSteps: string;
  readonly url: string;
  readonly tags: readonly string[];
  /** JSON schemas of the policy's configuration, an encoded Struct. */
  readonly configProperties: Buffer | undefined;
}

export interface PolicyConfig {
  readonly enforcementLevel: EnforcementLevel;
  /** An encoded Struct. */
  readonly properties: Buffer;
}

export interface AnalyzerInfo {
  readonly name: string;
  readonly version: string;
  readonly policies: readonly AnalyzerPolicy[];
  readonly initialConfig: ReadonlyMap<string, PolicyConfig>;
}

export function decodeAnalyzerInfo(bytes: Buffer): AnalyzerInfo {
  const info = { name: "", version: "" };
  const policies: AnalyzerPolicy[] = [];
  const initialConfig = new Map<string, PolicyConfig>();
  const none: PolicyConfig = { enforcementLevel: "advisory", properties: Buffer.alloc(0) };
  const reader = new Reader(bytes);
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        info.name = reader.string();
        break;
      case 3:
        policies.push(decodePolicy(reader.message()));
        break;
      case 4:
        info.version = reader.string();
        break;
      case 6:
        mapEntry(reader.message(), initialConfig, none, (entry) => decodePolicyConfig(entry.message()));
        break;
      default:
        reader.skip();
    }
  }
  return { ...info, policies, initialConfig };
}

function decodePolicyConfig(reader: Reader): PolicyConfig {
  let level = 0;
  let properties: Buffer = Buffer.alloc(0);
  while (reader.next()) {
    if (reader.field === 1) level = reader.varint();
    else if (reader.field === 2) properties = reader.bytes();
    else reader.skip();
  }
  return { enforcementLevel: LEVELS[level] ?? "mandatory", properties };
}

function decodePolicy(reader: Reader): AnalyzerPolicy {
  const policy = {
    name: "",
    displayName: "",
    description: "",
    frameworkReference: "",
    remediationSteps: "",
    url: "",
  };
  let level = 0;
  let severity = 0;
  let configProperties: Buffer | undefined;
  const tags: string[] = [];
  const inField = (field: number): Buffer | undefined => {
    const inner = reader.message();
    let value: Buffer | undefined;
    while (inner.next()) {
      if (inner.field === field) value = inner.bytes();
      else inner.skip();
    }
    return value;
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        policy.name = reader.string();
        break;
      case 2:
        policy.displayName = reader.string();
        break;
      case 3:
        policy.description = reader.string();
        break;
      case 5:
        level = reader.varint();
        break;
      case 6:
        configProperties = inField(1);
        break;
      case 8:
        severity = reader.varint();
        break;
      case 9:
        policy.frameworkReference = inField(3)?.toString("utf8") ?? "";
        break;
      case 10:
        tags.push(reader.string());
        break;
      case 11:
        policy.remediationSteps = reader.string();
        break;
      case 12:
        policy.url = reader.string();
        break;
      default:
        reader.skip();
    }
  }
  return {
    ...policy,
    enforcementLevel: LEVELS[level] ?? "mandatory",
    severity: SEVERITIES[severity] ?? "unspecified",
    tags,
    configProperties,
  };
}

export function encodeConfigure(config: ReadonlyMap<string, PolicyConfig>): Buffer {
  return new Writer()
    .map(1, config, (writer, value) => {
      writer.message(2, (inner) => {
        const level = encodeLevel(value.enforcementLevel);
        if (level) inner.varint(1, level);
        inner.bytes(2, value.properties);
      });
    })
    .finish();
}
