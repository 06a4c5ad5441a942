import { evaluate, parse } from "./math";
import { reduce, type ReduceModel } from "./reduce";
import {
  askCloudWatch,
  askPrometheus,
  type CloudWatchOptions,
  type MetricsModel,
  type Prometheus,
  type SimulatedMetric,
} from "./sources";
import { labelKey, type Labels, type Values } from "./values";

/** A rule as it is provisioned: every model is a text. */
export interface ProvisionedRule {
  readonly name: string;
  readonly condition: string;
  readonly for: string;
  readonly noDataState: string;
  readonly execErrState: string;
  readonly datas: readonly {
    readonly refId: string;
    readonly datasourceUid: string;
    readonly relativeTimeRange: { readonly from: number; readonly to: number };
    readonly model: string;
  }[];
}

export interface World {
  readonly metrics?: readonly SimulatedMetric[];
  readonly cloudWatch?: CloudWatchOptions;
  readonly prometheus?: Prometheus;
}

export interface Result {
  readonly labels: Labels;
  readonly state: "Normal" | "Alerting" | "NoData" | "Error";
}

type Model = Partial<ReduceModel & MetricsModel> & {
  readonly type?: string;
  readonly expression?: string;
  readonly expr?: string;
  readonly datasource?: { readonly type?: string };
};

/**
 * One evaluation: queries, expressions, and what the condition comes to for each series.
 *
 * https://github.com/grafana/grafana/blob/main/pkg/services/ngalert/eval/eval.go
 * - a query of a data source that gives nothing at all makes "no data" of the whole rule (`IsNoData`)
 * - per series 0 is normal, null is no data, and everything else rings, NaN as well (`evaluateExecutionResult`)
 * - two series of one name are an error
 */
export function evaluateRule(rule: ProvisionedRule, world: World, nowMs: number): readonly Result[] {
  const values = new Map<string, Values>();
  const silent: { readonly refId: string; readonly datasourceUid: string }[] = [];
  try {
    for (const { refId, datasourceUid, relativeTimeRange, model: text } of rule.datas) {
      const model = JSON.parse(text) as Model;
      if (datasourceUid === "__expr__") {
        values.set(refId, expressionOf(model, values));
        continue;
      }
      // https://github.com/grafana/grafana/blob/main/pkg/services/ngalert/models/alert_query.go
      if (relativeTimeRange.from <= relativeTimeRange.to)
        throw new Error(`${refId}: the range ends before it begins`);
      const found =
        model.datasource?.type === "prometheus"
          ? askPrometheus(world.prometheus ?? (() => []), model.expr ?? "", nowMs)
          : askCloudWatch(
              world.metrics ?? [],
              model as MetricsModel,
              {
                fromMs: nowMs - relativeTimeRange.from * 1_000,
                toMs: nowMs - relativeTimeRange.to * 1_000,
              },
              nowMs,
              world.cloudWatch,
            );
      if (found.length === 0) silent.push({ refId, datasourceUid });
      values.set(refId, found.length === 0 ? [{ kind: "no data" }] : found);
    }
  } catch {
    return [{ labels: {}, state: "Error" }];
  }
  const [first] = silent;
  if (first)
    return [
      {
        labels: { datasource_uid: first.datasourceUid, ref_id: silent.map(({ refId }) => refId).join(",") },
        state: "NoData",
      },
    ];
  return unique(resultsOf(values.get(rule.condition) ?? []));
}

function expressionOf(model: Model, values: ReadonlyMap<string, Values>): Values {
  const { type, expression = "", reducer, settings } = model;
  if (type === "math") return evaluate(parse(expression), values);
  if (type !== "reduce" || reducer === undefined) throw new Error(`expression of type ${type ?? "none"}`);
  const reducedOf = values.get(expression.replace(/^\$/, ""));
  if (!reducedOf) throw new Error(`could not find dependent node '${expression}'`);
  return reduce(reducedOf, settings === undefined ? { reducer } : { reducer, settings });
}

function resultsOf(condition: Values): readonly Result[] {
  if (condition.length === 0) return [{ labels: {}, state: "NoData" }];
  return condition.map((value): Result => {
    if (value.kind === "no data") return { labels: {}, state: "NoData" };
    if (value.kind === "series") return { labels: {}, state: "Error" };
    const labels = value.kind === "number" ? value.labels : {};
    if (value.value === null) return { labels, state: "NoData" };
    return { labels, state: value.value === 0 ? "Normal" : "Alerting" };
  });
}

function unique(results: readonly Result[]): readonly Result[] {
  const keys = new Set(results.map(({ labels }) => labelKey(labels)));
  return keys.size === results.length ? results : [{ labels: {}, state: "Error" }];
}
