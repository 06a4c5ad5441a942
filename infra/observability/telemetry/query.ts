/**
 * What a panel or an alert asks of a data source. Nothing in here knows Grafana: dashboards, alert rules, exports and tests are
 * made of the same queries.
 */

/** What CloudWatch makes of the values of one period. `p95` is an extended statistic. */
export type Statistic = "Sum" | "Average" | "Minimum" | "Maximum" | "SampleCount" | "p50" | "p95" | "p99";

/** A metric of CloudWatch. Its dimensions are all that it has: a metric with one dimension more is another metric. */
export interface CloudWatchQuery {
  readonly source: "cloudwatch";
  /** Of the stack's namespaces, or a service's, e.g. `AWS/ApiGateway`. */
  readonly namespace: string;
  readonly metricName: string;
  /** By name; a list asks for one series for each value, `"*"` for one for each value that there is. */
  readonly dimensions: Readonly<Record<string, string | readonly string[]>>;
  readonly statistic: Statistic;
  /** Seconds that one value stands for; a multiple of 60. */
  readonly periodSeconds: number;
}

/** An expression of PromQL. */
export interface PrometheusQuery {
  readonly source: "prometheus";
  readonly expr: string;
}

export type Query = CloudWatchQuery | PrometheusQuery;

/** Units as a reader sees them. */
export type Unit =
  | "milliseconds"
  | "seconds"
  | "days"
  | "percent"
  | "count"
  | "requests per second"
  | "requests per minute"
  | "bytes"
  | "megabytes"
  | "bytes per second"
  | "cores"
  /** How many times as much. */
  | "times"
  | "state";
