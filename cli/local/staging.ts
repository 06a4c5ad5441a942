import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { Json, PreviewDigest, ResourceState } from "../preview/model";
import { isObject, UNKNOWN, type JsonObject } from "../preview/engine/signatures";
import { LocalError } from "./errors";

/** What of the preview is run locally, read out of its digest and checked. */
export interface Staging {
  readonly accountId: string;
  readonly region: string;
  readonly namePrefix: string;
  readonly functions: readonly StagingFunction[];
  readonly tables: readonly { readonly name: string; readonly ttlAttribute: string | undefined }[];
  readonly buckets: readonly string[];
  readonly restApi: RestApi;
  readonly clients: readonly StagingClient[];
  /** By domain. */
  readonly domains: readonly StagingDomain[];
  readonly webAcl: JsonObject;
  /** Addresses of the IP sets, by the sets' names. */
  readonly ipSets: ReadonlyMap<string, readonly string[]>;
  readonly voiceApi: VoiceApi;
  readonly authority: {
    readonly organization: string;
    readonly rootDays: number;
    readonly issuerDays: number;
  };
}

export interface StagingFunction {
  /** Its short name: `edge`. */
  readonly shortName: string;
  readonly name: string;
  readonly runtime: string;
  readonly handler: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly reservedConcurrency: number;
  readonly alias: string;
  readonly environment: Readonly<Record<string, string>>;
  /** By the name in the archive. */
  readonly files: ReadonlyMap<string, Buffer>;
}

export interface RestApi {
  readonly name: string;
  readonly stageName: string;
  /** The OpenAPI document that the gateway imports. */
  readonly body: JsonObject;
  /** The longest that any of its integrations may take. */
  readonly integrationTimeoutMs: number;
  readonly methodSettings: readonly {
    readonly methodPath: string;
    readonly rateLimit: number;
    readonly burstLimit: number;
  }[];
}

export interface StagingClient {
  readonly clientId: string;
  readonly planName: string;
  readonly quota: { readonly limit: number; readonly period: string };
  readonly throttle: Throttle;
  readonly methodThrottles: readonly (Throttle & { readonly path: string })[];
}

export interface Throttle {
  readonly rateLimit: number;
  readonly burstLimit: number;
}

export interface StagingDomain {
  readonly agentId: string;
  readonly domain: string;
  readonly protocol: "http" | "websocket";
  readonly mutualTls: boolean;
}

export interface VoiceApi {
  readonly stageName: string;
  readonly authorizerFunction: string;
  readonly handlerFunction: string;
  readonly messagesPerSecond: number;
  readonly burstMessages: number;
}

