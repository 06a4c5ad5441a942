import { alertRulesOf, askedOf, conditionOf, goesTo, isExpression, questionOf } from "../lib/alertRules";
import type { AlertRule, Question } from "../lib/alertRules";
import { stackPolicy, type StackResource } from "../lib/policy";
import { types } from "../lib/types";
import { join } from "../lib/values";
import { forgotten, unanswered, watchedBy, wholes, type Watched } from "../lib/watched";

/** The work order: keys rotate in 90 days or less, and a stale one pages. */
const STALE_DAYS = 90;
const AGE = "SecretAge";

const ringsAlarm = ({ props }: StackResource): boolean =>
  /^GreaterThan(OrEqualTo)?Threshold$/.test(String(props.comparisonOperator)) &&
  Number(props.threshold) > 0 &&
  Number(props.threshold) <= STALE_DAYS;

/** At an age: the rule's condition, where every query finds it. */
const ringsRule = (rule: AlertRule): boolean =>
  conditionOf(rule, () => [STALE_DAYS + 1]) === 1 && conditionOf(rule, () => [0]) === 0;

export const alertsBindMetrics = stackPolicy({
  name: "alerts-bind-metrics",
  severity: "high",
  clauses: ["B1.2", "B5.2", "B6.1"],
  summary:
    "Every alarm and every alert asks about metrics that are there, by all of their dimensions, and about what this stack declares; what is watched one by one is watched whole, and each secret that rotates rings before it is 90 days old.",
  reads:
    "MetricAlarm: namespace, metricName, dimensions, metricQueries, threshold; grafana RuleGroup.rules: datas (where each asks and what for), condition; names of Function, EventRule, Topic, Secret, RestApi, Stage, WebAcl; UsagePlan.tags; fase-b:index:AgentDomain: agentId, protocol, configuration; LogMetricFilter.metricTransformation; SecretRotation: secretId → Secret, rotationLambdaArn → Alias",
  remediation:
    "give the alarm or the query each dimension of its metric, with names that the stack declares, and let it name every secret, client, agent or function that the stack has.",
  url: "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension",
  check(stack, report) {
    const [cloudwatch, prometheus] = [askedOf(stack, "cloudwatch"), askedOf(stack, "prometheus")];
    const asked: { readonly resource: StackResource; readonly by: string; readonly what: Watched }[] = [];
    for (const alarm of stack.ofType(types.alarm))
      for (const what of watchedBy(alarm)) asked.push({ resource: alarm, by: "an alarm", what });
    const alarms = asked.map(({ what }) => what);
    const ages: (Watched | Question)[] = stack.ofType(types.alarm).filter(ringsAlarm).flatMap(watchedBy);
    const ruled: Question[] = [];
    for (const rule of alertRulesOf(stack)) {
      for (const stage of rule.stages.filter((one) => !isExpression(one))) {
        if (goesTo(stage.model, stage.datasourceUid, prometheus)) continue;
        const what = goesTo(stage.model, stage.datasourceUid, cloudwatch)
          ? questionOf(stage.model)
          : undefined;
        if (!what) {
          report({
            resource: rule.group,
            got: `'${rule.name}' with '${stage.refId}', which is no question about one metric here`,
            expected: "one of the stack's two data sources, asked in the stack's region",
          });
          continue;
        }
        asked.push({ resource: rule.group, by: `'${rule.name}'`, what });
        ruled.push(what);
        if (what.metricName === AGE && ringsRule(rule)) ages.push(what);
      }
    }
    for (const { resource, by, what } of asked) {
      const fault = unanswered(stack, what);
      if (fault !== undefined)
        report({ resource, got: `${by} on ${fault}`, expected: "a metric that is there, by its dimensions" });
    }
    for (const whole of wholes(stack)) {
      // That each function has an alarm of its own is not asked: one rule counts the faults of all.
      const kinds = whole.dimension === "functionName" ? [ruled] : [alarms, ruled];
      for (const missing of kinds.map((questions) => forgotten(whole, questions)))
        if (missing.length > 0)
          report({
            got: `${whole.metricName} of all but ${join(missing)}`,
            expected: "of all, where it is watched",
          });
      if (whole.metricName !== AGE || whole.subjects.length === 0) continue;
      const unwatched = ages.some(({ metricName }) => metricName === AGE)
        ? forgotten(
            whole,
            ages.filter(({ metricName }) => metricName === AGE),
          )
        : whole.subjects;
      if (unwatched.length > 0)
        report({
          got: `no alert at ${STALE_DAYS} days of ${join(unwatched)}`,
          expected: `${AGE} of each secret that rotates, over a threshold of at most ${STALE_DAYS}`,
        });
    }
  },
});
