import { nobodyBehind, urgencyOf } from "../lib/pager";
import { stackPolicy } from "../lib/policy";
import { source } from "../lib/relations";
import { types } from "../lib/types";
import { object, objects, show } from "../lib/values";

export const pagerServicesBindPeople = stackPolicy({
  name: "pager-services-bind-people",
  severity: "critical",
  clauses: ["B1.2", "B1.3", "B1.4", "B1.5"],
  summary:
    "One service of the pager wakes whoever is on call, and whom it escalates to; a storm folds into one incident, and no clock ends one.",
  reads:
    "pagerduty Service: incidentUrgencyRule, autoResolveTimeout, alertCreation, alertGroupingParameters, escalationPolicy → EscalationPolicy.rules → Schedule.layers → User; ServiceIntegration.service → Service",
  remediation:
    "declare one Service of constant high urgency, with alerts grouped and autoResolveTimeout null, on an EscalationPolicy whose first target is a Schedule with Users of this stack.",
  url: "https://support.pagerduty.com/main/docs/escalation-policies",
  check(stack, report) {
    const services = stack.ofType(types.pagerService);
    const waking = services.filter((service) => urgencyOf(service) === "high");
    if (waking.length !== 1)
      report({ got: `${waking.length} pager services of high urgency`, expected: "exactly one" });
    for (const service of services) {
      const nobody = nobodyBehind(service);
      if (nobody !== undefined)
        report({ resource: service, got: nobody, expected: "a policy, a schedule and its people" });
      if (!["high", "low"].includes(urgencyOf(service)))
        report({
          resource: service,
          got: `incidentUrgencyRule ${show(service.props.incidentUrgencyRule)}`,
          expected: "constant high or low: whoever sends an alert does not choose who sleeps",
        });
      const { autoResolveTimeout, alertCreation, alertGroupingParameters } = service.props;
      if (autoResolveTimeout !== "null")
        report({
          resource: service,
          got: `autoResolveTimeout ${show(autoResolveTimeout)}`,
          expected: '"null": what is still wrong stays open',
        });
      if (alertCreation !== "create_alerts_and_incidents" || object(alertGroupingParameters).type !== "time")
        report({
          resource: service,
          got: `alertCreation ${show(alertCreation)}, grouping ${show(object(alertGroupingParameters).type)}`,
          expected: "alerts that are grouped by time",
        });
    }
    for (const policy of stack.ofType(types.escalationPolicy)) {
      if (objects(policy.props.rules).length >= 2) continue;
      report({
        resource: policy,
        got: `${objects(policy.props.rules).length} rules`,
        expected: "whoever is on call, and then somebody else",
      });
    }
    for (const integration of stack.ofType(types.pagerIntegration)) {
      if (!source(integration, "service", types.pagerService))
        report({ resource: integration, got: "no service of this stack", expected: "one" });
    }
  },
});