/** @throws LocalError when the preview lacks what is run here, or has it in another form */
export function readStaging(digest: PreviewDigest, programDir: string): Staging {
  const resources = digest.steps.map((step) => step.newState);
  const reader = new Reader(resources);
  const functions = reader
    .all("aws:lambda/function:Function")
    .map((resource) => readFunction(resource, reader, programDir));
  const edge = functions.find(({ shortName }) => shortName === "edge");
  if (edge === undefined)
    throw unlike("aws:lambda/function:Function", "no edge", "the function named <prefix>-edge");
  const namePrefix = edge.name.slice(0, -"-edge".length);
  const restApi = reader.one("aws:apigateway/restApi:RestApi");
  const stage = reader.one("aws:apigateway/stage:Stage");
  const voiceStage = reader.one("aws:apigatewayv2/stage:Stage");
  const voiceSettings = object(voiceStage, "defaultRouteSettings");
  const body = JSON.parse(text(restApi, "body")) as JsonObject;
  const account = JSON.parse(digest.config?.["fase-b:account"] ?? "{}") as JsonObject;
  const trust = JSON.parse(digest.config?.["fase-b:trust"] ?? "{}") as JsonObject;
  return {
    accountId: text(account, "id"),
    region: text(account, "region"),
    namePrefix,
    functions,
    tables: reader.all("aws:dynamodb/table:Table").map(({ inputs = {} }) => ({
      name: text(inputs, "name"),
      ttlAttribute: isObject(inputs["ttl"]) ? text(inputs["ttl"], "attributeName") : undefined,
    })),
    buckets: reader.all("aws:s3/bucket:Bucket").map(({ inputs = {} }) => text(inputs, "bucket")),
    restApi: {
      name: text(restApi, "name"),
      stageName: text(stage, "stageName"),
      body,
      integrationTimeoutMs: longestTimeoutMs(body),
      methodSettings: reader.all("aws:apigateway/methodSettings:MethodSettings").map(({ inputs = {} }) => ({
        methodPath: text(inputs, "methodPath"),
        rateLimit: number(object(inputs, "settings"), "throttlingRateLimit"),
        burstLimit: number(object(inputs, "settings"), "throttlingBurstLimit"),
      })),
    },
    clients: reader.all("aws:apigateway/usagePlan:UsagePlan").map(({ inputs = {} }) => readClient(inputs)),
    domains: [
      ...reader.all("aws:apigateway/domainName:DomainName").map((resource) => domainOf(resource, "http")),
      ...reader
        .all("aws:apigatewayv2/domainName:DomainName")
        .map((resource) => domainOf(resource, "websocket")),
    ],
    webAcl: reader.one("aws:wafv2/webAcl:WebAcl"),
    ipSets: new Map(
      reader
        .all("aws:wafv2/ipSet:IpSet")
        .map(({ inputs = {} }) => [text(inputs, "name"), list(inputs, "addresses").map(String)]),
    ),
    voiceApi: {
      stageName: text(voiceStage, "name"),
      authorizerFunction: functionOf(
        text(reader.one("aws:apigatewayv2/authorizer:Authorizer"), "authorizerUri"),
      ),
      handlerFunction: functionOf(
        text(reader.one("aws:apigatewayv2/integration:Integration"), "integrationUri"),
      ),
      messagesPerSecond: number(voiceSettings, "throttlingRateLimit"),
      burstMessages: number(voiceSettings, "throttlingBurstLimit"),
    },
    authority: {
      organization: text(trust, "organization"),
      rootDays: number(trust, "rootLifetimeDays"),
      issuerDays: number(trust, "issuerLifetimeDays"),
    },
  };
}

class Reader {
  constructor(private readonly resources: readonly ResourceState[]) {}

