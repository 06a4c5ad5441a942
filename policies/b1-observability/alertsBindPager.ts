import { contactPointOf, destinationsOf, namedIn, shapeFaults } from "../lib/alertRoutes";
import { alertRulesOf, isExpression } from "../lib/alertRules";
import { EVENTS, nobodyBehind, serviceBehind, urgencyOf } from "../lib/pager";
import { stackPolicy } from "../lib/policy";
import { names } from "../lib/relations";
import { types } from "../lib/types";
import { isObject, join, show, text } from "../lib/values";

/** What a rule may do when its source cannot be asked, so that somebody hears of it. */
const alerting = ["Alerting", "Error"];

export const alertsBindPager = stackPolicy({
  name: "alerts-bind-pager",
  severity: "critical",
  clauses: ["B1.2", "B1.3", "B1.4", "B1.5"],
  summary:
    "Every alert reaches a service of the pager by its severity, a page the one that wakes at any hour; the notification policy has one shape, in which nothing can be lost; what keeps still when its source fails has another alert that does not.",
  reads:
    "grafana NotificationPolicy: contactPoint, policies (matchers, times, continue), groupBies, groupWait, groupInterval, repeatInterval; RuleGroup.rules: labels, notificationSettings, execErrState; ContactPoint: name, pagerduties → ServiceIntegration → Service; how many notification policies there are",
  remediation:
    "declare one NotificationPolicy: its root to the contact point of the service that waits, one branch for severity = page to the one that wakes, grouped by alertname and severity, without times of day; take each contact point's key from one pagerduty ServiceIntegration.",
  url: "https://grafana.com/docs/grafana/latest/alerting/fundamentals/notifications/notification-policies/",
  check(stack, report, { now }) {
    const trees = stack.ofType(types.notificationPolicy);
    if (trees.length !== 1)
      report({
        got: `${trees.length} notification policies (${join(names(trees))})`,
        expected: "exactly one",
      });
    for (const tree of trees) {
      for (const name of new Set(namedIn(tree))) {
        if (contactPointOf(stack, name)) continue;
        report({
          resource: tree,
          got: `contact point ${show(name)}`,
          expected: "one that this stack declares",
        });
      }
    }
    for (const tree of trees) {
      for (const got of shapeFaults(tree))
        report({
          resource: tree,
          got,
          expected:
            "a root and one branch for severity = page, at any hour, grouped by alertname and severity (and dashboard), in 1, 5 and 240 minutes at most",
        });
    }
    for (const point of stack.ofType(types.contactPoint)) {
      const service = serviceBehind(point, "pagerduties", EVENTS);
      const fault = service ? nobodyBehind(service, now) : "the key of no one integration of this stack";
      if (fault !== undefined)
        report({ resource: point, got: fault, expected: "one service of the pager, with people behind it" });
    }
    const rules = alertRulesOf(stack);
    const loud = new Set(
      rules
        .filter(({ props }) => alerting.includes(text(props.execErrState)))
        .flatMap(({ stages }) => stages.map(({ datasourceUid }) => datasourceUid)),
    );
    for (const { group, name, props, stages } of rules) {
      const unheard = stages.filter((stage) => !isExpression(stage) && !loud.has(stage.datasourceUid));
      if (!alerting.includes(text(props.execErrState)) && unheard.length > 0)
        report({
          resource: group,
          got: `'${name}' with execErrState ${show(props.execErrState)} on ${join(unheard.map(({ datasourceUid }) => datasourceUid))}, whose failure no other rule tells`,
          expected: "a rule on the same data source that alerts when it cannot be asked",
        });
    }
    if (trees.length !== 1) return;
    for (const rule of rules) {
      if (isObject(rule.props.notificationSettings))
        report({
          resource: rule.group,
          got: `'${rule.name}' with notificationSettings`,
          expected: "none: the notification policy says where alerts go",
        });
      const isPage = rule.labels.severity === "page";
      for (const { contactPoint, muted } of destinationsOf(stack, rule)) {
        const point = contactPointOf(stack, contactPoint);
        const service = point && serviceBehind(point, "pagerduties", EVENTS);
        // A contact point without a service is reported above, once.
        if (!point || !service) continue;
        const urgency = urgencyOf(service);
        if (urgency === (isPage ? "high" : "low") && !(isPage && muted)) continue;
        report({
          resource: rule.group,
          got: `'${rule.name}' of severity ${show(rule.labels.severity)} at '${service.name}' of ${urgency} urgency${muted ? ", at some hours only" : ""}`,
          expected: isPage ? "the service that wakes, at any hour" : "the service that waits",
        });
      }
    }
  },
});
