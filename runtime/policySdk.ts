/**
 * Lightens the SDK of a policy pack, `@pulumi/policy`. What the policies are shown and what they answer stays the same.
 *
 * The SDK reads each message of the engine into objects of generated classes, for each resource some hundred of them,
 * and builds what a policy gets of a resource anew for each policy. Here a message is read as it is asked for,
 * and what a policy gets is built once and shown to all of them: nothing is written through it (`readOnly` in the
 * pack's test harness refuses it).
 */
import type { Policies, ReportViolation, StackValidationArgs } from "@pulumi/policy";
import { Reader } from "./protobuf";
import { readValue } from "./structValues";

// --- google.protobuf.Struct --------------------------------------------------------------------------------

type Value = null | number | string | boolean | readonly Value[] | { readonly [key: string]: Value };

/** In the order of the keys, which is how the generated classes have it. */
function readStruct(reader: Reader): { readonly [key: string]: Value } {
  const keys: string[] = [];
  const values = new Map<string, Value>();
  let sorted = true;
  while (reader.next()) {
    if (reader.field !== 1) {
      reader.skip();
      continue;
    }
    const entry = reader.message();
    let key = "";
    let value: Value = null;
    while (entry.next()) {
      if (entry.field === 1) key = entry.string();
      else if (entry.field === 2) value = readValue(entry.message(), readStruct);
      else entry.skip();
    }
    const last = keys.at(-1);
    if (last !== undefined && last >= key) sorted = false;
    keys.push(key);
    values.set(key, value);
  }
  const result: { [key: string]: Value } = {};
  for (const key of sorted ? keys : [...values.keys()].sort()) result[key] = values.get(key) ?? null;
  return result;
}

class Struct {
  constructor(private readonly bytes: Buffer) {}

  toJavaScript(): { readonly [key: string]: Value } {
    return readStruct(new Reader(this.bytes));
  }
}

// --- What the SDK uses of the generated classes of analyzer.proto ---------------------------------------------
// https://github.com/pulumi/pulumi/blob/master/proto/pulumi/analyzer.proto

/** `AnalyzerResourceOptions.CustomTimeouts` */
class Timeouts {
  /** By the number of their field. */
  private readonly seconds = [0, 0, 0, 0, 0];

  constructor(reader: Reader) {
    while (reader.next()) {
      if (reader.field < this.seconds.length) this.seconds[reader.field] = reader.double();
      else reader.skip();
    }
  }

  getCreate(): number {
    return this.seconds[1] ?? 0;
  }
  getUpdate(): number {
    return this.seconds[2] ?? 0;
  }
  getDelete(): number {
    return this.seconds[3] ?? 0;
  }
}

/** `AnalyzerResourceOptions` */
class Options {
  private protect = false;
  private readonly ignoreChanges: string[] = [];
  private deleteBeforeReplace = false;
  private deleteBeforeReplaceDefined = false;
  private readonly additionalSecretOutputs: string[] = [];
  private readonly aliases: string[] = [];
  private timeouts: Timeouts | undefined;
  private parent = "";

  constructor(reader: Reader) {
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          this.protect = reader.bool();
          break;
        case 2:
          this.ignoreChanges.push(reader.string());
          break;
        case 3:
          this.deleteBeforeReplace = reader.bool();
          break;
        case 4:
          this.deleteBeforeReplaceDefined = reader.bool();
          break;
        case 5:
          this.additionalSecretOutputs.push(reader.string());
          break;
        case 6:
          this.aliases.push(reader.string());
          break;
        case 7:
          this.timeouts = new Timeouts(reader.message());
          break;
        case 8:
          this.parent = reader.string();
          break;
        default:
          reader.skip();
      }
    }
  }

  getProtect(): boolean {
    return this.protect;
  }
  getIgnorechangesList(): string[] {
    return this.ignoreChanges;
  }
  getDeletebeforereplace(): boolean {
    return this.deleteBeforeReplace;
  }
  getDeletebeforereplacedefined(): boolean {
    return this.deleteBeforeReplaceDefined;
  }
  getAdditionalsecretoutputsList(): string[] {
    return this.additionalSecretOutputs;
  }
  getAliasesList(): string[] {
    return this.aliases;
  }
  getCustomtimeouts(): Timeouts | undefined {
    return this.timeouts;
  }
  getParent(): string {
    return this.parent;
  }
}

