/** PagerDuty's services, and whom they reach. */
import type { StackResource } from "./policy";
import { source, sources } from "./relations";
import { types } from "./types";
import { list, object, objects, peek, text, UNKNOWN, within } from "./values";

/** Types of integrations: events that somebody sends, and alarms of CloudWatch by a topic. */
export const EVENTS = "events_api_v2_inbound_integration";
export const ALARMS = "aws_cloudwatch_inbound_integration";

export const urgencyOf = (service: StackResource): string => {
  const { type, urgency } = object(service.props.incidentUrgencyRule);
  return type === "constant" ? text(urgency) : "";
};

/** Roles that answer an incident; the others only look on. https://support.pagerduty.com/main/docs/user-roles */
const answering = ["admin", "limited_user", "owner", "user"];

/** Longer than this nobody waits for whoever does not answer. */
const MOST_MINUTES = 30;
const DAY_MS = 86_400_000;
/** A first turn that begins later than this is somebody else's task to remember. */
const MOST_DAYS_AHEAD = 14;

/** True for an id that is taken from one of these: not known yet, or their own. One that was written down is nobody. */
function isOf(read: () => unknown, owners: readonly StackResource[]): boolean {
  const id = peek(read);
  return id === UNKNOWN || owners.some((owner) => id !== undefined && peek(() => owner.props.id) === id);
}

function scheduleFault(schedule: StackResource, now: Date): string | undefined {
  const users = sources(schedule, "layers", types.pagerUser);
  if (users.length === 0) return `'${schedule.name}' without a User of this stack`;
  const layers = objects(schedule.props.layers);
  if (layers.length === 0) return `'${schedule.name}' without a layer`;
  const looksOn = users.find(({ props }) => !answering.includes(text(props.role ?? "user")));
  if (looksOn) return `'${looksOn.name}' on call, whose role only looks on`;
  for (const { start, end, restrictions, users: turns } of layers) {
    if (!(Date.parse(text(start)) <= now.getTime() + MOST_DAYS_AHEAD * DAY_MS))
      return `'${schedule.name}' from ${text(start)} on`;
    if (end !== undefined && end !== "") return `'${schedule.name}' until ${text(end)}`;
    if (list(restrictions).length > 0) return `'${schedule.name}' at some hours only`;
    const ids = list(turns);
    if (ids.length === 0) return `'${schedule.name}' with a layer of nobody`;
    for (let at = 0; at < ids.length; at += 1)
      if (!isOf(() => ids[at], users)) return `'${schedule.name}' with an id that is no User of this stack`;
  }
  return undefined;
}

function targetsFault(policy: StackResource, schedule: StackResource): string | undefined {
  const users = sources(policy, "rules", types.pagerUser);
  const looksOn = users.find(({ props }) => !answering.includes(text(props.role ?? "user")));
  if (looksOn) return `'${policy.name}' with '${looksOn.name}', whose role only looks on`;
  const rules = objects(policy.props.rules);
  const first = objects(rules[0]?.targets);
  if (first.length !== 1 || first[0]?.type !== "schedule_reference")
    return `'${policy.name}', which does not begin with its schedule alone`;
  for (const { escalationDelayInMinutes, targets } of rules) {
    if (!within(escalationDelayInMinutes, 1, MOST_MINUTES))
      return `'${policy.name}', which waits longer than ${MOST_MINUTES} minutes`;
    for (const target of objects(targets)) {
      const owners = target.type === "schedule_reference" ? [schedule] : users;
      if (owners.length === 0 || !isOf(() => target.id, owners))
        return `'${policy.name}' with an id that is neither a Schedule nor a User of this stack`;
    }
  }
  return within(policy.props.numLoops, 1, 9) ? undefined : `'${policy.name}', which asks once only`;
}

/** Why an incident of the service would reach nobody; `undefined` when somebody is reached. */
export function nobodyBehind(service: StackResource, now: Date): string | undefined {
  const policy = source(service, "escalationPolicy", types.escalationPolicy);
  if (!policy || !isOf(() => service.props.escalationPolicy, [policy]))
    return "no EscalationPolicy of this stack";
  if (objects(policy.props.rules).length === 0) return `'${policy.name}' without a rule`;
  const schedules = sources(policy, "rules", types.onCallSchedule);
  const [schedule] = schedules;
  if (!schedule) return `'${policy.name}' without a Schedule of this stack`;
  return (
    schedules.map((one) => scheduleFault(one, now)).find((fault) => fault !== undefined) ??
    targetsFault(policy, schedule)
  );
}

/** The integration that a property takes its key from, and from no other, when it is of this type. */
function integrationBehind(
  resource: StackResource,
  property: string,
  type: string,
): StackResource | undefined {
  const integration = source(resource, property, types.pagerIntegration);
  return integration?.props.type === type ? integration : undefined;
}

/** Whether a text is an integration's key, or an address with it in it: not known yet, or its own. */
function holdsKey(read: () => unknown, integration: StackResource): boolean {
  const value = peek(read);
  const key = peek(() => integration.props.integrationKey);
  return value === UNKNOWN || (text(key) !== "" && text(value).split("/").includes(text(key)));
}

/** The service whose integration of this type gives a contact point its one key, or a subscription its address. */
export function serviceBehind(
  resource: StackResource,
  property: "endpoint" | "pagerduties",
  type: string,
): StackResource | undefined {
  const integration = integrationBehind(resource, property, type);
  if (!integration) return undefined;
  if (property === "endpoint") {
    if (!holdsKey(() => resource.props.endpoint, integration)) return undefined;
  } else {
    const receivers = objects(resource.props.pagerduties);
    const [receiver] = receivers;
    if (!receiver || receivers.length !== 1 || !holdsKey(() => receiver.integrationKey, integration))
      return undefined;
  }
  return source(integration, "service", types.pagerService);
}
