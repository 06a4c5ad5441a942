import { contactPointOf, destinationsOf } from "../lib/alertRoutes";
import {
  alertRulesOf,
  askedOf,
  conditionOf,
  isExpression,
  questionOf,
  ringingOf,
  secondsOf,
  strayStages,
  type AlertRule,
  type Asked,
  type Ringing,
} from "../lib/alertRules";
import { bodyOf, operationsOf } from "../lib/openapi";
import { chatLatency, serverErrors, throttlingSpike, type Course, type Order } from "../lib/ordered";
import { EVENTS, nobodyBehind, serviceBehind, urgencyOf } from "../lib/pager";
import { stackPolicy, type Report, type Stack } from "../lib/policy";
import { source } from "../lib/relations";
import { countsOf } from "../lib/requests";
import { types } from "../lib/types";
import { join, object, show, text } from "../lib/values";

const GOOD = 'probe=~?"good"';
const CONNECT = 'probe=~?"connect"';
const JOB = 'job="(?<job>[\\w-]+)"';
const SAME_JOB = 'job="\\k<job>"';

/**
 * Mutual TLS is down when a good certificate does not get through where a connection does. The pack reads no PromQL: it knows these two
 * ways to write that, the second with the status in its value, and no other.
 */
const probeFailing = [
  `\\(probe_success\\{${JOB},${GOOD}\\} == 0\\) and on \\(domain\\) \\(probe_success\\{${SAME_JOB},${CONNECT}\\} == 1\\)`,
  `\\(probe_http_status_code\\{${JOB},${GOOD}\\} and on \\(domain\\) \\(probe_success\\{${SAME_JOB},${GOOD}\\} == 0\\)\\) and on \\(domain\\) \\(probe_success\\{${SAME_JOB},${CONNECT}\\} == 1\\)`,
].map((form) => new RegExp(`^${form}$`));
const PROBE_SECONDS = 300;

/** True when the rule's one query asks now, and in a way that is known, whether mutual TLS is down. */
function isProbing(rule: AlertRule, prometheus: Asked): boolean {
  const queries = rule.stages.filter((stage) => !isExpression(stage));
  const [query] = queries;
  return (
    query !== undefined &&
    queries.length === 1 &&
    probeFailing.some((form) => form.test(text(query.model.expr))) &&
    query.model.instant === true &&
    query.model.range !== true &&
    query.toSeconds === 0 &&
    strayStages(rule, prometheus).length === 0
  );
}

/** Whose requests count, by the tag of each plan: all but the prober's, which are refused on purpose. */
const clientsOf = (stack: Stack): readonly string[] =>
  stack
    .ofType(types.usagePlan)
    .map(({ props }) => text(object(props.tags).clientId))
    .filter((clientId) => clientId !== "prober");

/** What B1.2 to B1.4 ask of each stage of the REST API. */
function ordersOf(stack: Stack, report: Report): readonly Order[] {
  const clients = clientsOf(stack);
  return stack.ofType(types.stage).flatMap((stage): readonly Order[] => {
    const api = source(stage, "restApi", types.restApi);
    const body = api && bodyOf(api, report);
    if (!api || !body) return [];
    const dimensions = { ApiName: text(api.props.name), Stage: text(stage.props.stageName) };
    const counts = countsOf(stack, stage);
    const chat = operationsOf(body).filter(({ path }) => path === "/chat");
    return [
      ...chat.map(({ path, method }) =>
        chatLatency({ ...dimensions, Resource: path, Method: method }, counts, clients),
      ),
      serverErrors(dimensions, counts, clients),
      throttlingSpike(counts, clients),
    ];
  });
}

/** So many faults are told of a rule; more would not help. */
const SHOWN = 3;

/** What a rule does at the courses of an order, each reckoned when it is asked for, and once. */
function verdictsOf(rule: AlertRule): (course: Course) => Ringing["kind"] {
  const known = new Map<Course, Ringing["kind"]>();
  return (course) => {
    const kind = known.get(course) ?? ringingOf(rule, course.events, course.untilSeconds).kind;
    known.set(course, kind);
    return kind;
  };
}

/** A rule beside an order. */
interface Measured {
  readonly rule: AlertRule;
  readonly order: Order;
  readonly stray: readonly string[];
  readonly verdict: (course: Course) => Ringing["kind"];
}

/**
 * What is wrong with a rule, fault by fault; nothing when it does what was ordered. Rules on windows of days ask about the same
 * metrics: to know that one of them is another alert, its first fault is enough.
 */
function* faultsOf({ rule, order, stray, verdict }: Measured): Generator<string> {
  const { rings, calm, edge } = order;
  yield* stray;
  const { execErrState } = rule.props;
  if (!["Alerting", "Error"].includes(text(execErrState))) yield `execErrState ${show(execErrState)}`;
  for (const course of rings) if (verdict(course) !== "rings") yield `no alert when ${course.when}`;
  for (const course of calm) if (verdict(course) !== "calm") yield `an alert when ${course.when}`;
  if (edge && verdict(edge.at) === "rings" && verdict(edge.below) !== "rings")
    yield `an alert when ${edge.at.when}, which is not over it`;
}

