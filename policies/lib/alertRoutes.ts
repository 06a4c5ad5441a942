/**
 * Where Grafana sends an alert: down the tree of notification policies, by its labels.
 * https://grafana.com/docs/grafana/latest/alerting/fundamentals/notifications/notification-policies/
 */
import type { AlertRule } from "./alertRules";
import type { Stack, StackResource } from "./policy";
import { types } from "./types";
import { list, object, objects, text, type Props } from "./values";

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
