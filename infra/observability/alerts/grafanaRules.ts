import {
  QueryBuilder,
  RuleBuilder,
  type Query as RuleQuery,
  type Rule,
} from "@grafana/grafana-foundation-sdk/alerting";
import {
  MetricEditorMode,
  MetricQueryType,
  MetricsQueryBuilder,
} from "@grafana/grafana-foundation-sdk/cloudwatch";
import { TypeMathBuilder, TypeReduceBuilder } from "@grafana/grafana-foundation-sdk/expr";
import { DataqueryBuilder } from "@grafana/grafana-foundation-sdk/prometheus";
import { createHash } from "node:crypto";
import type { Settings } from "../../settings/settings.schema";
import {
  dashboardIds,
  dashboardUid,
  dashboardUrl,
  dataSourceUid,
  folderUid,
  type DashboardId,
} from "../dashboards/dashboardIds";
import type { Alert, CloudWatchCondition, Operand, PrometheusCondition } from "./alert";
import { runbookSection } from "../runbook";
import type { AlertName } from "./alertNames";
import { MINUTE_SECONDS } from "./condition";

/*
 * Alerts as Grafana's own model. What is provisioned (`ruleGroupArgs`) and what is exported (`provisioningFile`) are both made of
 * it, and the tests evaluate it as Grafana does.
 */

/** How often Grafana evaluates: the clauses speak of minutes. */
export const EVALUATION_SECONDS = 60;

/** The panel that shows an alert. */
export type PanelIdOf = (dashboard: DashboardId, alert: AlertName) => number;

export interface RuleContext {
  readonly namePrefix: string;
  readonly stack: string;
  /** Where CloudWatch is asked. */
  readonly region: string;
  readonly grafanaUrl: string;
  readonly runbookUrl: string;
  readonly panelIdOf: PanelIdOf;
}

export const ruleContext = (settings: Settings, panelIdOf: PanelIdOf): RuleContext => ({
  namePrefix: settings.namePrefix,
  stack: settings.stack,
  region: settings.account.region,
  grafanaUrl: settings.observability.grafana.url,
  runbookUrl: settings.observability.runbookUrl,
  panelIdOf,
});

/** Rules that are evaluated one after the other, at the same time. */
export interface RuleGroupModel {
  /** The dashboard that its alerts belong to. */
  readonly name: DashboardId;
  readonly folderUid: string;
  readonly intervalSeconds: number;
  readonly rules: readonly Rule[];
}

/** One group for each dashboard that has alerts, in the dashboards' order. */
export function grafanaRuleGroups(alerts: readonly Alert[], context: RuleContext): readonly RuleGroupModel[] {
  return dashboardIds.flatMap((id): RuleGroupModel[] => {
    const ofDashboard = alerts.filter(({ dashboard }) => dashboard === id);
    if (ofDashboard.length === 0) return [];
    return [
      {
        name: id,
        folderUid: folderUid(context.namePrefix),
        intervalSeconds: EVALUATION_SECONDS,
        rules: ofDashboard.map((alert) => rule(alert, context)),
      },
    ];
  });
}

/** https://github.com/grafana/grafana/blob/main/pkg/util/shortid_generator.go: 40 characters at most */
const MAX_UID_CHARACTERS = 40;
const DIGEST_CHARACTERS = 8;

/** Stable: the alert's name in it, and where that is too long a digest in place of its end. */
export function alertRuleUid(namePrefix: string, name: AlertName): string {
  const uid = `${namePrefix}-${name.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}`;
  if (uid.length <= MAX_UID_CHARACTERS) return uid;
  const digest = createHash("sha256").update(uid, "utf8").digest("hex").slice(0, DIGEST_CHARACTERS);
  return `${uid.slice(0, MAX_UID_CHARACTERS - DIGEST_CHARACTERS - 1)}-${digest}`;
}

const EXPRESSIONS = { type: "__expr__", uid: "__expr__" } as const;
const CONDITION = "condition";

