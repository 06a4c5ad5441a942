import { ALARMS, EVENTS, nobodyBehind, urgencyOf } from "../lib/pager";
import { stackPolicy } from "../lib/policy";
import { source } from "../lib/relations";
import { types } from "../lib/types";
import { object, objects, show, text, within } from "../lib/values";

const MOST_SECONDS = 3_600;
/** The provider takes seconds as a text, and "null" for never. */
const secondsIn = (value: unknown): number => (/^\d+$/.test(text(value)) ? Number(value) : Number.NaN);

export const pagerServicesBindPeople = stackPolicy({
  name: "pager-services-bind-people",
  severity: "critical",
  clauses: ["B1.2", "B1.3", "B1.4", "B1.5"],
  summary:
    "One service of the pager wakes whoever is on call, and whom it escalates to; a storm folds into one incident, and no clock ends one.",
  reads:
    "pagerduty Service: incidentUrgencyRule, autoResolveTimeout, acknowledgementTimeout, autoPauseNotificationsParameters, alertCreation, alertGroupingParameters, escalationPolicy → EscalationPolicy: numLoops, rules (delays, targets) → Schedule.layers (start, end, restrictions, users) → User.role; ServiceIntegration: type, service → Service",
  remediation:
    "declare one Service of constant high urgency, with alerts grouped for 1 to 60 minutes, autoResolveTimeout null and acknowledgementTimeout of an hour at most, on an EscalationPolicy whose first target alone is a Schedule that has begun, never ends, and holds Users of this stack who may answer.",
  url: "https://support.pagerduty.com/main/docs/escalation-policies",
  check(stack, report, { now }) {
    const services = stack.ofType(types.pagerService);
    const waking = services.filter((service) => urgencyOf(service) === "high");
    if (waking.length !== 1)
      report({ got: `${waking.length} pager services of high urgency`, expected: "exactly one" });
    for (const service of services) {
      const nobody = nobodyBehind(service, now);
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
      const { acknowledgementTimeout, autoPauseNotificationsParameters } = service.props;
      // Whoever acknowledged and fell asleep again is asked once more.
      if (urgencyOf(service) === "high" && !within(secondsIn(acknowledgementTimeout), 60, MOST_SECONDS))
        report({
          resource: service,
          got: `acknowledgementTimeout ${show(acknowledgementTimeout)}`,
          expected: `60 to ${MOST_SECONDS} seconds`,
        });
      if (object(autoPauseNotificationsParameters).enabled === true)
        report({
          resource: service,
          got: "notifications that pause by themselves",
          expected: "every incident told at once",
        });
      const { timeout } = object(object(alertGroupingParameters).config);
      // In minutes; 0 would fold into one incident for as long as that is open.
      if (!within(timeout, 1, 60))
        report({
          resource: service,
          got: `alerts grouped for ${show(timeout)} minutes`,
          expected: "1 to 60 minutes",
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
      if (![ALARMS, EVENTS].includes(text(integration.props.type)))
        report({
          resource: integration,
          got: `type ${show(integration.props.type)}`,
          expected: `${EVENTS} or ${ALARMS}`,
        });
    }
  },
});
