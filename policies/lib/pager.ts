/** PagerDuty's services, and whom they reach. */
import type { StackResource } from "./policy";
import { source, sources } from "./relations";
import { types } from "./types";
import { object, objects, text } from "./values";

export const urgencyOf = (service: StackResource): string => {
  const { type, urgency } = object(service.props.incidentUrgencyRule);
  return type === "constant" ? text(urgency) : "";
};

/** Why an incident of the service would reach nobody; `undefined` when somebody is reached. */
export function nobodyBehind(service: StackResource): string | undefined {
  const policy = source(service, "escalationPolicy", types.escalationPolicy);
  if (!policy) return "no EscalationPolicy of this stack";
  if (objects(policy.props.rules).length === 0) return `'${policy.name}' without a rule`;
  const schedules = sources(policy, "rules", types.onCallSchedule);
  const [schedule] = schedules;
  if (!schedule) return `'${policy.name}' without a Schedule of this stack`;
  const empty = schedules.find((one) => sources(one, "layers", types.pagerUser).length === 0);
  return empty && `'${empty.name}' without a User of this stack`;
}

/** The service whose integration a property takes its key from, and from no other. */
export function serviceBehind(resource: StackResource, property: string): StackResource | undefined {
  const integration = source(resource, property, types.pagerIntegration);
  return integration && source(integration, "service", types.pagerService);
}