function rule(alert: Alert, context: RuleContext): Rule {
  const { name, condition, severity, clauses, dashboard, summary, description } = alert;
  const { whenSilent, ringsUnanswered = false } = alert;
  const forSeconds = pendingSeconds(alert);
  const uid = dashboardUid(context.namePrefix, dashboard);
  return (
    new RuleBuilder(name)
      .uid(alertRuleUid(context.namePrefix, name))
      .folderUID(folderUid(context.namePrefix))
      .ruleGroup(dashboard)
      .orgID(1)
      .queries(
        condition.source === "cloudwatch"
          ? cloudWatchQueries(name, condition, context)
          : prometheusQueries(condition, context),
      )
      .condition(CONDITION)
      .forDuration(duration(forSeconds))
      .noDataState(whenSilent === "alerting" ? "Alerting" : "OK")
      // One source that is away would otherwise ring as every alert that asks it, none of which has happened.
      .execErrState(ringsUnanswered ? "Alerting" : "KeepLast")
      .isPaused(false)
      .labels({
        severity,
        stack: context.stack,
        service: "fase-b",
        clause: clauses.join(","),
        dashboard,
      })
      .annotations({
        summary,
        description,
        runbook_url: runbookSection(context.runbookUrl, name),
        dashboard_url: dashboardUrl(context.grafanaUrl, context.namePrefix, dashboard),
        // Grafana wants both or none. https://grafana.com/docs/grafana/latest/alerting/alerting-rules/link-alert-rules-to-panels/
        __dashboardUid__: uid,
        __panelId__: String(context.panelIdOf(dashboard, name)),
      })
      .build()
  );
}

/**
 * Grafana counts from the first evaluation that finds the condition true, and that one already stands for the minute before it: ten
 * minutes, each of them over, have passed at the tenth evaluation, which is nine minutes after the first. Counted from there on
 * ten minutes would be eleven, and looser than ordered. A sample of Prometheus stands for an instant, so that nothing is taken off.
 * https://github.com/grafana/grafana/blob/main/pkg/services/ngalert/state/state.go (`resultAlerting`)
 */
export const pendingSeconds = ({ condition, forSeconds }: Pick<Alert, "condition" | "forSeconds">): number =>
  condition.source === "cloudwatch" ? Math.max(0, forSeconds - EVALUATION_SECONDS) : forSeconds;

/** As Go writes and reads it. */
const duration = (seconds: number): string =>
  seconds > 0 && seconds % MINUTE_SECONDS === 0 ? `${seconds / MINUTE_SECONDS}m` : `${seconds}s`;

function cloudWatchQueries(
  name: AlertName,
  { operands, math }: CloudWatchCondition,
  context: RuleContext,
): QueryBuilder[] {
  const entries = Object.entries(operands);
  return [
    ...entries.map(([operand, { query, windowSeconds, endsSecondsAgo }]) =>
      new QueryBuilder(queryRef(operand))
        .datasourceUid(dataSourceUid(context.namePrefix, "cloudwatch"))
        .relativeTimeRange(timeRange(windowSeconds, endsSecondsAgo))
        .model(metricsQuery(queryRef(operand), name, query, context)),
    ),
    ...entries.map(([operand, { reduce, whenEmpty }]) =>
      expression(operand).model(
        new TypeReduceBuilder()
          .refId(operand)
          .datasource(EXPRESSIONS)
          .expression(queryRef(operand))
          .reducer(reduce)
          .settings(reduceSettings(whenEmpty)),
      ),
    ),
    expression(CONDITION).model(
      new TypeMathBuilder().refId(CONDITION).datasource(EXPRESSIONS).expression(math),
    ),
  ];
}

const queryRef = (operand: string): string => `query_${operand}`;

/**
 * A window that has exactly so many minutes, whatever the second at which Grafana evaluates: CloudWatch rounds the start down to the
 * whole minute, and leaves out what begins at the end or later. So the range is 59 seconds shorter than what it stands for.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html (`StartTime`, `EndTime`)
 */
const timeRange = (
  windowSeconds: number,
  endsSecondsAgo: number,
): { readonly from: number; readonly to: number } => ({
  from: endsSecondsAgo + windowSeconds - (MINUTE_SECONDS - 1),
  to: endsSecondsAgo,
});

/**
 * Without a value most reducers give NaN, which is not 0 and thus rings. Dropped instead, it is a null, which is "no data" of that
 * series alone. https://github.com/grafana/grafana/blob/main/pkg/expr/mathexp/reduce.go
 */
const reduceSettings = (whenEmpty: number | undefined) =>
  whenEmpty === undefined
    ? ({ mode: "dropNN" } as const)
    : ({ mode: "replaceNN", replaceWithValue: whenEmpty } as const);