/** `AnalyzeRequest`, `AnalyzerResource` and `AnalyzerProviderResource`, whose fields have the same numbers. */
class Resource {
  private type = "";
  private properties: Struct | undefined;
  private urn = "";
  private name = "";
  private optionBytes: Buffer | undefined;
  private options: Options | undefined;
  private provider: Resource | undefined;
  private parent = "";
  private readonly dependencies: string[] = [];
  private readonly propertyDependencies: Buffer[] = [];

  /** @param providers those that were read before, by their bytes: few stand behind many resources */
  constructor(bytes: Buffer, providers: Map<string, Resource>) {
    const reader = new Reader(bytes);
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          this.type = reader.string();
          break;
        case 2:
          this.properties = new Struct(reader.bytes());
          break;
        case 3:
          this.urn = reader.string();
          break;
        case 4:
          this.name = reader.string();
          break;
        case 5:
          this.optionBytes = reader.bytes();
          break;
        case 6:
          this.provider = providerOf(reader.bytes(), providers);
          break;
        case 7:
          this.parent = reader.string();
          break;
        case 8:
          this.dependencies.push(reader.string());
          break;
        case 9:
          this.propertyDependencies.push(reader.bytes());
          break;
        default:
          reader.skip();
      }
    }
  }

  getType(): string {
    return this.type;
  }
  getProperties(): Struct | undefined {
    return this.properties;
  }
  getUrn(): string {
    return this.urn;
  }
  getName(): string {
    return this.name;
  }
  getOptions(): Options | undefined {
    if (this.optionBytes) this.options ??= new Options(new Reader(this.optionBytes));
    return this.options;
  }
  getProvider(): Resource | undefined {
    return this.provider;
  }
  getParent(): string {
    return this.parent;
  }
  getDependenciesList(): string[] {
    return this.dependencies;
  }
  /** In the order of the keys, which is how the generated classes have it. */
  getPropertydependenciesMap(): ReadonlyMap<string, { getUrnsList(): string[] }> {
    const entries = this.propertyDependencies.map(readUrns).sort(([one], [other]) => (one < other ? -1 : 1));
    return new Map(entries.map(([key, urns]) => [key, { getUrnsList: () => urns }]));
  }
}

/** Of which type of resource the SDK has asked last, before it goes through the policies. */
let askedType: string | undefined;

/** `AnalyzeRequest` */
class ResourceRequest extends Resource {
  override getType(): string {
    return (askedType = super.getType());
  }
  /** It is asked before the policies are gone through where resources are remediated, which leaves none of them out. */
  override getOptions(): Options | undefined {
    askedType = undefined;
    return super.getOptions();
  }
}

function providerOf(bytes: Buffer, providers: Map<string, Resource>): Resource {
  const key = bytes.toString("latin1");
  let provider = providers.get(key);
  if (!provider) providers.set(key, (provider = new Resource(bytes, providers)));
  return provider;
}

/** An entry of a map from a property's name to `AnalyzerPropertyDependencies`. */
function readUrns(bytes: Buffer): readonly [string, string[]] {
  const urns: string[] = [];
  let key = "";
  const entry = new Reader(bytes);
  while (entry.next()) {
    if (entry.field === 1) key = entry.string();
    else if (entry.field === 2) {
      const list = entry.message();
      while (list.next()) {
        if (list.field === 1) urns.push(list.string());
        else list.skip();
      }
    } else entry.skip();
  }
  return [key, urns];
}

/** What all stack policies are shown of one call, built by the SDK for the first of them. */
let shown: ResourceList | undefined;

/**
 * The SDK builds what a stack policy gets from the list of resources and calls the policy, all at one go. When
 * a policy has seen the list, the next one finds it empty, so that nothing is built, and gets what was built before.
 */
class ResourceList {
  related: StackValidationArgs["resources"] | undefined;

  constructor(private readonly resources: readonly Resource[]) {}

  some(matches: (resource: Resource) => boolean): boolean {
    return this.resources.some(matches);
  }
  [Symbol.iterator](): Iterator<Resource> {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the only link from the list to what is made of it
    shown = this;
    return (this.related ? [] : this.resources)[Symbol.iterator]();
  }
}

/** `AnalyzeStackRequest` */
class StackRequest {
  private readonly list: ResourceList;

  constructor(bytes: Buffer, providers: Map<string, Resource>) {
    const resources: Resource[] = [];
    const reader = new Reader(bytes);
    while (reader.next()) {
      if (reader.field === 1) resources.push(new Resource(reader.bytes(), providers));
      else reader.skip();
    }
    this.list = new ResourceList(resources);
  }

  getResourcesList(): ResourceList {
    return this.list;
  }
}

