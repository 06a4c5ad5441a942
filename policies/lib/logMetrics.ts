/** Metrics that the service makes of log lines. */
import type { Question } from "./alertRules";
import type { Stack, StackResource } from "./policy";
import { arnResource } from "./relations";
import { types } from "./types";
import { object, text } from "./values";

/** The group that a stage writes its access log to. */
export const accessLogOf = (stage: StackResource): string =>
  arnResource(text(object(stage.props.accessLogSettings).destinationArn)).replace(/^log-group:|:\*$/g, "");

/** A pattern that counts the lines with this status and nothing else; a scan's may be left out, by the authorizer's mark. */
const is429 = /^\{\s*(\$\.traffic\s*!=\s*"scan"\s*&&\s*)?\(?\s*\$\.status\s*=\s*"?429"?\s*\)?\s*\}$/;

export interface LogMetric {
  readonly namespace: string;
  readonly metricName: string;
  /** Dimension by dimension, the field that it is taken from, e.g. `$.resourcePath`. */
  readonly dimensions: Readonly<Record<string, unknown>>;
}

/** Metrics made of a log group; with `only429`, those that count each answer 429 once. */
export const logMetricsOf = (stack: Stack, logGroup: string, only429: boolean): readonly LogMetric[] =>
  stack
    .ofType(types.metricFilter)
    .filter(({ props }) => logGroup !== "" && props.logGroupName === logGroup)
    .filter(({ props }) => !only429 || is429.test(text(props.pattern)))
    .map(({ props }) => object(props.metricTransformation))
    .filter(({ value }) => !only429 || value === "1")
    .map(({ namespace, name, dimensions }) => ({
      namespace: text(namespace),
      metricName: text(name),
      dimensions: object(dimensions),
    }));

export const isOf = (metric: LogMetric, { namespace, metricName, dimensions }: Question): boolean =>
  metric.namespace === namespace &&
  metric.metricName === metricName &&
  Object.keys(metric.dimensions).sort().join() === Object.keys(dimensions).sort().join();
