import { isArray, isObject, type JsonObject } from "./json";
import type { Json, PreviewStep } from "./model";

/** One property that differs; `before` is absent when it was added, `after` when it was removed. */
export interface PropertyChange {
  /** e.g. `rules[name=slow-down].limit`, or `policy » Statement[0].Action` inside a JSON document. */
  readonly path: string;
  readonly before?: Json;
  readonly after?: Json;
}

export interface ResourceChange {
  readonly kind: "added" | "changed" | "removed";
  readonly urn: string;
  readonly type: string;
  /** Empty unless the resource is changed. */
  readonly properties: readonly PropertyChange[];
  /** A removed resource that was declared with the option `protect`: the engine will not delete it. */
  readonly wasProtected?: true;
}

/** Between a property and a place inside the JSON document that it holds. */
const INSIDE = " » ";

function child(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" || path.endsWith(INSIDE) ? path + key : `${path}.${key}`;
}

/** The document in a string such as a policy or an OpenAPI body; `undefined` when the string is no such thing. */
export function parseDocument(text: string): JsonObject | readonly Json[] | undefined {
  const first = text.trimStart()[0];
  if (first !== "{" && first !== "[") return undefined;
  try {
    const parsed: Json = JSON.parse(text);
    return isObject(parsed) || isArray(parsed) ? parsed : undefined;
  } catch {
    // A string that merely begins like a document, e.g. a template: it is compared as a string.
    return undefined;
  }
}

export function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  if (isArray(a) || isArray(b)) {
    return (
      isArray(a) && isArray(b) && a.length === b.length && a.every((item, index) => equal(item, b[index]))
    );
  }
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
  );
}

/**
 * What differs between two values, place by place. Strings that hold JSON are compared as documents, and lists
 * whose items have names are matched by name, so that an item put in front does not change all those after it.
 */
export function diffValues(before: Json | undefined, after: Json | undefined, path = ""): PropertyChange[] {
  if (equal(before, after)) return [];
  if (before === undefined || after === undefined) {
    return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
  }
  if (typeof before === "string" && typeof after === "string") {
    const [was, is] = [parseDocument(before), parseDocument(after)];
    if (was !== undefined && is !== undefined && Array.isArray(was) === Array.isArray(is)) {
      const changes = diffValues(was, is, path + INSIDE);
      // Only white space or the order of keys differs: that is a change of the string all the same.
      if (changes.length > 0) return changes;
    }
    return [{ path, before, after }];
  }
  if (isArray(before) && isArray(after)) return diffLists(before, after, path);
  if (isObject(before) && isObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) => diffValues(before[key], after[key], child(path, key)));
  }
  return [{ path, before, after }];
}

/** Keys by which the items of a list are told apart, the first that fits wins. */
const identityKeys = ["name", "Sid", "sid", "id", "Id", "key"] as const;

/** Items by their identity; `undefined` unless each item has one of its own under that key. */
function byIdentity(items: readonly Json[], key: string): Map<string, Json> | undefined {
  const map = new Map<string, Json>();
  for (const item of items) {
    const identity = isObject(item) ? item[key] : undefined;
    if (typeof identity !== "string" || map.has(identity)) return undefined;
    map.set(identity, item);
  }
  return map;
}

function diffLists(before: readonly Json[], after: readonly Json[], path: string): PropertyChange[] {
  for (const key of identityKeys) {
    const was = byIdentity(before, key);
    const is = byIdentity(after, key);
    if (was === undefined || is === undefined || was.size === 0 || is.size === 0) continue;
    const changes: PropertyChange[] = [];
    for (const [identity, item] of is)
      changes.push(...diffValues(was.get(identity), item, `${path}[${key}=${identity}]`));
    for (const [identity, item] of was)
      if (!is.has(identity)) changes.push(...diffValues(item, undefined, `${path}[${key}=${identity}]`));
    const stayed = [...was.keys()].filter((identity) => is.has(identity));
    const order = [...is.keys()].filter((identity) => was.has(identity));
    if (!equal(stayed, order)) changes.push({ path: `${path} (order)`, before: stayed, after: order });
    return changes;
  }
  return diffByPosition(before, after, path);
}

