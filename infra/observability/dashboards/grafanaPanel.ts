import * as bargauge from "@grafana/grafana-foundation-sdk/bargauge";
import {
  MetricEditorMode,
  MetricQueryType,
  MetricsQueryBuilder,
  QueryMode,
} from "@grafana/grafana-foundation-sdk/cloudwatch";
import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  FieldColorBuilder,
  FieldColorModeId,
  MappingType,
  SpecialValueMatch,
  PanelBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type Panel as PanelModel,
  type Threshold as Step,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as statetimeline from "@grafana/grafana-foundation-sdk/statetimeline";
import * as text from "@grafana/grafana-foundation-sdk/text";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import type { Settings } from "../../settings/settings.schema";
import { dataSourceUid, folderUid } from "./dashboardIds";
import type { Place } from "./grid";
import { panelLinks } from "./links";
import { isDataPanel, type DataPanel, type Meaning, type Panel, type Target, type Threshold } from "./panel";
import { grafanaUnits } from "./units";

type Source = "cloudwatch" | "prometheus";

/** Grafana's model of a panel. */
export function grafanaPanel(panel: Panel, id: number, place: Place, settings: Settings): PanelModel {
  const builder = isDataPanel(panel) ? dataPanel(panel, settings) : wordPanel(panel, settings);
  return builder
    .id(id)
    .title(panel.title)
    .description(panel.description)
    .gridPos({ ...place })
    .links(panelLinks(settings, panel.alerts ?? [], panel.more))
    .build();
}

function wordPanel(panel: Exclude<Panel, DataPanel>, { namePrefix }: Settings) {
  if (panel.kind === "text")
    return new text.PanelBuilder().mode(text.TextMode.Markdown).content(panel.markdown);
  const built = new PanelBuilder().type("alertlist");
  // The SDK has no builder of its own for it.
  // https://github.com/grafana/grafana/blob/main/public/app/plugins/panel/alertlist/types.ts
  return built.options({
    viewMode: "list",
    groupMode: "default",
    groupBy: [],
    maxItems: 20,
    // By importance.
    sortOrder: 3,
    dashboardAlerts: false,
    alertName: "",
    alertInstanceLabelFilter: "",
    datasource: "-- Grafana --",
    folder: { uid: folderUid(namePrefix), title: folderTitle(namePrefix) },
    showInactiveAlerts: false,
    stateFilter: {
      firing: true,
      pending: true,
      recovering: true,
      noData: true,
      error: true,
      normal: false,
    },
  });
}

export const folderTitle = (namePrefix: string): string => namePrefix;

/** What panels of all kinds that show data have in common. */
type DataBuilder =
  timeseries.PanelBuilder | stat.PanelBuilder | bargauge.PanelBuilder | statetimeline.PanelBuilder;

function dataPanel(panel: DataPanel, settings: Settings): DataBuilder {
  const { targets, unit, threshold, meanings, minimum, maximum, lookBack, nothing = "no data" } = panel;
  const source = sourceOf(panel);
  const builder = looks[panel.kind](panel);
  builder
    .datasource({ type: source, uid: dataSourceUid(settings.namePrefix, source) })
    .unit(grafanaUnits[unit])
    .noValue(nothing)
    .thresholds(
      new ThresholdsConfigBuilder()
        .mode(ThresholdsMode.Absolute)
        .steps(meanings ? [...meanings].map(stepOf) : stepsOf(threshold)),
    );
  for (const [i, target] of targets.entries())
    builder.withTarget(query(target, letters(i), source, settings, panel.kind === "stat"));
  const mappings = [
    ...(meanings ? [mapping(meanings)] : []),
    ...(isColoured(panel) ? [withoutValue(nothing, meanings?.length ?? 0)] : []),
  ];
  if (mappings.length > 0) builder.mappings(mappings);
  if (minimum !== undefined) builder.min(minimum);
  if (maximum !== undefined) builder.max(maximum);
  if (lookBack !== undefined) builder.timeFrom(lookBack);
  return builder;
}

/** `A`, …, `Z`, `AA`, … as Grafana's editor goes on. */
const letters = (index: number): string =>
  (index < 26 ? "" : letters(Math.floor(index / 26) - 1)) + String.fromCharCode(65 + (index % 26));

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const MAX_TARGETS = 500;

/** @throws Error where a panel would ask two data sources, or more than CloudWatch answers at once */
function sourceOf({ title, targets }: DataPanel): Source {
  const sources = new Set(targets.map((target) => ("math" in target ? "cloudwatch" : target.query.source)));
  const [source = "cloudwatch"] = sources;
  if (sources.size > 1)
    throw new Error(`${title}: got two data sources; allowed: one; fix: make two panels of it`);
  if (targets.length > MAX_TARGETS)
    throw new Error(
      `${title}: got ${targets.length} queries; allowed: ${MAX_TARGETS}; fix: ask for all values of a dimension at once`,
    );
  return source;
}

