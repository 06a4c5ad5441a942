import { asGatewayId, asUuid, type GatewayId, type Uuid } from "../correlation/correlation";

/**
 * A form that a value in the log must have. Each form is too narrow for free text: a list of words, an id of fixed
 * shape, a number too short for a telephone number.
 */
export interface FieldType<T> {
  readonly accepts: (value: unknown) => value is T;
}

/** Every number in a log stays below this: eight digits at most, and no telephone, card or identity number has so few. */
export const NUMBER_LIMIT = 100_000_000;

export const uuid: FieldType<Uuid> = { accepts: (value): value is Uuid => asUuid(value) !== undefined };

export const gatewayId: FieldType<GatewayId> = {
  accepts: (value): value is GatewayId => asGatewayId(value) !== undefined,
};

export const flag: FieldType<boolean> = { accepts: (value): value is boolean => typeof value === "boolean" };

export function oneOf<const V extends string>(words: readonly V[]): FieldType<V> {
  const known: ReadonlySet<unknown> = new Set(words);
  return { accepts: (value): value is V => known.has(value) };
}

/** @throws RangeError when the bounds allow a number that could be somebody's */
export function integer(min: number, max: number): FieldType<number> {
  if (!(min <= max && min > -NUMBER_LIMIT && max < NUMBER_LIMIT)) {
    throw new RangeError(
      `integer: got ${min} to ${max}; allowed: within ${NUMBER_LIMIT}; fix: choose a larger unit`,
    );
  }
  return {
    accepts: (value): value is number =>
      Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max,
  };
}

declare const kind: unique symbol;
/** A name that stands in the settings. */
export type KnownName<K extends string> = string & { readonly [kind]: K };

/** Names of the settings: lower-case words with hyphens, never a text that a caller chose. */
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Such names with slashes between them, as secrets have. */
const PATH = /^[a-z][a-z0-9]*(-[a-z0-9]+)*(\/[a-z][a-z0-9]*(-[a-z0-9]+)*)*$/;

/** @throws RangeError when a name is not one of the settings' form */
export const knownName = <K extends string>(names: readonly string[]): FieldType<KnownName<K>> =>
  knownIn<K>(names, NAME);

/** @throws RangeError when a name is not one of the settings' form */
export const knownPath = <K extends string>(names: readonly string[]): FieldType<KnownName<K>> =>
  knownIn<K>(names, PATH);

function knownIn<K extends string>(names: readonly string[], form: RegExp): FieldType<KnownName<K>> {
  const bad = names.findIndex((name) => !form.test(name));
  if (bad !== -1) {
    throw new RangeError(
      `known names: got another form at index ${bad}; allowed: ${form.source}; fix: pass the settings' ids`,
    );
  }
  const known: ReadonlySet<unknown> = new Set(names);
  return { accepts: (value): value is KnownName<K> => known.has(value) };
}
