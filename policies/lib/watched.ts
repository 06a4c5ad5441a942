/**
 * What an alarm or a rule asks CloudWatch about. A metric is a namespace, a name and all of its dimensions: asked by a part of them, or
 * about what nobody declares, it has no value, and no alert on it ever rings.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension
 */
import type { Question } from "./alertRules";
import { once } from "./once";
import type { Stack, StackResource } from "./policy";
import { source } from "./relations";
import { types } from "./types";
import { join, list, object, objects, peek, strings, text, UNKNOWN } from "./values";
import { aliasOf } from "./vault";

/** By vendor's namespace. A metric that the vendor has in more ways than these is asked in one of these. */
const vendors: Readonly<Record<string, readonly string[]>> = {
  "AWS/ApiGateway": ["ApiName Stage", "ApiName Method Resource Stage"],
  "AWS/CertificateManager": ["CertificateArn"],
  "AWS/Events": ["RuleName"],
  "AWS/Lambda": ["FunctionName"],
  "AWS/SNS": ["TopicName"],
  "AWS/SQS": ["QueueName"],
  "AWS/Usage": ["Class Resource Service Type"],
  "AWS/WAFV2": ["Region Rule WebACL"],
};

/** By metric, what functions count it by beside the function; of all others, by the function alone. */
const counted: Readonly<Record<string, readonly string[]>> = {
  agentId: ["BreakerState", "BreakerOpenings", "Retries"],
  authority: ["AuthorityLife"],
  clientId: ["CertificateLife", "QuotaUse", "QuotaRefusals"],
  secret: ["SecretAge", "RotationOverdue", "RotationFailed"],
  route: [
    ...["Replays", "Conflicts", "Mismatches", "Takeovers", "LockWaits"],
    ...["EdgeLatency", "StoreLatency", "UpstreamLatency"],
  ],
  "outcome route": ["Outcomes"],
};
const split = new Map(
  Object.entries(counted).flatMap(([names, metrics]) => metrics.map((metric) => [metric, names] as const)),
);
const OF_FUNCTIONS = /^(?<prefix>.+)\/functions$/;

/** What the stack declares that a metric may be about, by dimension. Of others the value is not known here. */
interface Subjects {
  readonly byDimension: ReadonlyMap<string, ReadonlySet<string>>;
  /** Metrics that are counted in logs, with their dimensions. */
  readonly logs: ReadonlyMap<string, string>;
}

const subjectsOf = once((stack: Stack): Subjects => {
  const all = (type: string, read: (resource: StackResource) => unknown): readonly string[] =>
    stack.ofType(type).flatMap((resource) => strings(read(resource)));
  const metricOf = (owner: unknown): unknown => peek(() => object(object(owner).visibilityConfig).metricName);
  const functions = all(types.function, ({ props }) => props.name);
  return {
    byDimension: new Map(
      Object.entries({
        ApiName: all(types.restApi, ({ props }) => props.name),
        FunctionName: functions,
        functionName: functions,
        Region: all(types.provider, ({ props }) => props.region),
        Rule: all(types.webAcl, ({ props }) => objects(props.rules).map(metricOf)),
        RuleName: all(types.eventRule, ({ props }) => props.name),
        Stage: all(types.stage, ({ props }) => props.stageName),
        TopicName: all(types.topic, ({ props }) => props.name),
        WebACL: all(types.webAcl, ({ props }) => metricOf(props)),
        agentId: all(types.agentDomain, ({ props }) => props.agentId),
        authority: ["root", "clients-issuer", "services-issuer"],
        clientId: all(types.usagePlan, ({ props }) => object(props.tags).clientId),
        secret: all(types.secret, ({ props }) => props.name),
      }).map(([name, values]) => [name, new Set(values)]),
    ),
    logs: new Map(
      stack.ofType(types.metricFilter).map(({ props }) => {
        const { namespace, name, dimensions } = object(props.metricTransformation);
        return [`${text(namespace)} ${text(name)}`, sorted(Object.keys(object(dimensions)))];
      }),
    ),
  };
});

const sorted = (names: readonly string[]): string => [...names].sort().join(" ");

/** By which dimensions the metric is there; `undefined` for one that nobody counts. */
function waysOf({ logs }: Subjects, namespace: string, metricName: string): readonly string[] | undefined {
  const vendor = vendors[namespace];
  if (vendor) return vendor;
  if (OF_FUNCTIONS.test(namespace)) {
    return [sorted(["functionName", ...(split.get(metricName)?.split(" ") ?? [])])];
  }
  const log = logs.get(`${namespace} ${metricName}`);
  return log === undefined ? undefined : [log];
}

