/**
 * Grafana's alert rules, asked what they would do about a course of events rather than compared as text.
 * https://grafana.com/docs/grafana/latest/alerting/fundamentals/alert-rule-evaluation/
 */
import { calculate } from "./alertMath";
import { once } from "./once";
import type { Stack, StackResource } from "./policy";
import { types } from "./types";
import { list, number, object, objects, parseObject, strings, text, type Props } from "./values";

const MINUTE_SECONDS = 60;

export interface AlertRule {
  readonly group: StackResource;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly props: Props;
  readonly stages: readonly RuleStage[];
}

/** One stage of a rule: a query, or an expression over other stages. */
export interface RuleStage {
  readonly refId: string;
  readonly datasourceUid: string;
  readonly model: Props;
  /** How long before the evaluation its window begins and ends. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

const texts = (value: unknown): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(object(value)).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );

export const rulesOf = once((group: StackResource): readonly AlertRule[] =>
  objects(group.props.rules).map((props) => ({
    group,
    name: text(props.name),
    labels: texts(props.labels),
    annotations: texts(props.annotations),
    props,
    stages: objects(props.datas).map((data) => {
      const { from, to } = object(data.relativeTimeRange);
      return {
        refId: text(data.refId),
        datasourceUid: text(data.datasourceUid),
        model: parseObject(data.model) ?? {},
        fromSeconds: number(from),
        toSeconds: number(to ?? 0),
      };
    }),
  })),
);

export const alertRulesOf = (stack: Stack): readonly AlertRule[] =>
  stack.ofType(types.ruleGroup).flatMap(rulesOf);

/** `90s`, `10m`, `1h30m`, `2d`; `NaN` for anything else. */
export function secondsOf(duration: unknown): number {
  if (duration === undefined || duration === "" || duration === "0") return 0;
  const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };
  const written = text(duration);
  if (!/^(\d+[smhdw])+$/.test(written)) return Number.NaN;
  return [...written.matchAll(/(\d+)([smhdw])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? Number.NaN),
    0,
  );
}

const expressionUids = ["__expr__", "-100"];
export const isExpression = ({ datasourceUid }: RuleStage): boolean => expressionUids.includes(datasourceUid);

/** A kind of data source of this stack, and where it asks. */
export interface Asked {
  /** Uids of this stack's own. */
  readonly uids: readonly string[];
  /** The stack's region; a query of CloudWatch may be about any. */
  readonly region?: string;
}

/** The stack's own data sources of a kind. */
export const askedOf = (stack: Stack, type: "cloudwatch" | "prometheus"): Asked => ({
  uids: stack
    .ofType(types.dataSource)
    .filter(({ props }) => props.type === type)
    .map(({ props }) => text(props.uid)),
  ...(type === "cloudwatch" ? { region: text(stack.ofType(types.provider)[0]?.props.region) } : {}),
});

/** True when a query, of a rule or a panel, goes where the stack is, and nowhere else. */
export function goesTo(model: Props, datasourceUid: string, { uids, region }: Asked): boolean {
  const { uid = datasourceUid } = object(model.datasource);
  if (datasourceUid === "" || !uids.includes(datasourceUid) || uid !== datasourceUid) return false;
  if (region === undefined) return true;
  const { accountId, queryMode, sqlExpression, metricEditorMode } = model;
  return (
    region !== "" &&
    model.region === region &&
    [undefined, ""].includes(accountId as string | undefined) &&
    queryMode === "Metrics" &&
    text(sqlExpression) === "" &&
    (metricEditorMode === undefined || metricEditorMode === 0)
  );
}

/** The stages that a rule's condition comes from, by their names. */
function usedStages({ props, stages }: AlertRule): ReadonlySet<string> {
  const used = new Set<string>();
  const visit = (refId: string): void => {
    const stage = stages.find((one) => one.refId === refId);
    if (!stage || used.has(refId)) return;
    used.add(refId);
    if (!isExpression(stage)) return;
    const expression = text(stage.model.expression);
    if (stage.model.type !== "math") visit(expression.replace(/[${}]/g, ""));
    else for (const [, name = ""] of expression.matchAll(/\$\{?(\w+)\}?/g)) visit(name);
  };
  visit(text(props.condition));
  return used;
}

