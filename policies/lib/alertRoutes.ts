/**
 * Where Grafana sends an alert: down the tree of notification policies, by its labels.
 * https://grafana.com/docs/grafana/latest/alerting/fundamentals/notifications/notification-policies/
 */
import { secondsOf, type AlertRule } from "./alertRules";
import type { Stack, StackResource } from "./policy";
import { types } from "./types";
import { join, list, object, objects, show, strings, text, type Props } from "./values";

const tests: Readonly<Record<string, (label: string, value: string) => boolean>> = {
  "=": (label, value) => label === value,
  "!=": (label, value) => label !== value,
  "=~": (label, value) => new RegExp(`^(?:${value})$`).test(label),
  "!~": (label, value) => !new RegExp(`^(?:${value})$`).test(label),
};

const matches = (policy: Props, labels: Readonly<Record<string, string>>): boolean =>
  objects(policy.matchers).every(({ label, match, value }) =>
    (tests[text(match)] ?? (() => false))(labels[text(label)] ?? "", text(value)),
  );

/** Where an alert goes: contact points by name, and whether a time of day can silence one. */
export interface Destination {
  readonly contactPoint: string;
  readonly muted: boolean;
}

const isMuted = (policy: Props): boolean =>
  list(policy.muteTimings).length > 0 || list(policy.activeTimings).length > 0;

function walk(
  policy: Props,
  labels: Readonly<Record<string, string>>,
  above: Destination,
): readonly Destination[] {
  const here = {
    contactPoint: text(policy.contactPoint) || above.contactPoint,
    // A branch's own times alone count: its parent's are not handed down.
    muted: isMuted(policy),
  };
  const found: Destination[] = [];
  for (const child of objects(policy.policies)) {
    if (!matches(child, labels)) continue;
    found.push(...walk(child, labels, here));
    if (child.continue !== true) return found;
  }
  return found.length > 0 ? found : [here];
}

export function destinationsOf(stack: Stack, { labels, name, props }: AlertRule): readonly Destination[] {
  const own = object(props.notificationSettings);
  if (text(own.contactPoint) !== "") return [{ contactPoint: text(own.contactPoint), muted: isMuted(own) }];
  const [tree] = stack.ofType(types.notificationPolicy);
  const root = { contactPoint: "", muted: false };
  return tree ? walk(tree.props, { ...labels, alertname: name }, root) : [];
}

/** Every contact point that the tree names, the root's first; an empty text where the root names none. */
export function namedIn(tree: StackResource): readonly string[] {
  const below = (policy: Props): readonly string[] =>
    objects(policy.policies).flatMap((child) => [
      ...(text(child.contactPoint) === "" ? [] : [text(child.contactPoint)]),
      ...below(child),
    ]);
  return [text(tree.props.contactPoint), ...below(tree.props)];
}

export const contactPointOf = (stack: Stack, name: string): StackResource | undefined =>
  stack.ofType(types.contactPoint).find(({ props }) => props.name === name);

/** The longest that may pass before the first message, between two, and until one is sent again. In seconds. */
const longest = { groupWait: 60, groupInterval: 300, repeatInterval: 14_400 } as const;
/** By what alerts come in one message: of two alerts that share one, the second would be a line that nobody is called for. */
const neededGroups = ["alertname", "severity"];
const allowedGroups = [...neededGroups, "dashboard"];

function timingFaults(policy: Props, where: string, inherits: boolean): readonly string[] {
  const late = (["groupWait", "groupInterval", "repeatInterval"] as const).filter(
    (name) => !(secondsOf(policy[name]) <= longest[name]),
  );
  const groups = strings(policy.groupBies);
  const grouped =
    (inherits && groups.length === 0) ||
    (neededGroups.every((name) => groups.includes(name)) &&
      groups.every((name) => allowedGroups.includes(name)));
  return [
    ...late.map((name) => `${name} ${show(policy[name])} at ${where}`),
    ...(grouped ? [] : [`alerts grouped by ${join(groups)} at ${where}`]),
    ...(isMuted(policy) ? [`times of day at ${where}`] : []),
  ];
}

/** What of the tree is not the one shape that is allowed: a root, and below it one branch, for pages. */
export function shapeFaults({ props }: StackResource): readonly string[] {
  const children = objects(props.policies);
  const [child] = children;
  const isForPages =
    child !== undefined &&
    objects(child.matchers)
      .map(({ label, match, value }) => [label, match, value].map(text).join(" "))
      .join() === "severity = page";
  return [
    ...timingFaults(props, "the root", false),
    ...(children.length === 1 ? [] : [`${children.length} branches`]),
    ...(child && !isForPages ? [`a branch for ${show(child.matchers)}`] : []),
    ...(child ? timingFaults(child, "the branch", true) : []),
    ...(child && objects(child.policies).length > 0 ? ["branches of a branch"] : []),
    ...(child?.continue === true ? ["a branch that goes on"] : []),
  ];
}