/** Whether a policy is left out, of each whose level the engine has set. */
let configured: ReadonlyMap<string, boolean> = new Map();

interface PolicyConfigs {
  getPolicyconfigMap(): { entries(): Iterable<readonly [string, { getEnforcementlevel(): number }]> };
}

interface AnalyzerMessages {
  ConfigureAnalyzerRequest: { deserializeBinary(bytes: Uint8Array): PolicyConfigs };
  EnforcementLevel: { readonly DISABLED: number };
  AnalyzeRequest: { deserializeBinary(bytes: Uint8Array): unknown };
  AnalyzeStackRequest: { deserializeBinary(bytes: Uint8Array): unknown };
}

/** Of `@pulumi/pulumi/proto/analyzer_pb`. */
export function readAsAskedFor(messages: AnalyzerMessages): void {
  const { AnalyzeRequest, AnalyzeStackRequest, ConfigureAnalyzerRequest, EnforcementLevel } = messages;
  const { deserializeBinary } = ConfigureAnalyzerRequest;
  ConfigureAnalyzerRequest.deserializeBinary = (bytes) => {
    const request = deserializeBinary(bytes);
    configured = new Map(
      [...request.getPolicyconfigMap().entries()].map(([policy, config]) => [
        policy,
        config.getEnforcementlevel() === EnforcementLevel.DISABLED,
      ]),
    );
    return request;
  };
  const providers = new Map<string, Resource>();
  const buffer = ({ buffer: whole, byteOffset, byteLength }: Uint8Array): Buffer =>
    Buffer.from(whole as ArrayBuffer, byteOffset, byteLength);
  AnalyzeRequest.deserializeBinary = (bytes) => new ResourceRequest(buffer(bytes), providers);
  AnalyzeStackRequest.deserializeBinary = (bytes) => new StackRequest(buffer(bytes), providers);
}

/** Of answers to resources of one type; one that gives a reason of its own for each resource would fill the memory. */
const MAX_KEPT_ANSWERS = 100;

/** `PolicyNotApplicable`: the SDK makes some of them for each resource. */
class NotApplicable {
  constructor(
    public policy = "",
    public reason = "",
  ) {}

  setPolicyName(policy: string): void {
    this.policy = policy;
  }
  setReason(reason: string): void {
    this.reason = reason;
  }
}

interface Applicable {
  readonly policies: readonly Policies[number][];
  /** What the SDK says of the others. */
  readonly others: readonly NotApplicable[];
}

/** What was not shown to the SDK of the resource that it answers about next, in the order of the policies. */
let others: readonly NotApplicable[] = [];
/** Where a policy stands in the pack. */
const placeOf = new Map<string, number>();

/**
 * The SDK goes through all policies for each resource, and most are about another type. It is shown those that may say something;
 * what it says of the others follows from the type alone.
 */
class PolicyList {
  private readonly all: Applicable;
  private readonly byType = new Map<string, Applicable>();
  private foundFor = configured;

  /** @param level of the policies that have none of their own */
  constructor(
    policies: Policies,
    private readonly level: string,
  ) {
    this.all = { policies, others: [] };
    policies.forEach(({ name }, place) => placeOf.set(name, place));
  }

  *[Symbol.iterator](): Generator<Policies[number]> {
    const type = askedType;
    askedType = undefined;
    const applicable = type === undefined ? this.all : this.applicableTo(type);
    yield* applicable.policies;
    // After the last one the SDK writes its answer, at one go.
    others = applicable.others;
  }

  private applicableTo(type: string): Applicable {
    if (this.foundFor !== configured) {
      this.foundFor = configured;
      this.byType.clear();
    }
    let known = this.byType.get(type);
    if (!known) this.byType.set(type, (known = this.find(type)));
    return known;
  }

  private find(type: string): Applicable {
    const policies: Policies = [];
    const about: NotApplicable[] = [];
    for (const policy of this.all.policies) {
      if ("validateStack" in policy) continue;
      const only = markOf(policy.validateResource);
      // Of one that is left out the SDK says nothing.
      if (only === undefined || only === type || this.isDisabled(policy)) policies.push(policy);
      else about.push(new NotApplicable(policy.name, `Policy only applies to resources of type '${only}'`));
    }
    return { policies, others: about };
  }

  private isDisabled({ name, enforcementLevel }: Policies[number]): boolean {
    return configured.get(name) ?? (enforcementLevel ?? this.level) === "disabled";
  }
}

/** The SDK marks a function that is about one type. */
const markOf = (validate: unknown): string | undefined =>
  (validate as { readonly __pulumiType?: string } | undefined)?.__pulumiType;

