import type { LogFields, logFieldTypes } from "./fields";
import { metricNames, metrics, type MetricName, type MetricValues } from "./metrics";

/** A microsecond is as fine as anybody reads. */
const DECIMALS = 3;

/**
 * One line of JSON that is log and metrics in one: CloudWatch reads the metrics out of it.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 *
 * Total: what does not have its field's form is left out and counted in `RefusedFields`, and nothing is thrown.
 */
export function formatLine(
  types: ReturnType<typeof logFieldTypes>,
  namespace: string,
  fields: LogFields,
  values: MetricValues,
  nowMs: number,
): string {
  const entries = Object.entries(types).flatMap(([name, type]): [string, unknown][] => {
    const value: unknown = own(fields, name);
    return value !== undefined && type.accepts(value) ? [[name, value]] : [];
  });
  const taken = new Set(entries.map(([name]) => name));

  const measured = metricNames.flatMap((name): [MetricName, number][] => {
    // Counted here and nowhere else.
    if (name === "RefusedFields") return [];
    const value = own(values, name);
    const metric = metrics[name];
    if (typeof value !== "number" || !(value >= 0 && value <= metric.max)) return [];
    // A metric without one of its dimensions would be read as another metric, or as none.
    if (!metric.dimensions.every((dimension) => taken.has(dimension))) return [];
    return [[name, Number(value.toFixed(DECIMALS))]];
  });

  const given = countGiven(fields) + countGiven(values);
  const refused = given - entries.length - measured.length;
  if (refused > 0 && taken.has("functionName"))
    measured.push(["RefusedFields", Math.min(refused, metrics.RefusedFields.max)]);

  return JSON.stringify({
    _aws: { Timestamp: Math.trunc(nowMs), CloudWatchMetrics: directives(namespace, measured) },
    ...Object.fromEntries(entries),
    ...Object.fromEntries(measured),
  });
}

const own = (record: object, name: string): unknown =>
  Object.hasOwn(record, name) ? (record as Readonly<Record<string, unknown>>)[name] : undefined;

const countGiven = (record: object): number =>
  Object.values(record).filter((value) => value !== undefined).length;

/** One directive for each set of dimensions. */
function directives(
  namespace: string,
  measured: readonly (readonly [MetricName, number])[],
): readonly object[] {
  const sets = new Map<string, { dimensions: readonly string[]; names: MetricName[] }>();
  for (const [name] of measured) {
    const { dimensions } = metrics[name];
    const set = sets.get(dimensions.join()) ?? { dimensions, names: [] };
    sets.set(dimensions.join(), { ...set, names: [...set.names, name] });
  }
  return [...sets.values()].map(({ dimensions, names }) => ({
    Namespace: namespace,
    Dimensions: [dimensions],
    Metrics: names.map((name) => ({ Name: name, Unit: metrics[name].unit })),
  }));
}
