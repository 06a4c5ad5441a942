import type { Throttle } from "./gateway";
import { routeName } from "./routeName";

/** What a committed preview says of what is around the gateway's stage. */
export interface Committed {
  /** By the plan's name. */
  readonly plans: ReadonlyMap<string, CommittedPlan>;
  /** The web ACL's name, where one is bound to the stage. */
  readonly webAcl: string | undefined;
  /** By `POST /chat`; `* *` for the others. */
  readonly throttles: ReadonlyMap<string, Throttle>;
  /** The authorizers of the model, each in one line. */
  readonly authorizers: readonly string[];
  /** The truststore of each domain, by the domain's name. The version is the bucket's to give, so that no preview knows it. */
  readonly truststores: ReadonlyMap<string, string>;
}

export interface CommittedPlan {
  readonly quota: string | undefined;
  readonly throttle: Throttle | undefined;
  readonly throttles: ReadonlyMap<string, Throttle>;
}

/** Undefined for what is no preview. What it does not have, or in another form, is not there. */
export function committedIn(text: string): Committed | undefined {
  let preview: unknown;
  try {
    preview = JSON.parse(text);
  } catch {
    return undefined;
  }
  const steps = listOf(partOf(preview, "steps"));
  if (steps.length === 0) return undefined;
  const inputsOf = (type: string): readonly unknown[] =>
    steps
      .map((step) => partOf(step, "newState"))
      .filter((state) => partOf(state, "type") === type)
      .map((state) => partOf(state, "inputs"));
  const bound = inputsOf("aws:wafv2/webAclAssociation:WebAclAssociation").length > 0;
  const [acl] = inputsOf("aws:wafv2/webAcl:WebAcl");
  return {
    plans: new Map(
      inputsOf("aws:apigateway/usagePlan:UsagePlan").map((plan) => [
        String(partOf(plan, "name")),
        planOf(plan),
      ]),
    ),
    webAcl: bound ? textOf(partOf(acl, "name")) : undefined,
    throttles: new Map(
      inputsOf("aws:apigateway/methodSettings:MethodSettings").flatMap((one) => {
        const settings = partOf(one, "settings");
        const throttle = throttleOf(
          partOf(settings, "throttlingRateLimit"),
          partOf(settings, "throttlingBurstLimit"),
        );
        const path = textOf(partOf(one, "methodPath"));
        return path === undefined || throttle === undefined ? [] : [[routeName(path), throttle] as const];
      }),
    ),
    authorizers: inputsOf("aws:apigateway/restApi:RestApi").flatMap((api) =>
      authorizersOf(partOf(api, "body")),
    ),
    truststores: new Map(
      inputsOf("aws:apigateway/domainName:DomainName").flatMap((domain) => {
        const [name, uri] = [
          textOf(partOf(domain, "domainName")),
          textOf(partOf(partOf(domain, "mutualTlsAuthentication"), "truststoreUri")),
        ];
        return name === undefined || uri === undefined ? [] : [[name, uri] as const];
      }),
    ),
  };
}

function planOf(plan: unknown): CommittedPlan {
  const [quota, throttle] = [partOf(plan, "quotaSettings"), partOf(plan, "throttleSettings")];
  const [stage] = listOf(partOf(plan, "apiStages"));
  const limit = partOf(quota, "limit");
  return {
    quota: typeof limit === "number" ? `${limit} a ${String(partOf(quota, "period"))}` : undefined,
    throttle: throttleOf(partOf(throttle, "rateLimit"), partOf(throttle, "burstLimit")),
    throttles: new Map(
      listOf(partOf(stage, "throttles")).flatMap((one) => {
        const limits = throttleOf(partOf(one, "rateLimit"), partOf(one, "burstLimit"));
        const path = textOf(partOf(one, "path"));
        return path === undefined || limits === undefined ? [] : [[routeName(path), limits] as const];
      }),
    ),
  };
}

function authorizersOf(body: unknown): readonly string[] {
  let document: unknown;
  try {
    document = typeof body === "string" ? JSON.parse(body) : undefined;
  } catch {
    return [];
  }
  const schemes = partOf(partOf(document, "components"), "securitySchemes");
  return Object.entries(typeof schemes === "object" && schemes !== null ? schemes : {}).flatMap(
    ([name, scheme]) => {
      const authorizer = partOf(scheme, "x-amazon-apigateway-authorizer");
      if (authorizer === undefined) return [];
      const type = textOf(partOf(authorizer, "type")) ?? "?";
      const cachedSeconds = partOf(authorizer, "authorizerResultTtlInSeconds");
      // `…:function:fase-b-staging-authorizer:live/invocations`
      const called = /function:([^/]+)\//.exec(String(partOf(authorizer, "authorizerUri")))?.[1] ?? "?";
      return [`${name} (${type}, ${called}, believed ${String(cachedSeconds ?? "?")} s)`];
    },
  );
}

const throttleOf = (requestsPerSecond: unknown, burst: unknown): Throttle | undefined =>
  typeof requestsPerSecond === "number" && typeof burst === "number"
    ? { requestsPerSecond, burst }
    : undefined;

const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const partOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