/** What of a rule's queries goes elsewhere, or is there for show. */
export function strayStages(rule: AlertRule, asked: Asked): readonly string[] {
  const used = usedStages(rule);
  const refIds = rule.stages.map(({ refId }) => refId);
  return [
    ...refIds.filter((refId, at) => refIds.indexOf(refId) !== at).map((refId) => `'${refId}' twice`),
    ...refIds
      .filter((refId) => !used.has(refId))
      .map((refId) => `'${refId}', which its condition does not use`),
    ...rule.stages
      .filter((stage) => stage.model.hide === true || stage.model.refId !== stage.refId)
      .map(({ refId }) => `'${refId}' hidden, or by another name`),
    ...rule.stages
      .filter((stage) => !isExpression(stage) && !goesTo(stage.model, stage.datasourceUid, asked))
      .map(({ refId }) => `'${refId}', which asks somewhere else`),
  ];
}

/** What CloudWatch is asked by a query of a rule or a panel. */
export interface Question {
  readonly namespace: string;
  readonly metricName: string;
  readonly statistic: string;
  /** By name, all of them; each with its values, in a text or a list. */
  readonly dimensions: Readonly<Record<string, readonly string[]>>;
}

export const questionOf = once((model: Props): Question | undefined => {
  const { namespace, metricName, statistic, dimensions, matchExact, metricQueryType, expression } = model;
  // A search for metrics with more dimensions, an SQL text or a formula is another question.
  if (matchExact === false || (metricQueryType !== undefined && metricQueryType !== 0)) return undefined;
  if (text(expression) !== "" || text(namespace) === "" || text(metricName) === "") return undefined;
  return {
    namespace: text(namespace),
    metricName: text(metricName),
    statistic: text(statistic),
    dimensions: Object.fromEntries(
      Object.entries(object(dimensions)).map(([name, values]) => [name, strings(values)]),
    ),
  };
});

/** True when the question is about exactly these dimensions. */
export const isAboutOnly = ({ dimensions }: Question, wanted: Readonly<Record<string, string>>): boolean =>
  Object.keys(dimensions).length === Object.keys(wanted).length &&
  Object.entries(wanted).every(([name, value]) => {
    const values = dimensions[name] ?? [];
    return values.length === 1 && values[0] === value;
  });

/** A course of events: what a metric is in the minute that begins so many minutes after the beginning; `undefined` for a metric that nobody emits. */
export type Events = (question: Question) => ((minute: number) => number) | undefined;

const reducers: Readonly<Record<string, (values: readonly number[]) => number>> = {
  last: (values) => values[values.length - 1] ?? Number.NaN,
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  min: (values) => (values.length === 0 ? Number.NaN : Math.min(...values)),
  max: (values) => (values.length === 0 ? Number.NaN : Math.max(...values)),
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  count: (values) => values.length,
};

const comparisons: Readonly<Record<string, (value: number, first: number, second: number) => boolean>> = {
  gt: (value, first) => value > first,
  lt: (value, first) => value < first,
  gte: (value, first) => value >= first,
  lte: (value, first) => value <= first,
  eq: (value, first) => value === first,
  ne: (value, first) => value !== first,
  within_range: (value, first, second) => value > first && value < second,
  outside_range: (value, first, second) => value < first || value > second,
};

type Value = readonly number[] | number | undefined;
type Values = (refId: string) => Value;

const single = (value: Value): number | undefined => (typeof value === "number" ? value : undefined);

/** What an expression makes of other stages' values. A rule is asked about thousands of moments: it is read once. */
const expressionOf = once((model: Props): ((values: Values) => number | undefined) => {
  const expression = text(model.expression);
  const of = expression.replace(/[${}]/g, "");
  if (model.type === "reduce") {
    const reduce = reductionOf(model);
    return (values) => reduce(values(of));
  }
  if (model.type === "math") return (values) => calculate(expression, (name) => single(values(name)));
  if (model.type === "threshold") {
    const compare = comparisonOf(model);
    return (values) => {
      const value = single(values(of));
      return value === undefined ? undefined : compare?.(value);
    };
  }
  return () => undefined;
});

function comparisonOf(model: Props): ((value: number) => number) | undefined {
  const conditions = objects(model.conditions);
  // A second threshold at which an alert ends is not counted here: with one, another alert would be judged than what rings.
  if (conditions.length !== 1 || conditions[0]?.unloadEvaluator !== undefined) return undefined;
  const evaluator = object(conditions[0]?.evaluator);
  const [first, second = Number.NaN] = list(evaluator.params).map(number);
  const compare = comparisons[text(evaluator.type)];
  return compare && first !== undefined ? (value) => (compare(value, first, second) ? 1 : 0) : undefined;
}

