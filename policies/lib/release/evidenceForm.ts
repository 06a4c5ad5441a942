/**
 * Forms of what is signed as evidence: each reads a value that is exactly so, and no other. What has a key too many is another form: nobody
 * knows what its writer meant by it.
 */
import { isSha256 } from "./dsse";

/** @throws what {@link readForm} catches, with the place where the value is otherwise */
export interface Form<T> {
  (value: unknown, place: string): T;
  /** The key may be missing. */
  readonly isOptional?: boolean;
}

class Amiss extends Error {
  constructor(readonly place: string) {
    super(`${place} is not as it should be`);
  }
}

function expect(holds: boolean, place: string): asserts holds {
  if (!holds) throw new Amiss(place);
}

/** @returns where it is otherwise, as a text, where it is */
export function readForm<T extends object>(form: Form<T>, value: unknown): T | string {
  try {
    return form(value, "");
  } catch (error) {
    if (error instanceof Amiss) return error.place || "the whole";
    throw error;
  }
}

const form =
  <T>(is: (value: unknown) => value is T): Form<T> =>
  (value, place) => {
    expect(is(value), place);
    return value;
  };

/** Lengths are in UTF-16 units. */
export const text = (least = 0, most = Number.POSITIVE_INFINITY, pattern = /(?:)/): Form<string> =>
  form(
    (value): value is string =>
      typeof value === "string" && value.length >= least && value.length <= most && pattern.test(value),
  );

export const oneOf = <const Word extends string>(...words: readonly Word[]): Form<Word> =>
  form((value): value is Word => words.some((word) => word === value));

export const number: Form<number> = form((value): value is number => Number.isFinite(value));
export const count: Form<number> = form(
  (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
);
export const flag: Form<boolean> = form((value): value is boolean => typeof value === "boolean");
export const digest: Form<string> = form(isSha256);

/** `2026-11-26T07:01:02.003Z`, a day and a time that there are. */
export const instant: Form<string> = form(
  (value): value is string =>
    typeof value === "string" &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
    !Number.isNaN(Date.parse(value)) &&
    // Some read the 30th of February as a day of March.
    new Date(value).toISOString() === value,
);

/** `2026-11-26` */
export const day: Form<string> = (value, place) => {
  const read = text()(value, place);
  instant(`${read}T00:00:00.000Z`, place);
  return read;
};

export const optional = <T>(inner: Form<T>): Form<T | undefined> =>
  Object.assign((value: unknown, place: string) => inner(value, place), { isOptional: true });

export const listOf =
  <T>(member: Form<T>, least = 0, most = Number.POSITIVE_INFINITY): Form<readonly T[]> =>
  (value, place) => {
    expect(Array.isArray(value) && value.length >= least && value.length <= most, place);
    return value.map((one, at) => member(one, `${place}[${at}]`));
  };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const mapOf =
  <T>(member: Form<T>): Form<Readonly<Record<string, T>>> =>
  (value, place) => {
    // A key that means something else to those who read it: nobody counts under it.
    expect(isRecord(value) && !Object.hasOwn(value, "__proto__"), place);
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, member(one, `${place}.${key}`)]),
    );
  };

type Shape = Readonly<Record<string, Form<unknown>>>;
type Read<S extends Shape> = { readonly [K in keyof S]: S[K] extends Form<infer T> ? T : never };

/** An object with these keys and no other. */
export const shape =
  <S extends Shape>(members: S): Form<Read<S>> =>
  (value, place) => {
    expect(isRecord(value) && Object.keys(value).every((key) => Object.hasOwn(members, key)), place);
    return Object.fromEntries(
      Object.entries(members).map(([key, member]) => {
        const at = place === "" ? key : `${place}.${key}`;
        if (Object.hasOwn(value, key)) return [key, member(value[key], at)];
        expect(member.isOptional === true, at);
        return [key, undefined];
      }),
    ) as Read<S>;
  };

/** The first of these that it is. */
export const either =
  <T>(...forms: readonly Form<T>[]): Form<T> =>
  (value, place) => {
    for (const one of forms) {
      try {
        return one(value, place);
      } catch (error) {
        if (!(error instanceof Amiss)) throw error;
      }
    }
    throw new Amiss(place);
  };