const isRight = (measured: Measured): boolean => faultsOf(measured).next().done === true;

/** All faults; of a rule that can't be read at some course, that. */
function allFaultsOf(measured: Measured): readonly string[] {
  const { order, stray, verdict } = measured;
  return [...order.rings, ...order.calm].some((course) => verdict(course) === "unreadable")
    ? ["a condition, window or duration that cannot be read", ...stray]
    : [...faultsOf(measured)];
}

/** Why a rule wakes nobody; `undefined` when it does. */
function asleep(stack: Stack, rule: AlertRule, now: Date): string | undefined {
  const destinations = destinationsOf(stack, rule);
  if (destinations.length === 0) return "no notification policy";
  const faults = destinations.map(({ contactPoint, muted }) => {
    const point = contactPointOf(stack, contactPoint);
    if (!point) return `contact point ${contactPoint}, which is none of this stack`;
    if (muted) return `'${point.name}' at some hours only`;
    const service = serviceBehind(point, "pagerduties", EVENTS);
    if (!service) return `'${point.name}', whose key is of no one integration of the pager`;
    if (urgencyOf(service) !== "high") return `'${service.name}', which wakes nobody`;
    return nobodyBehind(service, now);
  });
  return faults.includes(undefined) ? undefined : faults[0];
}

export const orderedAlertsBindPager = stackPolicy({
  name: "ordered-alerts-bind-pager",
  severity: "critical",
  clauses: ["B1.2", "B1.3", "B1.4", "B1.5"],
  summary:
    "Each ordered alert rings at its exact number and within its exact time, for every client and not for scans, and wakes somebody: p95 of /chat over 800 ms for 10 minutes, 5xx over 1 % for 5, a spike of 429s in 5 against what was usual, mutual TLS down.",
  reads:
    "grafana RuleGroup: intervalSeconds, rules (datas: where each asks and what for, condition, for, execErrState, labels, notificationSettings), evaluated over courses of events; DataSource: type, uid; the provider's region; LogMetricFilter of the stage's access log: pattern, asked which lines of the log's format it counts; UsagePlan.tags; RestApi, Stage: names and paths; NotificationPolicy; ContactPoint.pagerduties → ServiceIntegration → Service → EscalationPolicy → Schedule → User",
  remediation:
    "declare a rule with the ordered query, number and duration (stricter is allowed), and route it by its labels to a contact point whose key comes from the pager's service that wakes.",
  url: "https://grafana.com/docs/grafana/latest/alerting/fundamentals/alert-rule-evaluation/",
  check(stack, report, { now }) {
    const rules = alertRulesOf(stack);
    const cloudwatch = askedOf(stack, "cloudwatch");
    const prometheus = askedOf(stack, "prometheus");
    const wakes = (clause: string, candidates: readonly AlertRule[]): void => {
      const faults = candidates.map((rule) => ({ rule, fault: asleep(stack, rule, now) }));
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
          return question && cloudwatch.uids.includes(stage.datasourceUid) && order.isAbout(question);
        }),
      );
      const measured = asking.map((rule): Measured => ({
        rule,
        order,
        stray: strayStages(rule, cloudwatch).map((one) => `a query or an expression ${one}`),
        verdict: verdictsOf(rule),
      }));
      const right = measured.filter(isRight).map(({ rule }) => rule);
      if (right.length === 0) {
        const [nearest] = measured
          .map((each) => ({ rule: each.rule, faults: allFaultsOf(each) }))
          .sort((one, other) => one.faults.length - other.faults.length);
        report({
          ...(nearest ? { resource: nearest.rule.group } : {}),
          got: nearest
            ? `${order.clause}: '${nearest.rule.name}' with ${join(nearest.faults.slice(0, SHOWN))}`
            : `${order.clause}: no rule on ${order.about}`,
          expected: `an alert when ${join(order.rings.slice(0, SHOWN).map(({ when }) => when))}, and beyond, and none when ${join(order.calm.map(({ when }) => when))}`,
        });
      }
      wakes(order.clause, right);
    }
    const probing = rules.filter(
      (rule) =>
        isProbing(rule, prometheus) &&
        secondsOf(rule.props.for) <= PROBE_SECONDS &&
        rule.props.isPaused !== true &&
        ["Alerting", "Error"].includes(text(rule.props.execErrState)) &&
        // Whatever number the expression returns, there is a series, and that is the alert.
        [0, 1].every((value) => ![0, undefined].includes(conditionOf(rule, () => value))),
    );
    if (probing.length === 0) {
      report({
        got: "B1.5: no rule that rings within 5 minutes of probe_success being 0",
        expected:
          "one query of the stack's Prometheus, now, by the expression that the pack knows, for every series of it",
      });
    }
    wakes("B1.5", probing);
  },
});
