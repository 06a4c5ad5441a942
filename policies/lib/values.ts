/**
 * Reading a resource's properties without trusting their form.
 *
 * Properties come from the engine through a proxy that throws when an unknown value is read. A plain read of an
 * unknown is therefore a violation (see `policy.ts`); `peek` is for the few places where "not known yet" has a
 * meaning of its own, such as "set, to something that another resource will provide".
 */

export type Props = Readonly<Record<string, unknown>>;

/** Stands for a value that is set but not known before the deployment. */
export const UNKNOWN: unique symbol = Symbol("unknown at preview");

/** The error of `@pulumi/policy` for a read of an unknown value; its class is not exported. */
export const isUnknownValueError = (error: unknown): error is Error & { readonly props: readonly string[] } =>
  error instanceof Error && "unknownTypeSentinel" in error;

/** The value, or `UNKNOWN`. */
export function peek<T>(read: () => T): T | typeof UNKNOWN {
  try {
    return read();
  } catch (error) {
    if (isUnknownValueError(error)) return UNKNOWN;
    throw error;
  }
}

/** True when the property is set, be its value known or not. */
export function present(props: Props, key: string): boolean {
  const value = peek(() => props[key]);
  return value !== undefined && value !== null && value !== "";
}

export const isObject = (value: unknown): value is Props =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The nested object, or an empty one: a missing block has none of the required values. */
export const object = (value: unknown): Props => (isObject(value) ? value : {});

/** The list, or an empty one. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const objects = (value: unknown): readonly Props[] => list(value).map(object);

/** The string, or an empty one. */
export const text = (value: unknown): string => (typeof value === "string" ? value : "");

export const strings = (value: unknown): readonly string[] =>
  (typeof value === "string" ? [value] : list(value)).filter(
    (item): item is string => typeof item === "string",
  );

/** The number, or `NaN`, which is in no range. */
export const number = (value: unknown): number => (typeof value === "number" ? value : Number.NaN);

export const within = (value: unknown, least: number, most: number): boolean =>
  number(value) >= least && number(value) <= most;

/** A document is judged by several policies: it is read once, and what was read is shown to all of them. */
const documents = new Map<string, Props | undefined>();

/** JSON text as an object; `undefined` when it is none. A malformed text is the caller's violation to report. */
export function parseObject(value: unknown): Props | undefined {
  if (isObject(value)) return value;
  if (typeof value !== "string") return undefined;
  if (!documents.has(value)) documents.set(value, readObject(value));
  return documents.get(value);
}

function readObject(value: string): Props | undefined {
  try {
    const parsed: unknown = JSON.parse(value);
    return isObject(parsed) ? parsed : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A provider's inputs are strings; what is not a string travels as JSON. */
export const decode = (value: unknown): unknown =>
  typeof value === "string" && /^[[{]/.test(value) ? (JSON.parse(value) as unknown) : value;

/** How a value reads in a violation: short, and never an unknown's sentinel. */
export function show(value: unknown): string {
  if (value === UNKNOWN) return "a value not known yet";
  if (value === undefined || value === null) return "nothing";
  const shown = typeof value === "string" ? `"${value}"` : JSON.stringify(value);
  return shown.length > 120 ? `${shown.slice(0, 117)}...` : shown;
}

/** `a, b and c`; `none` for an empty list. */
export function join(items: readonly string[]): string {
  if (items.length === 0) return "none";
  const last = items[items.length - 1] ?? "";
  return items.length === 1 ? last : `${items.slice(0, -1).join(", ")} and ${last}`;
}
