import { contactPointOf, destinationsOf, namedIn } from "../lib/alertRoutes";
import { alertRulesOf } from "../lib/alertRules";
import { nobodyBehind, serviceBehind, urgencyOf } from "../lib/pager";
import { stackPolicy } from "../lib/policy";
import { names } from "../lib/relations";
import { types } from "../lib/types";
import { join, show } from "../lib/values";

export const alertsBindPager = stackPolicy({
  name: "alerts-bind-pager",
  severity: "critical",
  clauses: ["B1.2", "B1.3", "B1.4", "B1.5"],
  summary:
    "Every alert reaches a service of the pager by its severity, a page the one that wakes at any hour, and every branch of the notification policy ends at a contact point of this stack.",
  reads:
    "grafana NotificationPolicy: contactPoint, policies; RuleGroup.rules: labels, notificationSettings; ContactPoint: name, pagerduties → ServiceIntegration → Service; how many notification policies there are",
  remediation:
    "declare one NotificationPolicy whose root and branches name contact points of this stack, route severity=page to the one of the service that wakes, and take each contact point's key from one pagerduty ServiceIntegration.",
  url: "https://grafana.com/docs/grafana/latest/alerting/fundamentals/notifications/notification-policies/",
  check(stack, report) {
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
    for (const point of stack.ofType(types.contactPoint)) {
      const service = serviceBehind(point, "pagerduties");
      const fault = service ? nobodyBehind(service) : "the key of no one integration of this stack";
      if (fault !== undefined)
        report({ resource: point, got: fault, expected: "one service of the pager, with people behind it" });
    }
    if (trees.length !== 1) return;
    for (const rule of alertRulesOf(stack)) {
      const isPage = rule.labels.severity === "page";
      for (const { contactPoint, muted } of destinationsOf(stack, rule)) {
        const point = contactPointOf(stack, contactPoint);
        const service = point && serviceBehind(point, "pagerduties");
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