function reductionOf(model: Props): (values: Value) => number | undefined {
  const reducer = reducers[text(model.reducer)];
  const { mode, replaceWithValue } = object(model.settings);
  return (values) => {
    if (values === undefined || typeof values === "number") return values;
    const value = reducer?.(values);
    return value !== undefined && mode === "replaceNN" && !Number.isFinite(value)
      ? number(replaceWithValue)
      : value;
  };
}

/** What a rule's condition comes to; `undefined` where the pack cannot read it. */
export function conditionOf(
  { props, stages }: AlertRule,
  seriesOf: (stage: RuleStage) => readonly number[] | number | undefined,
): number | undefined {
  const resolved = new Map<string, Value>();
  const resolve: Values = (refId) => {
    if (resolved.has(refId)) return resolved.get(refId);
    // Whoever comes back here before there is an answer asks for itself.
    resolved.set(refId, undefined);
    const stage = stages.find((one) => one.refId === refId);
    const value = stage && (isExpression(stage) ? expressionOf(stage.model)(resolve) : seriesOf(stage));
    resolved.set(refId, value);
    return value;
  };
  return single(resolve(text(props.condition)));
}

/** What a query finds in its window at a time; `undefined` for a query that cannot be read. */
type Window = (atSeconds: number) => readonly number[];

/**
 * The values are one a period: the window's begin is rounded down, and a period that begins before its end is in.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
 */
function windowOf(stage: RuleStage, events: Events): Window | undefined {
  const question = questionOf(stage.model);
  const metric = question && events(question);
  const periodSeconds = Number(stage.model.period);
  const { fromSeconds, toSeconds } = stage;
  if (!metric || !(fromSeconds > toSeconds) || !(toSeconds >= 0)) return undefined;
  if (!(periodSeconds >= MINUTE_SECONDS) || periodSeconds % MINUTE_SECONDS !== 0) return undefined;
  const minutes = periodSeconds / MINUTE_SECONDS;
  const perPeriod = question.statistic === "Sum" ? 1 : minutes;
  // Windows overlap: each period is reckoned once.
  const known = new Map<number, number>();
  const valueFrom = (start: number): number => {
    let value = known.get(start);
    if (value === undefined) {
      value = 0;
      for (let at = 0; at < minutes; at += 1) value += metric(start / MINUTE_SECONDS + at);
      known.set(start, (value /= perPeriod));
    }
    return value;
  };
  return (atSeconds) => {
    const values: number[] = [];
    const first = Math.floor((atSeconds - fromSeconds) / periodSeconds) * periodSeconds;
    for (let start = first; start < atSeconds - toSeconds; start += periodSeconds)
      values.push(valueFrom(start));
    return values;
  };
}

/** When a rule rings at a course of events whose change is at 0. */
export type Ringing =
  | { readonly kind: "rings"; readonly afterSeconds: number }
  | { readonly kind: "calm" }
  | { readonly kind: "unreadable" };

/**
 * Evaluates the rule as Grafana does, from half an hour before the change to so long after it. A condition that is no number
 * counts as one that is met, as it does there.
 */
export function ringingOf(rule: AlertRule, events: Events, untilSeconds: number): Ringing {
  const everySeconds = number(rule.group.props.intervalSeconds);
  const forSeconds = secondsOf(rule.props.for);
  if (!(everySeconds > 0) || !(forSeconds >= 0) || rule.props.isPaused === true)
    return { kind: "unreadable" };
  const windows = new Map(rule.stages.map((stage) => [stage, windowOf(stage, events)]));
  let pendingSince: number | undefined;
  const start = -Math.ceil(1_800 / everySeconds) * everySeconds;
  for (let at = start; at <= untilSeconds; at += everySeconds) {
    const value = conditionOf(rule, (stage) => windows.get(stage)?.(at));
    if (value === undefined) return { kind: "unreadable" };
    if (value === 0) {
      pendingSince = undefined;
      continue;
    }
    pendingSince ??= at;
    if (at - pendingSince >= forSeconds) return { kind: "rings", afterSeconds: at };
  }
  return { kind: "calm" };
}
