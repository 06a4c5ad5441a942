/**
 * Who takes a value from whom.
 *
 * Ids and ARNs that AWS makes up are unknown at preview, but the engine says of each property which resources its
 * value comes from. That is exact, and it is known.
 */
import type { ResourceView, StackResource } from "./policy";
import { decode, list, peek, strings, text, UNKNOWN } from "./values";

/** The resources of `type` that `property` takes a value from. */
export const sources = (resource: StackResource, property: string, type: string): readonly StackResource[] =>
  (resource.propertyDependencies[property] ?? []).filter((source) => source.type === type);

/** The one resource of `type` that `property` takes a value from; `undefined` for none and for several. */
export function source(resource: StackResource, property: string, type: string): StackResource | undefined {
  const found = sources(resource, property, type);
  return found.length === 1 ? found[0] : undefined;
}

type ByEnd = ReadonlyMap<StackResource, readonly StackResource[]>;

/** One reading of a list serves all its ends: a stack of a thousand domains is read once, not a thousand times. */
const readings = new WeakMap<readonly StackResource[], Map<string, ByEnd>>();

function byEnd(candidates: readonly StackResource[], property: string, type: string): ByEnd {
  const known = readings.get(candidates) ?? new Map<string, ByEnd>();
  readings.set(candidates, known);
  const key = `${property} ${type}`;
  const found = known.get(key) ?? groupBy(candidates, (candidate) => source(candidate, property, type));
  known.set(key, found);
  return found;
}

/** Items by what `keyOf` says of them; those of which it says nothing are left out. */
export function groupBy<Item, Key>(
  items: readonly Item[],
  keyOf: (item: Item) => Key | undefined,
): ReadonlyMap<Key, readonly Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** The candidates that take the value of `property` from `end`, and from no other of `end`'s type. */
export const pointingAt = (
  end: StackResource,
  candidates: readonly StackResource[],
  property: string,
): readonly StackResource[] => byEnd(candidates, property, end.type).get(end) ?? [];

/** True when the property holds one of the texts by which `end` is known, or, where it is unknown yet, takes it from `end`. */
export function refersTo(
  resource: StackResource,
  property: string,
  end: StackResource,
  isName: (value: string) => boolean,
): boolean {
  // What is known decides: who reads one value of `end` may still write another one down.
  const value = peek(() => strings(resource.props[property]));
  return value === UNKNOWN
    ? (resource.propertyDependencies[property] ?? []).includes(end)
    : value.some(isName);
}

/** The last part of an ARN that names a resource: `arn:aws:sns:eu-west-1:123456789012:alarms` gives `alarms`. */
export const arnResource = (arn: string): string => arn.split(":").slice(5).join(":");

/** The account that the resource's provider is bound to; empty where it is bound to none, which fails by itself. */
export const accountOf = ({ provider }: ResourceView): string =>
  text(list(decode(provider?.props.allowedAccountIds))[0]);

/** `arnResource` of an ARN in the account and region of `resource`; empty for one elsewhere. */
export function ownArnResource(resource: ResourceView, arn: string): string {
  const [, , , region, account] = arn.split(":");
  return region === resource.provider?.props.region && account === accountOf(resource)
    ? arnResource(arn)
    : "";
}

export const names = (resources: readonly StackResource[]): string[] =>
  resources.map(({ name }) => `'${name}'`);

/** True when a part of a bucket (its policy, an object) names this bucket, by reference or by its fixed name. */
export const belongsTo = (part: StackResource, bucket: StackResource): boolean => {
  const owner = source(part, "bucket", bucket.type);
  if (owner) return owner === bucket;
  const name = peek(() => part.props.bucket);
  return name !== UNKNOWN && name !== undefined && name === peek(() => bucket.props.bucket);
};
