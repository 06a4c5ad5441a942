import type { Labels, Point, Value } from "./values";

/*
 * Stand-ins of the two data sources, in simulated time.
 */

const MINUTE_MS = 60_000;

/** A metric as its minutes have it. */
export interface SimulatedMetric {
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Labels;
  /** By statistic: the value of the minute that begins then; `undefined` where nothing was measured. */
  readonly values: Readonly<Record<string, (minuteMs: number) => number | undefined>>;
  /** So long after a minute's end CloudWatch has its value. @default 45 */
  readonly lateSeconds?: number | ((minuteMs: number) => number);
}

/** What Grafana asks of CloudWatch: the part of its query's model that counts. */
export interface MetricsModel {
  readonly region: string;
  readonly namespace: string;
  readonly metricName: string;
  readonly dimensions: Readonly<Record<string, readonly string[]>>;
  readonly matchExact: boolean;
  readonly statistic: string;
  readonly period: string;
  readonly label: string;
  readonly metricQueryType: number;
  readonly metricEditorMode: number;
}

export interface CloudWatchOptions {
  /**
   * Whether Grafana takes labels from the answer's label, and names each series by it as well, which it does since its version 11;
   * before, a single-valued query had its dimensions alone. @default true
   */
  readonly seriesLabel?: boolean;
  /** What a search that finds nothing comes to: not known, so both are tried. @default "empty frames" */
  readonly emptySearch?: "empty frames" | "no frames";
  /** Whether CloudWatch can't be asked at that time. @default never */
  readonly isDown?: (nowMs: number) => boolean;
}

const DEFAULT_LATE_SECONDS = 45;

/**
 * The answer as values of expressions; nothing at all is "no data" of the whole rule.
 *
 * - GetMetricData rounds the start down to the minute, takes it in, and leaves the end out.
 *   https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 * - One metric is asked for by its exact dimensions, and is there without values too; of several (a list, `*`) those with values are
 *   found. https://github.com/grafana/grafana/blob/main/pkg/tsdb/cloudwatch/metric_data_query_builder.go (`REMOVE_EMPTY(SEARCH(…))`)
 * - https://github.com/grafana/grafana/blob/main/pkg/tsdb/cloudwatch/response_parser.go (labels, empty frames)
 */
export function askCloudWatch(
  metrics: readonly SimulatedMetric[],
  model: MetricsModel,
  range: { readonly fromMs: number; readonly toMs: number },
  nowMs: number,
  options: CloudWatchOptions = {},
): Value[] {
  if (options.isDown?.(nowMs)) throw new Error("cloudwatch: ThrottlingException");
  if (model.period !== "60") throw new Error(`period ${model.period}: only minutes are simulated`);
  if (!model.matchExact || model.metricQueryType !== 0 || model.metricEditorMode !== 0)
    throw new Error("only queries of the builder with exact dimensions are simulated");
  const dimensions = Object.entries(model.dimensions).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const several = dimensions.filter(([, values]) => values.length > 1 || values.includes("*"));
  const matching = metrics.filter(
    (metric) =>
      metric.namespace === model.namespace &&
      metric.metricName === model.metricName &&
      Object.keys(metric.dimensions).length === dimensions.length &&
      dimensions.every(
        ([key, values]) =>
          metric.dimensions[key] !== undefined &&
          (values.includes("*") || values.includes(metric.dimensions[key])),
      ),
  );
  const pointsOf = (metric: SimulatedMetric): Point[] => {
    const points: Point[] = [];
    const valueAt = metric.values[model.statistic];
    const { lateSeconds = DEFAULT_LATE_SECONDS } = metric;
    for (let ms = Math.floor(range.fromMs / MINUTE_MS) * MINUTE_MS; ms < range.toMs; ms += MINUTE_MS) {
      const late = typeof lateSeconds === "number" ? lateSeconds : lateSeconds(ms);
      const value = ms + MINUTE_MS + late * 1_000 > nowMs ? undefined : valueAt?.(ms);
      if (value !== undefined) points.push({ ms, value });
    }
    return points;
  };
  const named = (labels: Labels): Labels => {
    if (options.seriesLabel === false) return labels;
    const dynamic = /^\$\{PROP\('Dim\.(\w+)'\)\}$/.exec(model.label)?.[1];
    return { Series: dynamic === undefined ? model.label : (labels[dynamic] ?? ""), ...labels };
  };
  if (several.length === 0) {
    const labels = named(Object.fromEntries(dimensions.map(([key, [value = ""]]) => [key, value])));
    return [{ kind: "series", labels, points: matching.flatMap(pointsOf) }];
  }
  const found = matching.flatMap((metric): Value[] => {
    const points = pointsOf(metric);
    return points.length === 0 ? [] : [{ kind: "series", labels: named(metric.dimensions), points }];
  });
  if (found.length > 0 || options.emptySearch === "no frames") return found;
  const [widest, values] = several.reduce((most, each) => (each[1].length > most[1].length ? each : most));
  return values.map((value) => ({
    kind: "series",
    labels: Object.fromEntries(
      dimensions.map(([key, [first = ""]]) => [key, key === widest ? value : first]),
    ),
    points: [],
  }));
}

/** What an instant query of PromQL returns; promtool has the word on expressions, this on what Grafana makes of the answer. */
export type Prometheus = (
  expr: string,
  nowMs: number,
) => readonly { readonly labels: Labels; readonly value: number }[];

export const askPrometheus = (prometheus: Prometheus, expr: string, nowMs: number): Value[] =>
  prometheus(expr, nowMs).map(({ labels, value }) => ({ kind: "number", labels, value }));
