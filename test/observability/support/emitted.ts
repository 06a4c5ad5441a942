import { load } from "js-yaml";
import { routeId, type Contract } from "../../../infra/contract/contract";
import { functionNames } from "../../../infra/edge/functionNames";
import { authorityRoles, outcomes, type LogFieldName } from "../../../infra/functions/log/fields";
import { measuredBy } from "../../../infra/functions/log/measuredBy";
import { metricNames, metricNamespace, metrics } from "../../../infra/functions/log/metrics";
import { watchedSecrets } from "../../../infra/secrets/rotationConfigurations";
import type { Settings } from "../../../infra/settings/settings.schema";
import type { CloudWatchQuery, PrometheusQuery, Query } from "../../../infra/observability/telemetry/query";
import { agentMetrics } from "../../../infra/observability/telemetry/agentExpressions";

/** A resource as the program registered it: of a preview, or of a state. */
export interface Registered {
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** A metric that something declared sends to CloudWatch. */
export interface EmittedMetric {
  readonly namespace: string;
  readonly metricName: string;
  /** All that it has, by name, with the values that there can be; `"any"` where lines or callers choose. */
  readonly dimensions: Readonly<Record<string, readonly string[] | "any">>;
}

/** A job of Prometheus with what comes of it. */
export interface ScrapedJob {
  readonly job: string;
  readonly metrics: ReadonlySet<string>;
}

export interface Emitted {
  /** By namespace and name. */
  readonly metrics: ReadonlyMap<string, readonly EmittedMetric[]>;
  readonly jobs: readonly ScrapedJob[];
}

type Facts = Pick<Settings, "namePrefix" | "account" | "agents" | "clients" | "secrets" | "observability">;

/** What is emitted by what is declared. Pure. */
export function emitted(
  resources: readonly Registered[],
  settings: Settings,
  contract: Pick<Contract, "routes">,
): Emitted {
  const all = [
    ...functionMetrics(resources, settings, contract),
    ...filterMetrics(resources),
    ...gatewayMetrics(resources),
    ...lambdaMetrics(resources),
    ...firewallMetrics(resources, settings),
    ...ruleMetrics(resources),
    ...settings.observability.queues.flatMap(({ name }) =>
      each("AWS/SQS", QUEUE_METRICS, { QueueName: [name] }),
    ),
    ...each("AWS/Usage", ["CallCount"], {
      Service: ["CloudWatch"],
      Resource: ["GetMetricData"],
      Type: ["API"],
      Class: ["None"],
    }),
  ];
  const byName = new Map<string, EmittedMetric[]>();
  for (const metric of all) {
    const key = keyOf(metric);
    byName.set(key, [...(byName.get(key) ?? []), metric]);
  }
  return { metrics: byName, jobs: scrapedJobs(resources) };
}

/** Why a query would never have an answer; nothing where it has. */
export const unanswered = (query: Query, by: Emitted): string | undefined =>
  query.source === "cloudwatch" ? unansweredMetric(query, by) : unansweredExpression(query, by);

const keyOf = ({ namespace, metricName }: Pick<EmittedMetric, "namespace" | "metricName">): string =>
  `${namespace} ${metricName}`;

const each = (
  namespace: string,
  names: readonly string[],
  dimensions: EmittedMetric["dimensions"],
): EmittedMetric[] => names.map((metricName) => ({ namespace, metricName, dimensions }));

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const ofType = (resources: readonly Registered[], type: string): readonly Registered["inputs"][] =>
  resources.filter((resource) => resource.type === type).map(({ inputs }) => inputs);

const FUNCTION = "aws:lambda/function:Function";

/** What functions write in their lines. */
function functionMetrics(
  resources: readonly Registered[],
  settings: Facts,
  { routes }: Pick<Contract, "routes">,
): EmittedMetric[] {
  const { namePrefix, agents, clients } = settings;
  const declared = new Set(ofType(resources, FUNCTION).map(({ name }) => textOf(name)));
  const values: Partial<Record<LogFieldName, readonly string[]>> = {
    route: routes.map(routeId),
    agentId: agents.flatMap(({ id, protocol, upstream }) =>
      protocol === "http" && upstream !== undefined ? [id] : [],
    ),
    clientId: clients.map(({ clientId }) => clientId),
    secret: watchedSecrets(settings as Settings).map(({ name }) => name),
    authority: authorityRoles,
    outcome: outcomes,
  };
  return functionNames
    .filter((name) => declared.has(`${namePrefix}-${name}`))
    .flatMap((functionName) =>
      metricNames
        .filter((metric) => {
          const by = measuredBy[metric];
          return by === "every function" || by.includes(functionName);
        })
        .map((metricName) => ({
          namespace: metricNamespace(namePrefix),
          metricName,
          dimensions: Object.fromEntries(
            metrics[metricName].dimensions.map((field: LogFieldName) => [
              field,
              field === "functionName" ? [functionName] : (values[field] ?? []),
            ]),
          ),
        })),
    );
}

/** What filters count in logs. */
const filterMetrics = (resources: readonly Registered[]): EmittedMetric[] =>
  ofType(resources, "aws:cloudwatch/logMetricFilter:LogMetricFilter").map(({ metricTransformation }) => {
    const { namespace, name, dimensions } = objectOf(metricTransformation);
    return {
      namespace: textOf(namespace),
      metricName: textOf(name),
      dimensions: Object.fromEntries(Object.keys(objectOf(dimensions)).map((key) => [key, "any" as const])),
    };
  });

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html */
const GATEWAY_METRICS = ["Count", "4XXError", "5XXError", "Latency", "IntegrationLatency"];

/** By stage always, by method where its metrics are on. */
function gatewayMetrics(resources: readonly Registered[]): EmittedMetric[] {
  const apis = ofType(resources, "aws:apigateway/restApi:RestApi").map(({ name }) => textOf(name));
  const stages = ofType(resources, "aws:apigateway/stage:Stage").map(({ stageName }) => textOf(stageName));
  const of = { ApiName: apis, Stage: stages };
  const methods = ofType(resources, "aws:apigateway/methodSettings:MethodSettings").flatMap(
    ({ methodPath, settings }) => {
      const [, path, method] = /^(~1[^/]*|[^*/][^/]*)\/([A-Z]+)$/.exec(textOf(methodPath)) ?? [];
      const isOn = objectOf(settings)["metricsEnabled"] === true;
      return isOn && path !== undefined && method !== undefined
        ? [{ Resource: [path.replaceAll("~1", "/")], Method: [method] }]
        : [];
    },
  );
  return [
    ...each("AWS/ApiGateway", GATEWAY_METRICS, of),
    ...methods.flatMap((method) => each("AWS/ApiGateway", GATEWAY_METRICS, { ...of, ...method })),
  ];
}

/** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
const LAMBDA_METRICS = [
  ...["Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"],
  ...["AsyncEventAge", "AsyncEventsDropped"],
];

const lambdaMetrics = (resources: readonly Registered[]): EmittedMetric[] =>
  ofType(resources, FUNCTION).flatMap(({ name }) =>
    each("AWS/Lambda", LAMBDA_METRICS, { FunctionName: [textOf(name)] }),
  );

/** https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html */
const FIREWALL_METRICS = ["AllowedRequests", "BlockedRequests", "CountedRequests"];

/** By the metric names of the web ACL and of its rules. */
function firewallMetrics(resources: readonly Registered[], { account }: Facts): EmittedMetric[] {
  const metricOf = (part: unknown): readonly string[] => {
    const { cloudwatchMetricsEnabled, metricName } = objectOf(objectOf(part)["visibilityConfig"]);
    return cloudwatchMetricsEnabled === true ? [textOf(metricName)] : [];
  };
  return ofType(resources, "aws:wafv2/webAcl:WebAcl").flatMap((acl) =>
    each("AWS/WAFV2", FIREWALL_METRICS, {
      WebACL: metricOf(acl),
      Region: [account.region],
      Rule: ["ALL", ...listOf(acl["rules"]).flatMap(metricOf)],
    }),
  );
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
const QUEUE_METRICS = [
  "ApproximateNumberOfMessagesVisible",
  "ApproximateAgeOfOldestMessage",
  "NumberOfMessagesSent",
];

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
const ruleMetrics = (resources: readonly Registered[]): EmittedMetric[] =>
  ofType(resources, "aws:cloudwatch/eventRule:EventRule").flatMap(({ name }) =>
    each("AWS/Events", ["TriggeredRules", "FailedInvocations"], { RuleName: [textOf(name)] }),
  );

/** Of any probe, and of those by HTTP and TLS. https://github.com/prometheus/blackbox_exporter */
const PROBE_METRICS = [
  ...["probe_success", "probe_duration_seconds", "probe_dns_lookup_time_seconds", "probe_ip_protocol"],
  ...["probe_failed_due_to_regex", "probe_http_status_code", "probe_http_duration_seconds"],
  ...["probe_http_ssl", "probe_http_version", "probe_http_redirects", "probe_http_content_length"],
  ...["probe_ssl_earliest_cert_expiry", "probe_ssl_last_chain_expiry_timestamp_seconds"],
  ...["probe_ssl_last_chain_info", "probe_tls_version_info"],
];

/** https://external-secrets.io/latest/api/metrics/ */
const EXTERNAL_SECRETS_METRICS = ["externalsecret_status_condition", "externalsecret_sync_calls_total"];

/** The jobs of the scrape configuration that stands in a ConfigMap, by what each asks. */
function scrapedJobs(resources: readonly Registered[]): ScrapedJob[] {
  return ofType(resources, "kubernetes:core/v1:ConfigMap").flatMap(({ data }) => {
    const text = objectOf(data)["scrape.yml"];
    if (typeof text !== "string") return [];
    return listOf(objectOf(load(text))["scrape_configs"]).map((entry): ScrapedJob => {
      const job = objectOf(entry);
      const names =
        job["metrics_path"] === "/probe"
          ? PROBE_METRICS
          : job["metrics_path"] === "/metrics/cadvisor"
            ? keptBy(job).filter((name) => Object.values<string>(agentMetrics).includes(name))
            : EXTERNAL_SECRETS_METRICS;
      return { job: textOf(job["job_name"]), metrics: new Set(["up", ...names]) };
    });
  });
}

/** The names that a job's relabelling keeps. */
const keptBy = (job: Readonly<Record<string, unknown>>): readonly string[] =>
  listOf(job["metric_relabel_configs"])
    .map(objectOf)
    .filter(({ action, source_labels: labels }) => action === "keep" && listOf(labels).includes("__name__"))
    .flatMap(({ regex }) => textOf(regex).split("|"));

function unansweredMetric(query: CloudWatchQuery, { metrics: known }: Emitted): string | undefined {
  const named = `${query.namespace} ${query.metricName}`;
  const candidates = known.get(keyOf(query)) ?? [];
  if (candidates.length === 0) return `${named}: nothing that is declared emits it`;
  const names = Object.keys(query.dimensions).sort();
  const alike = candidates.filter(({ dimensions }) => Object.keys(dimensions).sort().join() === names.join());
  if (alike.length === 0)
    return `${named}: got the dimensions ${names.join() || "none"}; emitted: ${Object.keys(candidates[0]?.dimensions ?? {}).join() || "none"}`;
  // A list asks for one series each: each needs somebody who emits it.
  const lost = combinations(query.dimensions).filter(
    (wanted) => !alike.some(({ dimensions }) => covers(dimensions, wanted)),
  );
  const [first] = lost;
  return first === undefined ? undefined : `${named}: nothing emits it for ${JSON.stringify(first)}`;
}

type One = Readonly<Record<string, string>>;

function combinations(dimensions: CloudWatchQuery["dimensions"]): readonly One[] {
  return Object.entries(dimensions).reduce<readonly One[]>(
    (all, [name, wanted]) =>
      [wanted].flat().flatMap((value) => all.map((one) => ({ ...one, [name]: String(value) }))),
    [{}],
  );
}

const covers = (dimensions: EmittedMetric["dimensions"], wanted: One): boolean =>
  Object.entries(dimensions).every(([name, values]) => {
    const value = wanted[name] ?? "";
    return values === "any" || (value === "*" ? values.length > 0 : values.includes(value));
  });

/** Words of PromQL that stand where a metric's name could. */
const KEYWORDS = new Set(["and", "or", "unless", "bool", "offset", "inf", "nan", "atan2"]);
const GROUPING = /\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gi;

/** Metrics of an expression, each with the job that it names. */
export function selectorsOf(expr: string): readonly { readonly metric: string; readonly job?: string }[] {
  // What stands in quotes may hold braces and words; only a job's is looked at.
  const texts: string[] = [];
  const bare = expr
    .replace(/"((?:\\.|[^"\\])*)"/g, (_, text: string) => `"${texts.push(text) - 1}"`)
    .replace(/\{([^}]*)\}/g, (_, labels: string) => {
      const job = /(?:^|,)\s*job\s*=\s*"(\d+)"/.exec(labels)?.[1];
      return `{${job === undefined ? "" : (texts[Number(job)] ?? "")}}`;
    })
    .replace(GROUPING, " ")
    .replace(/\bgroup_(left|right)\b/gi, " ")
    .replace(/\[[^\]]*\]/g, " ");
  return [...bare.matchAll(/([a-zA-Z_:][\w:]*)\s*(?:\{([^}]*)\}|(\())?/g)].flatMap(
    ([whole, metric = "", job, call], at, all) => {
      const index = all[at]?.index ?? 0;
      const isInBraces = bare.lastIndexOf("{", index) > bare.lastIndexOf("}", index);
      // The unit of a number: 5m, 1e3.
      const isUnit = /[\d.]/.test(bare[index - 1] ?? "");
      if (isInBraces || isUnit || call !== undefined || whole === "" || KEYWORDS.has(metric.toLowerCase()))
        return [];
      return [{ metric, ...(job === undefined || job === "" ? {} : { job }) }];
    },
  );
}

function unansweredExpression({ expr }: PrometheusQuery, { jobs }: Emitted): string | undefined {
  const selectors = selectorsOf(expr);
  if (selectors.length === 0) return `${expr}: asks for no metric`;
  for (const { metric, job } of selectors) {
    const sources = jobs.filter((each) => job === undefined || each.job === job);
    if (!sources.some((each) => each.metrics.has(metric)))
      return `${metric}: no job ${job === undefined ? "" : `${job} `}that is declared brings it`;
  }
  return undefined;
}
