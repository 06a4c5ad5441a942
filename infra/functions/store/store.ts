/**
 * What the functions ask of their table: conditional writes, alone or all-or-none. Conditions and updates are data, so
 * that one reading of them goes to DynamoDB (`dynamoStore.ts`) and another runs in memory (`memoryStore.ts`), and tests
 * hold the two against each other. Every table has one key, the text attribute `id`.
 */
export type Value = string | number | ReadonlySet<string>;
export type Item = Readonly<Record<string, Value>> & { readonly id: string };

/** Stands in a condition for what each write brings along by that name, so that the condition is made once. */
export interface Parameter {
  readonly parameter: string;
}
export type Parameters = Readonly<Record<string, string | number>>;

/**
 * As DynamoDB evaluates it: a comparison with an attribute that is absent, or of another type, is false.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
export type Condition =
  | { readonly kind: "absent"; readonly name: string }
  | {
      readonly kind: "compare";
      readonly name: string;
      readonly operator: Operator;
      readonly value: string | number | Parameter;
    }
  /** The attribute is a set that holds the text. */
  | { readonly kind: "holds"; readonly name: string; readonly value: string | Parameter }
  | { readonly kind: "not"; readonly condition: Condition }
  | { readonly kind: "all" | "any"; readonly conditions: readonly Condition[] };

export type Operator = "=" | "<" | "<=" | ">" | ">=";

export const absent = (name: string): Condition => ({ kind: "absent", name });
export const is = (name: string, operator: Operator, value: string | number | Parameter): Condition => ({
  kind: "compare",
  name,
  operator,
  value,
});
export const holds = (name: string, value: string | Parameter): Condition => ({ kind: "holds", name, value });
export const not = (condition: Condition): Condition => ({ kind: "not", condition });
export const all = (...conditions: readonly Condition[]): Condition => ({ kind: "all", conditions });
export const any = (...conditions: readonly Condition[]): Condition => ({ kind: "any", conditions });
export const parameter = (name: string): Parameter => ({ parameter: name });

/**
 * What stands in a condition, or what the write brings along for it.
 *
 * @throws TypeError for a write that does not bring it
 */
export function valueIn(
  operand: string | number | Parameter,
  parameters: Parameters | undefined,
): string | number {
  if (typeof operand !== "object") return operand;
  const given = parameters?.[operand.parameter];
  if (given !== undefined) return given;
  throw new TypeError(
    `a write's parameters: got no ${operand.parameter}; allowed: all that its condition names; fix: bring it along`,
  );
}

export type Write = PutWrite | UpdateWrite | DeleteWrite;

interface Conditional {
  readonly table: string;
  readonly condition: Condition;
  /** By name, for a condition that has any. */
  readonly parameters?: Parameters;
}

export interface PutWrite extends Conditional {
  readonly kind: "put";
  /** Takes the place of the whole item. */
  readonly item: Item;
}

/** Makes the item where there is none. */
export interface UpdateWrite extends Conditional {
  readonly kind: "update";
  readonly id: string;
  readonly set?: Readonly<Record<string, Value>>;
  /** Numbers are added to what is there (0 if nothing), sets joined with it. */
  readonly add?: Readonly<Record<string, number | ReadonlySet<string>>>;
  readonly remove?: readonly string[];
  /**
   * The result's `after` is wanted, where the update is alone. Else the store is not asked for it: a record that keeps an
   * answer would send it back. @default false
   */
  readonly returnsUpdated?: boolean;
}

export interface DeleteWrite extends Conditional {
  readonly kind: "delete";
  readonly id: string;
}

/** What became of one write of a refused batch; `old` only where its own condition failed. */
export type Verdict = { readonly held: true } | { readonly held: false; readonly old: Item | undefined };

export type WriteResult =
  /** `after` holds what was set and added, as it stands now, if the batch was one update that asks for it; `before` what was deleted, if one deletion. */
  | { readonly done: true; readonly after: Item | undefined; readonly before?: Item | undefined }
  /** Nothing was written; one verdict for each write, in order. */
  | { readonly done: false; readonly verdicts: readonly Verdict[] };

export interface Store {
  /**
   * One conditional write, or several all-or-none; one round trip. Safe to repeat after a lost answer only where the
   * condition makes it so: each caller's condition carries a token for that.
   *
   * @param step names the call for logs and for the tests' faults, e.g. `claim`
   * @throws StoreError
   * @throws TypeError for a write that cannot be rendered, e.g. without a value for one of its condition's parameters
   */
  write(step: string, writes: readonly [Write, ...Write[]]): Promise<WriteResult>;
}

/**
 * - `conflict`: other transactions were at the same items each time; nothing was written.
 * - `unavailable`: no answer, or one that says it failed; the write may have happened.
 * - `refused`: the request itself is at fault (permissions, validation); nothing was written.
 */
export type StoreErrorKind = "conflict" | "unavailable" | "refused";

/** Its message names step and vendor's error only: items never reach a log. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  constructor(
    readonly kind: StoreErrorKind,
    readonly step: string,
    detail: string,
  ) {
    super(`store, step ${step}: ${kind} (${detail})`);
  }
}