const looks: Readonly<Record<DataPanel["kind"], (panel: DataPanel) => DataBuilder>> = {
  "time series": ({ draw = "lines", threshold }) =>
    new timeseries.PanelBuilder()
      .drawStyle(draw === "bars" ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
      .lineWidth(1)
      .fillOpacity(draw === "bars" ? 60 : 8)
      .showPoints(VisibilityMode.Auto)
      .thresholdsStyle(
        new GraphThresholdsStyleConfigBuilder().mode(
          threshold ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off,
        ),
      )
      // So that its line is in sight though all is well.
      .axisSoftMax(threshold ? threshold.value * 1.1 : 1)
      .axisSoftMin(0)
      .legend(
        new VizLegendOptionsBuilder()
          .showLegend(true)
          .displayMode(LegendDisplayMode.List)
          .placement(LegendPlacement.Bottom),
      )
      .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending)),
  stat: (panel) =>
    new stat.PanelBuilder()
      .colorMode(isColoured(panel) ? BigValueColorMode.BackgroundSolid : BigValueColorMode.None)
      .graphMode(BigValueGraphMode.None)
      .reduceOptions(last()),
  "bar gauge": () => new bargauge.PanelBuilder().orientation(VizOrientation.Horizontal).reduceOptions(last()),
  states: () =>
    new statetimeline.PanelBuilder()
      .showValue(VisibilityMode.Never)
      .mergeValues(true)
      .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
      .legend(
        new VizLegendOptionsBuilder()
          .showLegend(true)
          .displayMode(LegendDisplayMode.List)
          .placement(LegendPlacement.Bottom),
      ),
};

const last = () => new ReduceDataOptionsBuilder().values(false).calcs(["lastNotNull"]);

/** A tile that is read by its colour. */
const isColoured = ({ kind, threshold, meanings }: DataPanel): boolean =>
  kind === "stat" && (threshold !== undefined || meanings !== undefined);

const NEUTRAL = "#808080";

/**
 * Grafana colours a tile without a value by the lowest step, which mostly is green: nothing known would look like all is well. What
 * a mapping says comes first.
 * https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/field/displayProcessor.ts
 */
const withoutValue = (nothing: string, index: number): ValueMapping => ({
  type: MappingType.SpecialValue,
  options: { match: SpecialValueMatch.NullAndNan, result: { text: nothing, color: NEUTRAL, index } },
});

const stepsOf = (threshold: Threshold | undefined): Step[] => {
  if (!threshold) return [{ value: null, color: "green" }];
  const [below, above] = threshold.bad === "above" ? ["green", "red"] : ["red", "green"];
  return [
    { value: null, color: below },
    { value: threshold.value, color: above },
  ] as Step[];
};

const stepOf = ({ value, color }: Meaning, i: number): Step => ({ value: i === 0 ? null : value, color });

const mapping = (meanings: readonly Meaning[]): ValueMapping => ({
  type: MappingType.ValueToText,
  options: Object.fromEntries(
    meanings.map(({ value, text: words, color }, index) => [String(value), { text: words, color, index }]),
  ),
});

/** @param isNow of Prometheus what is known at this moment: of a range the last value may be hours old */
function query(
  target: Target,
  refId: string,
  source: Source,
  settings: Settings,
  isNow: boolean,
): Builder<Dataquery> {
  const datasource = { type: source, uid: dataSourceUid(settings.namePrefix, source) };
  if (!("math" in target) && target.query.source === "prometheus") {
    const asked = new DataqueryBuilder()
      .refId(refId)
      .datasource(datasource)
      .expr(target.query.expr)
      .legendFormat(target.legend);
    return isNow ? asked.instant() : asked.range();
  }
  const asked = new MetricsQueryBuilder()
    .refId(refId)
    .datasource(datasource)
    .queryMode(QueryMode.Metrics)
    .metricQueryType(MetricQueryType.Search)
    .region(settings.account.region)
    .label(target.legend);
  if ("math" in target)
    return asked
      .metricEditorMode(MetricEditorMode.Code)
      .id(`m${refId.toLowerCase()}`)
      .expression(target.math);
  if (target.query.source === "prometheus") throw new Error("two data sources: refused above");
  const { namespace, metricName, dimensions, statistic, periodSeconds } = target.query;
  asked
    .metricEditorMode(MetricEditorMode.Builder)
    .id(target.id ?? "")
    .namespace(namespace)
    .metricName(metricName)
    .dimensions(
      Object.fromEntries(
        Object.entries(dimensions).map(([name, value]) => [
          name,
          typeof value === "string" ? value : [...value],
        ]),
      ),
    )
    // A metric with one dimension more is another metric.
    .matchExact(true)
    .statistic(statistic)
    .period(String(periodSeconds));
  return target.hidden ? asked.hide(true) : asked;
}
