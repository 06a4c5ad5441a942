/** What a mutant is: data. One thing of the program's registrations is changed; the program itself is not touched. */
import type { Json } from "../../cli/preview/model";

/**
 * Where in a resource's inputs, as `settings.throttlingRateLimit`. A step `#` goes into the JSON text that stands there,
 * `name=edge` to the element of a list that has it, a number to the element at that place, -1 to the last one. Names that
 * hold a dot are given as a list of steps.
 */
export type Path = string | readonly string[];

/** `<class>::<name>`, the last part of the type token and the resource's name, in which `*` stands for anything. */
export type Where = string;

export type Edit =
  | { readonly set: Path; readonly to: Json }
  /** A property, or an element of a list. */
  | { readonly drop: Path }
  | { readonly text: Path; readonly from: string; readonly to: string }
  | { readonly add: Path; readonly by: number }
  | { readonly append: Path; readonly item: Json }
  /** Takes the value from another resource's output, and says so as the SDK does. */
  | { readonly relate: Path; readonly to: Where; readonly output: string }
  /** Takes what is made of several resources; what that is, is unknown at a preview and some text in a state. */
  | { readonly relateAll: string; readonly to: readonly Where[] }
  /** Nobody is said to be where the value comes from, which is left as it is. */
  | { readonly unrelate: string }
  | { readonly protect: boolean }
  | { readonly ignore: readonly string[] }
  | { readonly aliases: readonly string[] }
  | { readonly provider: Where | null }
  /** Out of the stack; what took values from it is not said to any more. */
  | { readonly remove: true }
  /** A second one, be it of another type, which is changed by `and`. */
  | { readonly twin: string; readonly type?: string; readonly and?: readonly Edit[] }
  /** The whole stack by another name. */
  | { readonly stack: string };

export const kinds = [
  "wrong value",
  "missing value",
  "missing relation",
  "wrong relation",
  "missing resource",
  "one too many",
  "weaker threshold",
  "off by one",
  "too much",
] as const;
export type Kind = (typeof kinds)[number];

/** Edits of one kind of place. */
export interface Change {
  readonly where: Where;
  readonly edit: Edit | readonly Edit[];
}

export interface Mutant {
  /** Who claims to notice. */
  readonly policy: string;
  /** Completes "the pack notices that …". */
  readonly name: string;
  readonly kind: Kind;
  readonly changes: readonly Change[];
  /** Who notices too; why is in `relations.ts`. */
  readonly also: readonly string[];
  /** Who notices too once all is known, and not before. */
  readonly alsoInState: readonly string[];
  /** Who notices too while not all is known, and not after. */
  readonly alsoInPreview: readonly string[];
  /** Why the policy does not notice, where it does not. */
  readonly survives: string | undefined;
}

/** A change that is allowed. */
export interface NearMiss {
  readonly policy: string;
  readonly name: string;
  readonly changes: readonly Change[];
}

interface Given {
  readonly also?: readonly string[];
  readonly alsoInState?: readonly string[];
  readonly alsoInPreview?: readonly string[];
  readonly survives?: string;
}

/** A mutant of one place. */
export const mutant = (
  policy: string,
  kind: Kind,
  name: string,
  where: Where,
  edit: Edit | readonly Edit[],
  { also = [], alsoInState = [], alsoInPreview = [], survives }: Given = {},
): Mutant => ({ policy, name, kind, changes: [{ where, edit }], also, alsoInState, alsoInPreview, survives });

/** A mutant of several places, which belong together. */
export const mutantOf = (
  policy: string,
  kind: Kind,
  name: string,
  changes: readonly Change[],
  { also = [], alsoInState = [], alsoInPreview = [], survives }: Given = {},
): Mutant => ({ policy, name, kind, changes, also, alsoInState, alsoInPreview, survives });

export const nearMiss = (
  policy: string,
  name: string,
  where: Where,
  edit: Edit | readonly Edit[],
): NearMiss => ({ policy, name, changes: [{ where, edit }] });
