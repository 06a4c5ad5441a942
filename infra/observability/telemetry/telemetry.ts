import { routeId, type Contract } from "../../contract/contract";
import { functionNames } from "../../edge/functionNames";
import type { Rule } from "../../firewall/firewallRules";
import { metricNamespace, metrics, type MetricName } from "../../functions/log/metrics";
import type { Settings } from "../../settings/settings.schema";
import type { CloudWatchQuery, PrometheusQuery, Statistic } from "./query";

/** Where the metrics stand that are made of the gateway's and the firewall's logs. */
export const logMetricNamespace = (namePrefix: string): string => `${namePrefix}/logs`;

/**
 * Metrics made of log lines by metric filters; `logMetrics.ts` declares each. Those without dimensions are 0 in a minute whose
 * lines do not match, so that their silence means that there is no log.
 */
export const logMetricNames = {
  /** Lines of the gateway's access log: one a request, whoever answered it. */
  AccessLogLines: [],
  /** What clients asked, less what was denied before it was known whose it was; and what of it ended in 5xx (B8.2). */
  ServedRequests: [],
  ServedServerErrors: [],
  /** Requests of clients on the route of B1.2, counted as the objective's are, and those of them over its own threshold. */
  OrderedRequests: [],
  OrderedSlowRequests: [],
  /** Requests of clients that the objective's route served, and those of them that took longer than its threshold (B8.1). */
  ObjectiveRequests: [],
  ObjectiveSlowRequests: [],
  /** What scans asked: it is in none of the others that say whose or why, so that nobody is paged by it. */
  ScanRequests: [],
  /** Answers 429 to anybody but a scan, whoever gave them: gateway, usage plan, firewall, edge (B1.4). */
  Throttled: [],
  ThrottledByRoute: ["route"],
  ThrottledByClient: ["clientId"],
  /** The gateway's word for it, e.g. `THROTTLED`, `QUOTA_EXCEEDED`, `WAF_FILTERED`; `-` where the edge refused. */
  ThrottledByReason: ["reason"],
  ClientErrorsByClient: ["clientId"],
  ClientErrorsByReason: ["reason"],
  ServerErrorsByClient: ["clientId"],
  ServerErrorsByReason: ["reason"],
  RequestsByClient: ["clientId"],
  /** Voice connections that were asked for, and how they were answered. */
  VoiceConnections: ["status"],
  /** What the masking of the logs found, less the addresses that the firewall's log holds by nature (B8.3). */
  LogFindings: [],
  /** A scan that says that it failed, or that it found something of a level that fails (B2). */
  ScanFailures: [],
  /** Scans that ended, well or not. */
  ScansEnded: ["scan"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type LogMetricName = keyof typeof logMetricNames;

type Dimensions = CloudWatchQuery["dimensions"];

export type Telemetry = ReturnType<typeof telemetry>;

/**
 * Everything that dashboards and alerts may ask for, of the same settings and contract as what is deployed. Pure.
 *
 * A period is a minute unless {@link every} says otherwise.
 */
export function telemetry(
  settings: Pick<Settings, "namePrefix" | "account" | "gateway">,
  contract: Contract,
) {
  const { namePrefix, account } = settings;
  const stage = { ApiName: namePrefix, Stage: settings.gateway.stageName };
  const query = (
    namespace: string,
    metricName: string,
    statistic: Statistic,
    dimensions: Dimensions,
  ): CloudWatchQuery => ({
    source: "cloudwatch",
    namespace,
    metricName,
    dimensions,
    statistic,
    periodSeconds: 60,
  });

  return {
    /** The contract's routes as the gateway's metrics name them. */
    routes: contract.routes.map((route) => ({
      /** As functions write it: `POST /chat`. */
      route: routeId(route),
      dimensions: { ...stage, Resource: route.path, Method: route.method.toUpperCase() },
    })),
    /** All routes of a path, or of all paths that a dashboard's reader chose. */
    routesOf: (resource: string) => ({
      ...stage,
      Resource: resource,
      Method: [...new Set(contract.routes.map(({ method }) => method.toUpperCase()))],
    }),

    /** Functions as their own lines name them, and as AWS does. */
    functionNames,
    functions: functionNames.map((name) => `${namePrefix}-${name}`),

    /**
     * What the gateway itself counts, for the stage or for one route of {@link routes}.
     * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
     */
    gateway: (
      metricName: "Count" | "4XXError" | "5XXError" | "Latency" | "IntegrationLatency",
      statistic: Statistic,
      of: Dimensions = stage,
    ) => query("AWS/ApiGateway", metricName, statistic, of),

    /** Of {@link metrics}: what functions write themselves. */
    own: (metricName: MetricName, statistic: Statistic, dimensions: Dimensions) => {
      const expected = [...metrics[metricName].dimensions].sort().join();
      if (Object.keys(dimensions).sort().join() !== expected)
        throw new Error(
          `${metricName}: got the dimensions ${Object.keys(dimensions).join()}; allowed: ${expected}; fix: name them all`,
        );
      return query(metricNamespace(namePrefix), metricName, statistic, dimensions);
    },

    /** Of {@link logMetricNames}. */
    fromLogs: (metricName: LogMetricName, statistic: Statistic = "Sum", dimensions: Dimensions = {}) => {
      const expected = [...logMetricNames[metricName]].sort().join();
      if (Object.keys(dimensions).sort().join() !== expected)
        throw new Error(
          `${metricName}: got the dimensions ${Object.keys(dimensions).join()}; allowed: ${expected}; fix: name them all`,
        );
      return query(logMetricNamespace(namePrefix), metricName, statistic, dimensions);
    },

    /** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
    lambda: (
      metricName:
        | "Invocations"
        | "Errors"
        | "Throttles"
        | "Duration"
        | "ConcurrentExecutions"
        | "AsyncEventAge"
        | "AsyncEventsDropped",
      statistic: Statistic,
      /** As in AWS, e.g. `fase-b-staging-edge`. */
      functionName: string | readonly string[],
    ) => query("AWS/Lambda", metricName, statistic, { FunctionName: functionName }),

    /** By the metric name of a rule. https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html */
    firewall: (
      metricName: "AllowedRequests" | "BlockedRequests" | "CountedRequests",
      rule: Rule<unknown>["name"] | readonly string[] | "ALL",
    ) =>
      query("AWS/WAFV2", metricName, "Sum", {
        WebACL: `${namePrefix}-firewall`,
        Region: account.region,
        Rule: rule,
      }),

    /** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html */
    queue: (
      metricName:
        "ApproximateNumberOfMessagesVisible" | "ApproximateAgeOfOldestMessage" | "NumberOfMessagesSent",
      statistic: Statistic,
      queueName: string | readonly string[],
    ) => query("AWS/SQS", metricName, statistic, { QueueName: queueName }),

    /** How often a rule of EventBridge began something. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
    eventRule: (metricName: "TriggeredRules" | "FailedInvocations", ruleName: string | readonly string[]) =>
      query("AWS/Events", metricName, "Sum", { RuleName: ruleName }),

    prometheus: (expr: string): PrometheusQuery => ({ source: "prometheus", expr }),
  };
}

/** The same over another period, a multiple of a minute. */
export const every = (query: CloudWatchQuery, periodSeconds: number): CloudWatchQuery => ({
  ...query,
  periodSeconds,
});