  all(type: string): readonly ResourceState[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  one(type: string): JsonObject {
    const found = this.all(type);
    if (found.length !== 1) throw unlike(type, `${found.length} of it`, "one");
    return found[0]?.inputs ?? {};
  }
}

function readFunction({ inputs = {} }: ResourceState, reader: Reader, programDir: string): StagingFunction {
  const name = text(inputs, "name");
  const alias = reader
    .all("aws:lambda/alias:Alias")
    .find((resource) => resource.inputs?.["functionName"] === name);
  const variables = isObject(inputs["environment"]) ? inputs["environment"]["variables"] : undefined;
  return {
    shortName: /-(edge|authorizer|voice|voice-authorizer)$/.exec(name)?.[1] ?? name,
    name,
    runtime: text(inputs, "runtime"),
    handler: text(inputs, "handler"),
    memoryMb: number(inputs, "memorySize"),
    timeoutSeconds: number(inputs, "timeout"),
    reservedConcurrency: number(inputs, "reservedConcurrentExecutions"),
    alias: text(alias?.inputs ?? {}, "name"),
    environment: Object.fromEntries(
      Object.entries(isObject(variables) ? variables : {}).map(([key, value]) => [key, String(value)]),
    ),
    files: filesOf(object(inputs, "code"), name, programDir),
  };
}

/** @see https://www.pulumi.com/docs/iac/concepts/assets-archives/ */
function filesOf(archive: JsonObject, functionName: string, programDir: string): ReadonlyMap<string, Buffer> {
  const members = Object.entries(object(archive, "assets"));
  return new Map(
    members.map(([name, asset]) => {
      if (isObject(asset) && typeof asset["text"] === "string") return [name, Buffer.from(asset["text"])];
      const path = isObject(asset) ? asset["path"] : undefined;
      if (typeof path !== "string")
        throw unlike(`${functionName}: ${name}`, "another kind of asset", "a text or a file");
      return [name, readFileSync(isAbsolute(path) ? path : join(programDir, path))];
    }),
  );
}

function readClient(plan: JsonObject): StagingClient {
  const quota = object(plan, "quotaSettings");
  const [stage] = list(plan, "apiStages");
  const throttles = isObject(stage) ? list(stage, "throttles") : [];
  return {
    clientId: text(object(plan, "tags"), "clientId"),
    planName: text(plan, "name"),
    quota: { limit: number(quota, "limit"), period: text(quota, "period") },
    throttle: throttleOf(object(plan, "throttleSettings")),
    methodThrottles: throttles
      .filter(isObject)
      .map((throttle) => ({ path: text(throttle, "path"), ...throttleOf(throttle) })),
  };
}

const throttleOf = (from: JsonObject): Throttle => ({
  rateLimit: number(from, "rateLimit"),
  burstLimit: number(from, "burstLimit"),
});

function domainOf({ urn, inputs = {} }: ResourceState, protocol: "http" | "websocket"): StagingDomain {
  const [, agentId] = /::agent-(.+)-domain$/.exec(urn) ?? [];
  if (agentId === undefined) throw unlike(urn, "a domain without an agent's name", "agent-<id>-domain");
  return {
    agentId,
    domain: text(inputs, "domainName"),
    protocol,
    mutualTls: inputs["mutualTlsAuthentication"] !== undefined,
  };
}

/** `arn:…:functions/arn:…:function:<name>:<alias>/invocations` */
function functionOf(uri: string): string {
  const [, name] = /:function:([A-Za-z0-9_-]+)(?::[A-Za-z0-9_-]+)?\/invocations$/.exec(uri) ?? [];
  if (name === undefined) throw unlike("an invocation URI", uri, "one that names a function");
  return name;
}

function text(from: JsonObject, key: string): string {
  const value = from[key];
  if (typeof value !== "string" || value === "" || value === UNKNOWN)
    throw unlike(key, shown(value), "a text that is known at preview");
  return value;
}

function number(from: JsonObject, key: string): number {
  const value = from[key];
  if (typeof value !== "number") throw unlike(key, shown(value), "a number");
  return value;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html */
function longestTimeoutMs(body: JsonObject): number {
  const timeouts = Object.values(object(body, "paths")).flatMap((item) =>
    Object.values(isObject(item) ? item : {}).flatMap((operation) => {
      const integration = isObject(operation) ? operation["x-amazon-apigateway-integration"] : undefined;
      return isObject(integration) ? [number(integration, "timeoutInMillis")] : [];
    }),
  );
  if (timeouts.length === 0) throw unlike("paths", "no integration", "an integration with timeoutInMillis");
  return Math.max(...timeouts);
}

function object(from: JsonObject, key: string): JsonObject {
  const value = from[key];
  if (!isObject(value)) throw unlike(key, shown(value), "an object");
  return value;
}

function list(from: JsonObject, key: string): readonly Json[] {
  const value = from[key];
  if (!Array.isArray(value)) throw unlike(key, shown(value), "a list");
  return value as readonly Json[];
}

/** Never the value itself: the digest may hold what is nobody's business. */
const shown = (value: Json | undefined): string =>
  value === undefined ? "nothing" : value === UNKNOWN ? "an unknown" : typeof value;

const unlike = (what: string, got: string, allowed: string): LocalError =>
  new LocalError({
    what: `the preview: ${what}`,
    got,
    allowed,
    fix: "teach cli/local/staging.ts the program's new form",
  });