/** Above this many pairs of items the cheaper comparison, place by place, must do. */
const MAX_PAIRS = 250_000;

/** Items without names: what both lists have in common, in order, stays; what lies between is compared in order. */
function diffByPosition(before: readonly Json[], after: readonly Json[], path: string): PropertyChange[] {
  const changes: PropertyChange[] = [];
  let [i, j] = [0, 0];
  for (const [nextI, nextJ] of [...commonItems(before, after), [before.length, after.length] as const]) {
    // Between two common items: as many as both have are changes, the rest was added or removed.
    while (i < nextI && j < nextJ) changes.push(...diffValues(before[i++], after[j], `${path}[${j++}]`));
    for (; i < nextI; i++) changes.push(...diffValues(before[i], undefined, `${path}[${i}]`));
    for (; j < nextJ; j++) changes.push(...diffValues(undefined, after[j], `${path}[${j}]`));
    i++;
    j++;
  }
  return changes;
}

/** Pairs of positions of a longest common subsequence, in order. */
function commonItems(before: readonly Json[], after: readonly Json[]): (readonly [number, number])[] {
  const [rows, columns] = [before.length, after.length];
  if (rows * columns > MAX_PAIRS) return [];
  const was = before.map((item) => JSON.stringify(item));
  const is = after.map((item) => JSON.stringify(item));
  // lengths[i * stride + j]: how many items before[i..] and after[j..] have in common.
  const stride = columns + 1;
  const lengths = new Uint32Array((rows + 1) * stride);
  const lengthAt = (i: number, j: number): number => lengths[i * stride + j] ?? 0;
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      lengths[i * stride + j] =
        was[i] === is[j] ? lengthAt(i + 1, j + 1) + 1 : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1));
    }
  }
  const pairs: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < rows && j < columns;) {
    if (was[i] === is[j]) pairs.push([i++, j++]);
    else if (lengthAt(i + 1, j) >= lengthAt(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}

/** What a step says of its resource, as one object: inputs under their own names, the rest in brackets. */
function comparable(step: PreviewStep): { [path: string]: Json } {
  const { inputs, ...rest } = step.newState;
  const properties: { [path: string]: Json } = { ...inputs };
  for (const [field, value] of Object.entries(rest))
    if (value !== undefined) properties[`[${field}]`] = value;
  return properties;
}

function diffSteps(before: PreviewStep, after: PreviewStep): PropertyChange[] {
  const [was, is] = [comparable(before), comparable(after)];
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
  return keys
    .flatMap((key) => diffValues(was[key], is[key], key))
    .filter(({ path, before: old, after: now }) => {
      // An input that comes or goes brings its empty list of dependencies along: that says nothing.
      const input = /^\[propertyDependencies\]\.(.*)$/.exec(path)?.[1];
      const only = old ?? now;
      const comesOrGoes = (old === undefined) !== (now === undefined);
      return !(
        input !== undefined &&
        comesOrGoes &&
        isArray(only ?? null) &&
        equal(only, []) &&
        !equal(was[input], is[input])
      );
    });
}

/** Which resources were added, changed or removed: first those that are, in their order, then those that were. */
export function diffResources(
  before: readonly PreviewStep[],
  after: readonly PreviewStep[],
): ResourceChange[] {
  const was = new Map(before.map((step) => [step.urn, step]));
  const is = new Set(after.map((step) => step.urn));
  const changes: ResourceChange[] = [];
  for (const step of after) {
    const old = was.get(step.urn);
    const { type } = step.newState;
    if (old === undefined) changes.push({ kind: "added", urn: step.urn, type, properties: [] });
    else {
      const properties = diffSteps(old, step);
      if (properties.length > 0) changes.push({ kind: "changed", urn: step.urn, type, properties });
    }
  }
  for (const { urn, newState } of before) {
    if (is.has(urn)) continue;
    const removed = { kind: "removed", urn, type: newState.type, properties: [] } as const;
    changes.push(newState.protect === true ? { ...removed, wasProtected: true } : removed);
  }
  return changes;
}