interface PolicyServer {
  serve(
    name: string,
    version: string,
    level: string,
    pack: { policies?: Policies | PolicyList },
    config: unknown,
  ): void;
}

interface Proxies {
  unknownCheckingProxy(properties: object): object;
}

/** Of `@pulumi/policy/proxy`. A view of the same properties is the same view, so that rules can tell what they have read. */
export function viewOnce(proxies: Proxies): void {
  const { unknownCheckingProxy } = proxies;
  const known = new WeakMap<object, object>();
  proxies.unknownCheckingProxy = (properties) => {
    let view = known.get(properties);
    if (!view) known.set(properties, (view = unknownCheckingProxy(properties)));
    return view;
  };
}

/** Of `@pulumi/policy/server`. */
export function relateOnce(server: PolicyServer): void {
  const { serve } = server;
  server.serve = (name, version, level, pack, config) => {
    const policies = new PolicyList([...(pack.policies ?? [])].map(shared), level);
    serve(name, version, level, { ...pack, policies }, config);
  };
}

function shared(policy: Policies[number]): Policies[number] {
  if (!("validateStack" in policy)) return policy;
  const validate = (args: StackValidationArgs, report: ReportViolation): Promise<void> | void => {
    const list = shown;
    if (!list) return policy.validateStack(args, report);
    // One that sorts it in place would decide what the next one sees.
    list.related ??= Object.freeze(args.resources) as StackValidationArgs["resources"];
    return policy.validateStack({ ...args, resources: list.related }, report);
  };
  // The SDK marks a function that is about one type.
  return { ...policy, validateStack: Object.assign(validate, policy.validateStack) };
}

interface GeneratedNotApplicable {
  setPolicyName(policy: string): void;
  setReason(reason: string): void;
}

interface AnswerMessages {
  PolicyNotApplicable: new () => GeneratedNotApplicable;
}

interface Answers {
  makeAnalyzeResponse(
    diagnostics: readonly unknown[],
    notApplicable: readonly GeneratedNotApplicable[] | undefined,
  ): { serializeBinary(): Uint8Array };
  makeRemediateResponse(
    remediations: readonly unknown[],
    notApplicable: readonly GeneratedNotApplicable[] | undefined,
  ): unknown;
}

/** In the order of the policies, as the SDK has it. */
const inOrder = (all: readonly GeneratedNotApplicable[]): readonly GeneratedNotApplicable[] => {
  const place = (each: GeneratedNotApplicable): number =>
    each instanceof NotApplicable ? (placeOf.get(each.policy) ?? -1) : -1;
  return [...all].sort((one, other) => place(one) - place(other));
};

/**
 * Most resources are answered alike: nothing is wrong, and the same policies do not apply. Such an answer is written
 * once.
 *
 * @param answers of `@pulumi/policy/protoutil`
 * @param messages of `@pulumi/pulumi/proto/analyzer_pb`
 */
export function answerOnce(answers: Answers, messages: AnswerMessages): void {
  const { makeAnalyzeResponse, makeRemediateResponse } = answers;
  const { PolicyNotApplicable } = messages;
  messages.PolicyNotApplicable = NotApplicable;
  const generated = (light: readonly GeneratedNotApplicable[] | undefined) =>
    light?.map((each) => {
      if (!(each instanceof NotApplicable)) return each;
      const message = new PolicyNotApplicable();
      message.setPolicyName(each.policy);
      message.setReason(each.reason);
      return message;
    });
  type Answer = ReturnType<Answers["makeAnalyzeResponse"]>;
  /** By what follows from the type, and by what the policies have said themselves. */
  const known = new Map<readonly NotApplicable[], Map<string, Answer>>();
  answers.makeAnalyzeResponse = (diagnostics, notApplicable = []) => {
    const fromType = others;
    others = [];
    const write = (): Answer =>
      makeAnalyzeResponse(diagnostics, generated(inOrder([...fromType, ...notApplicable])));
    if (diagnostics.length > 0) return write();
    let alike = known.get(fromType);
    if (!alike) known.set(fromType, (alike = new Map()));
    const said = JSON.stringify(notApplicable);
    let answer = alike.get(said);
    if (!answer) {
      answer = write();
      const bytes = answer.serializeBinary();
      answer.serializeBinary = () => bytes;
      if (alike.size < MAX_KEPT_ANSWERS) alike.set(said, answer);
    }
    return answer;
  };
  answers.makeRemediateResponse = (remediations, notApplicable) =>
    makeRemediateResponse(remediations, generated(notApplicable));
}