/** Functions' own metrics bear a function's short name. */
const fullNames = (namespace: string, value: string): readonly string[] => {
  const prefix = OF_FUNCTIONS.exec(namespace)?.groups?.prefix;
  return prefix === undefined ? [value] : [value, `${prefix}-${value}`];
};

/** A question as an alarm or a rule has it; what a dimension's value is may not be known yet. */
export interface Watched {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
}

/** What an alarm asks: its one metric, or those of its expression. */
export const watchedBy = ({ props }: StackResource): readonly Watched[] => {
  const metrics = list(props.metricQueries).map((query) => object(query).metric);
  return (metrics.length > 0 ? metrics.filter((metric) => metric !== undefined) : [props])
    .map(object)
    .map(({ namespace, metricName, dimensions }) => ({
      namespace: text(namespace),
      metricName: text(metricName),
      dimensions: object(dimensions),
    }));
};

/** Why there is no value for a question; `undefined` where there is one. */
export function unanswered(
  stack: Stack,
  { namespace, metricName, dimensions }: Watched | Question,
): string | undefined {
  const subjects = subjectsOf(stack);
  const called = `${namespace} ${metricName}`;
  const ways = waysOf(subjects, namespace, metricName);
  if (!ways) return `${called}, which nobody counts`;
  const names = Object.keys(dimensions);
  if (!ways.includes(sorted(names)))
    return `${called} by ${join(names)}, which is there by ${ways.map((way) => join(way.split(" "))).join(", or by ")}`;
  for (const name of names) {
    const declared = subjects.byDimension.get(name);
    const values = declared ? strings(dimensions[name]) : peek(() => strings(dimensions[name]));
    if (values === UNKNOWN) continue;
    const strange = values.filter(
      (value) =>
        value === "" || (declared && !fullNames(namespace, value).some((full) => declared.has(full))),
    );
    if (values.length === 0 || strange.length > 0)
      return `${called} of ${name} ${join(strange.map((value) => `'${value}'`))}, which is none of this stack`;
  }
  return undefined;
}

/** Of whom a metric must be watched once it is watched at all, and by which dimension. */
export interface Whole {
  readonly metricName: string;
  readonly dimension: string;
  readonly subjects: readonly string[];
}

export function wholes(stack: Stack): readonly Whole[] {
  const { byDimension } = subjectsOf(stack);
  const all = (name: string): readonly string[] => [...(byDimension.get(name) ?? [])];
  const rotations = stack.ofType(types.secretRotation);
  const rotated = rotations.flatMap((rotation) =>
    strings(source(rotation, "secretId", types.secret)?.props.name),
  );
  const rotators = rotations.flatMap((rotation) =>
    strings(aliasOf(stack, rotation, text(rotation.props.rotationLambdaArn))?.props.functionName),
  );
  const called = stack
    .ofType(types.agentDomain)
    .filter(
      ({ props }) => props.protocol === "http" && /^https:/.test(text(object(props.configuration).upstream)),
    );
  const of = (dimension: string, subjects: readonly string[], ...metrics: readonly string[]) =>
    metrics.map((metricName) => ({ metricName, dimension, subjects: [...new Set(subjects)] }));
  return [
    ...of("secret", rotated, "SecretAge", "RotationOverdue", "RotationFailed"),
    ...of("clientId", all("clientId"), "CertificateLife"),
    // The scans' own client has a plan, and whether it is used up is nobody's concern.
    ...of(
      "clientId",
      all("clientId").filter((clientId) => clientId !== "scanner"),
      "QuotaUse",
      "QuotaRefusals",
    ),
    ...of("authority", all("authority"), "AuthorityLife"),
    ...of(
      "agentId",
      called.map(({ props }) => text(props.agentId)),
      "BreakerState",
    ),
    ...of("functionName", all("functionName"), "Faults", "MemoryUse"),
    ...of("FunctionName", all("FunctionName"), "Throttles", "AsyncEventsDropped", "AsyncEventAge"),
    ...of("FunctionName", rotators, "Errors"),
  ];
}

/** Whom of them no question names. */
export function forgotten(whole: Whole, questions: readonly (Watched | Question)[]): readonly string[] {
  const named = new Set(
    questions
      .filter(({ metricName }) => metricName === whole.metricName)
      .flatMap(({ namespace, dimensions }) =>
        strings(dimensions[whole.dimension]).flatMap((value) => fullNames(namespace, value)),
      ),
  );
  return named.size === 0 ? [] : whole.subjects.filter((subject) => !named.has(subject));
}
