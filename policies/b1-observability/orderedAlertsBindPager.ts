import { contactPointOf, destinationsOf } from "../lib/alertRoutes";
import {
  alertRulesOf,
  conditionOf,
  isExpression,
  questionOf,
  ringingOf,
  secondsOf,
  type AlertRule,
} from "../lib/alertRules";
import { accessLogOf, isOf, logMetricsOf } from "../lib/logMetrics";
import { bodyOf, operationsOf } from "../lib/openapi";
import { chatLatency, serverErrors, throttlingSpike, type Course, type Order } from "../lib/ordered";
import { nobodyBehind, serviceBehind, urgencyOf } from "../lib/pager";
import { stackPolicy, type Report, type Stack } from "../lib/policy";
import { source } from "../lib/relations";
import { types } from "../lib/types";
import { join, text } from "../lib/values";

/** Mutual TLS is down when a probe with a good certificate does not get through. */
const isProbeFailing = /\bprobe_success\s*\{[^}]*\}\s*(==\s*0|<\s*1)\b/;
const PROBE_SECONDS = 300;

/** Uids of the stack's own data sources of a kind. */
const uidsOf = (stack: Stack, type: string): readonly string[] =>
  stack
    .ofType(types.dataSource)
    .filter(({ props }) => props.type === type)
    .map(({ props }) => text(props.uid));

/** What B1.2 to B1.4 ask of each stage of the REST API. */
function ordersOf(stack: Stack, report: Report): readonly Order[] {
  return stack.ofType(types.stage).flatMap((stage): readonly Order[] => {
    const api = source(stage, "restApi", types.restApi);
    const body = api && bodyOf(api, report);
    if (!api || !body) return [];
    const dimensions = { ApiName: text(api.props.name), Stage: text(stage.props.stageName) };
    const counting = logMetricsOf(stack, accessLogOf(stage), true).filter(
      (metric) => Object.keys(metric.dimensions).length === 0,
    );
    const chat = operationsOf(body).filter(({ path }) => path === "/chat");
    return [
      ...chat.map(({ path, method }) => chatLatency({ ...dimensions, Resource: path, Method: method })),
      serverErrors(dimensions),
      throttlingSpike((question) => counting.some((metric) => isOf(metric, question))),
    ];
  });
}

/** What is wrong with a rule, measured by an order; nothing when it does what was ordered. */
function faultsOf(rule: AlertRule, { rings, calm, edge }: Order): readonly string[] {
  const verdict = ({ events, untilSeconds }: Course) => ringingOf(rule, events, untilSeconds).kind;
  const silent = rings.filter((course) => verdict(course) !== "rings");
  const unreadable = [...rings, ...calm].some((course) => verdict(course) === "unreadable");
  if (unreadable) return ["a condition, window or duration that cannot be read"];
  return [
    ...silent.map(({ when }) => `no alert when ${when}`),
    ...calm.filter((course) => verdict(course) !== "calm").map(({ when }) => `an alert when ${when}`),
    ...(edge && verdict(edge.at) === "rings" && verdict(edge.below) !== "rings"
      ? [`an alert when ${edge.at.when}, which is not over it`]
      : []),
  ];
}

/** Why a rule wakes nobody; `undefined` when it does. */
function asleep(stack: Stack, rule: AlertRule): string | undefined {
  const destinations = destinationsOf(stack, rule);
  if (destinations.length === 0) return "no notification policy";
  const faults = destinations.map(({ contactPoint, muted }) => {
    const point = contactPointOf(stack, contactPoint);
    if (!point) return `contact point ${contactPoint}, which is none of this stack`;
    if (muted) return `'${point.name}' at some hours only`;
    const service = serviceBehind(point, "pagerduties");
    if (!service) return `'${point.name}', whose key is of no one integration of the pager`;
    if (urgencyOf(service) !== "high") return `'${service.name}', which wakes nobody`;
    return nobodyBehind(service);
  });
  return faults.includes(undefined) ? undefined : faults[0];
}

export const orderedAlertsBindPager = stackPolicy({
  name: "ordered-alerts-bind-pager",
  severity: "critical",
  clauses: ["B1.2", "B1.3", "B1.4", "B1.5"],
  summary:
    "Each ordered alert rings at its exact number and within its exact time, and wakes somebody: p95 of /chat over 800 ms for 10 minutes, 5xx over 1 % for 5, a spike of 429s in 5 against what was usual, mutual TLS down.",
  reads:
    "grafana RuleGroup: intervalSeconds, rules (datas, condition, for, labels, notificationSettings), evaluated over courses of events; DataSource: type, uid; LogMetricFilter of the stage's access log; RestApi, Stage: names and paths; NotificationPolicy; ContactPoint.pagerduties → ServiceIntegration → Service → EscalationPolicy → Schedule → User",
  remediation:
    "declare a rule with the ordered query, number and duration (stricter is allowed), and route it by its labels to a contact point whose key comes from the pager's service that wakes.",
  url: "https://grafana.com/docs/grafana/latest/alerting/fundamentals/alert-rule-evaluation/",
  check(stack, report) {
    const rules = alertRulesOf(stack);
    const cloudwatch = uidsOf(stack, "cloudwatch");
    const prometheus = uidsOf(stack, "prometheus");
    const wakes = (clause: string, candidates: readonly AlertRule[]): void => {
      const faults = candidates.map((rule) => ({ rule, fault: asleep(stack, rule) }));
      const [first] = faults;
      if (!first || faults.some(({ fault }) => fault === undefined)) return;
      report({
        resource: first.rule.group,
        got: `${clause}: '${first.rule.name}' goes to ${first.fault}`,
        expected: "a contact point of the pager's service that wakes",
      });
    };
    for (const order of ordersOf(stack, report)) {
      const asking = rules.filter(({ stages }) =>
        stages.some((stage) => {
          const question = isExpression(stage) ? undefined : questionOf(stage.model);
          return question && cloudwatch.includes(stage.datasourceUid) && order.isAbout(question);
        }),
      );
      const judged = asking.map((rule) => ({ rule, faults: faultsOf(rule, order) }));
      const right = judged.filter(({ faults }) => faults.length === 0).map(({ rule }) => rule);
      const [nearest] = [...judged].sort((one, other) => one.faults.length - other.faults.length);
      if (right.length === 0) {
        report({
          ...(nearest ? { resource: nearest.rule.group } : {}),
          got: nearest
            ? `${order.clause}: '${nearest.rule.name}' with ${join(nearest.faults)}`
            : `${order.clause}: no rule on ${order.about}`,
          expected: `an alert when ${join(order.rings.map(({ when }) => when))}, and none when ${join(order.calm.map(({ when }) => when))}`,
        });
      }
      wakes(order.clause, right);
    }
    const probing = rules.filter(
      (rule) =>
        rule.stages.some(
          ({ datasourceUid, model }) =>
            prometheus.includes(datasourceUid) && isProbeFailing.test(text(model.expr)),
        ) &&
        secondsOf(rule.props.for) <= PROBE_SECONDS &&
        rule.props.isPaused !== true &&
        // Whatever number the expression returns, there is a series, and that is the alert.
        [0, 1].every((value) => ![0, undefined].includes(conditionOf(rule, () => value))),
    );
    if (probing.length === 0) {
      report({
        got: "B1.5: no rule that rings within 5 minutes of probe_success being 0",
        expected: "one on the stack's Prometheus, for every series of its expression",
      });
    }
    wakes("B1.5", probing);
  },
});
