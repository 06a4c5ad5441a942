/** What Grafana's dashboards ask for. https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
import { goesTo, questionOf, type Asked, type Question } from "./alertRules";
import type { StackResource } from "./policy";
import { list, number, object, objects, parseObject, text, type Props } from "./values";

export interface Board {
  readonly resource: StackResource;
  readonly uid: string;
  readonly panels: readonly BoardPanel[];
}

export interface BoardPanel {
  readonly id: unknown;
  readonly title: string;
  /** Questions to the stack's CloudWatch that are drawn, with the dashboard's variables written out. */
  readonly questions: readonly Question[];
  /** Expressions of PromQL. */
  readonly expressions: readonly string[];
}

/** Stands for every value that there is. */
export const ANY = "*";

/** Panels that draw what they ask for; a row or a text shows none of it. */
const drawing = ["barchart", "bargauge", "gauge", "heatmap", "stat", "state-timeline", "table", "timeseries"];

/** What a panel asks for and shows: a hidden question counts where another one that is shown is made of it. */
function shown(panel: Props): readonly Props[] {
  const { w, h } = object(panel.gridPos);
  if (!drawing.includes(text(panel.type)) || !(number(w) > 0 && number(h) > 0)) return [];
  const targets = objects(panel.targets);
  const seen = targets.filter(({ hide }) => hide !== true);
  const named = new Set(seen.flatMap(({ expression }) => text(expression).match(/\w+/g) ?? []));
  return targets.filter(
    ({ hide, id, refId }) => hide !== true || named.has(text(id)) || named.has(text(refId)),
  );
}

export function boardOf(resource: StackResource, cloudwatch?: Asked, prometheus?: Asked): Board {
  const goes = (target: Props, asked: Asked | undefined): boolean =>
    asked !== undefined && goesTo(target, text(object(target.datasource).uid), asked);
  const model = parseObject(resource.props.configJson) ?? {};
  const variables = variablesOf(model);
  const flat = (panels: unknown): readonly Props[] =>
    objects(panels).flatMap((panel) => [panel, ...flat(panel.panels)]);
  return {
    resource,
    uid: text(model.uid),
    panels: flat(model.panels).map((panel) => ({
      id: panel.id,
      title: text(panel.title),
      questions: shown(panel).flatMap((target) => {
        const question = goes(target, cloudwatch) ? questionOf(target) : undefined;
        return question ? [writtenOut(question, variables)] : [];
      }),
      expressions: shown(panel).flatMap((target) =>
        text(target.expr) === "" || !goes(target, prometheus) ? [] : [text(target.expr)],
      ),
    })),
  };
}

/** The values of the variables that a reader chooses among: a list that stands in the dashboard. */
const variablesOf = (model: Props): ReadonlyMap<string, readonly string[]> =>
  new Map(
    objects(object(model.templating).list)
      .filter(({ type }) => type === "custom")
      .map(({ name, options }) => [text(name), objects(options).map(({ value }) => text(value))]),
  );

const writtenOut = (question: Question, variables: ReadonlyMap<string, readonly string[]>): Question => ({
  ...question,
  dimensions: Object.fromEntries(
    Object.entries(question.dimensions).map(([name, values]) => [
      name,
      values.flatMap((value) => {
        const [, variable] = /^\$\{?(\w+)\}?$/.exec(value) ?? [];
        return variable === undefined ? [value] : (variables.get(variable) ?? []);
      }),
    ]),
  ),
});

/** True when one of the questions is about this metric, statistic and, among others perhaps, these dimensions and no further one. */
export const asks = (
  questions: readonly Question[],
  namespace: string,
  metricName: string,
  statistic: string,
  dimensions: Readonly<Record<string, string>>,
): boolean =>
  questions.some(
    (question) =>
      question.namespace === namespace &&
      question.metricName === metricName &&
      question.statistic === statistic &&
      Object.keys(question.dimensions).length === Object.keys(dimensions).length &&
      Object.entries(dimensions).every(([name, value]) =>
        list(question.dimensions[name]).some((each) => each === value || each === ANY),
      ),
  );