function metricsQuery(
  refId: string,
  name: AlertName,
  { namespace, metricName, dimensions, statistic, periodSeconds }: Operand["query"],
  { namePrefix, region }: RuleContext,
): MetricsQueryBuilder {
  const listed = Object.entries(dimensions).flatMap(([key, value]): [string, string[]][] => [
    [key, typeof value === "string" ? [value] : [...value]],
  ]);
  const several = listed.find(([, values]) => values.length > 1 || values.includes("*"));
  return (
    new MetricsQueryBuilder()
      .refId(refId)
      .id(refId)
      .datasource({ type: "cloudwatch", uid: dataSourceUid(namePrefix, "cloudwatch") })
      .region(region)
      .namespace(namespace)
      .metricName(metricName)
      .dimensions(Object.fromEntries(listed))
      .matchExact(true)
      .statistic(statistic)
      .period(String(periodSeconds))
      .metricQueryType(MetricQueryType.Search)
      .metricEditorMode(MetricEditorMode.Builder)
      // Grafana makes a label of it, and two operands meet by their labels: so it is the same for all of a rule.
      // https://github.com/grafana/grafana/blob/main/pkg/tsdb/cloudwatch/response_parser.go (`parseLabels`)
      .label(several ? `\${PROP('Dim.${several[0]}')}` : name)
  );
}

function prometheusQueries({ expr }: PrometheusCondition, { namePrefix }: RuleContext): QueryBuilder[] {
  const uid = dataSourceUid(namePrefix, "prometheus");
  return [
    new QueryBuilder("A")
      .datasourceUid(uid)
      .relativeTimeRange({ from: 10 * MINUTE_SECONDS, to: 0 })
      .model(new DataqueryBuilder().refId("A").datasource({ type: "prometheus", uid }).expr(expr).instant()),
    // A rule rings for what is not 0, Prometheus for whatever is returned, a 0 as well.
    expression(CONDITION).model(
      new TypeMathBuilder().refId(CONDITION).datasource(EXPRESSIONS).expression("!is_null($A)"),
    ),
  ];
}

const expression = (refId: string): QueryBuilder =>
  new QueryBuilder(refId).datasourceUid(EXPRESSIONS.uid).relativeTimeRange({ from: 0, to: 0 });

/** A query's model as it is provisioned and as it is exported: the same bytes. */
const modelText = ({ model }: Pick<RuleQuery, "model">): string => JSON.stringify(model);

/** What both forms say of a rule in the same words. */
const said = (rule: Rule) => ({
  uid: defined(rule.uid),
  condition: rule.condition,
  for: rule.for,
  noDataState: rule.noDataState,
  execErrState: rule.execErrState,
  isPaused: false,
  labels: { ...rule.labels },
  annotations: { ...rule.annotations },
});

const asked = (query: RuleQuery) => ({
  refId: defined(query.refId),
  datasourceUid: defined(query.datasourceUid),
  relativeTimeRange: rangeOf(query),
});

/** What the provider takes. https://www.pulumi.com/registry/packages/grafana/api-docs/alerting/rulegroup/ */
export const ruleGroupArgs = ({ name, folderUid: folder, intervalSeconds, rules }: RuleGroupModel) => ({
  name,
  folderUid: folder,
  intervalSeconds,
  rules: rules.map((rule) => ({
    name: rule.title,
    ...said(rule),
    datas: rule.data.map((query) => ({ ...asked(query), model: modelText(query) })),
  })),
});

/**
 * The same as a file that Grafana reads at its start. Its folder is named by its title.
 * https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/
 */
export const provisioningFile = (groups: readonly RuleGroupModel[], folderTitle: string) => ({
  apiVersion: 1,
  groups: groups.map(({ name, intervalSeconds, rules }) => ({
    orgId: 1,
    name,
    folder: folderTitle,
    interval: duration(intervalSeconds),
    rules: rules.map((rule) => ({
      title: rule.title,
      ...said(rule),
      dashboardUid: defined(rule.annotations?.["__dashboardUid__"]),
      panelId: Number(rule.annotations?.["__panelId__"]),
      data: rule.data.map((query) => ({
        ...asked(query),
        model: JSON.parse(modelText(query)) as Readonly<Record<string, unknown>>,
      })),
    })),
  })),
});

const rangeOf = ({ relativeTimeRange }: RuleQuery): { from: number; to: number } => ({
  from: relativeTimeRange?.from ?? 0,
  to: relativeTimeRange?.to ?? 0,
});

function defined(text: string | undefined): string {
  if (text === undefined) throw new Error("a rule of Grafana's without a uid or a reference");
  return text;
}
