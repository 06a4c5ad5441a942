import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import {
  valueIn,
  type Condition,
  type Item,
  type Parameter,
  type UpdateWrite,
  type Value,
  type Write,
} from "./store";

export type Attributes = Record<string, AttributeValue>;

type Updated = Pick<UpdateWrite, "set" | "add" | "remove">;
const nothing: Updated = {};
const updatedBy = (write: Write): Updated => (write.kind === "update" ? write : nothing);

/**
 * Of each condition, one for each combination of updated names, kept as long as the condition: those are made once, and
 * names don't come from data.
 */
const statements = new WeakMap<Condition, readonly Statement[]>();

/**
 * The expressions of all writes of one condition that update the same attributes. Every name is aliased, because DynamoDB
 * reserves hundreds (`owner`, `state`, `count` among them).
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
 */
export class Statement {
  /** Empty where nothing is updated. */
  readonly update: string;
  readonly condition: string;
  /** By alias; shared by all requests, so frozen. `undefined` where there is none, as DynamoDB demands. */
  readonly names: Readonly<Record<string, string>> | undefined;
  readonly #set: readonly string[];
  readonly #add: readonly string[];
  readonly #remove: readonly string[];
  /** What stands in the condition, in the order of their aliases, which come after those of what is set and added. */
  readonly #operands: (string | number | Parameter)[] = [];
  readonly #aliases = new Map<string, string>();
  #valueCount = 0;

  static of(write: Write): Statement {
    const known = statements.get(write.condition) ?? [];
    const found = known.find((statement) => statement.#fits(write));
    if (found !== undefined) return found;
    const made = new Statement(write);
    statements.set(write.condition, [...known, made]);
    return made;
  }

  private constructor(write: Write) {
    const { set = {}, add = {}, remove = [] } = updatedBy(write);
    this.#set = Object.keys(set);
    this.#add = Object.keys(add);
    this.#remove = [...remove];
    // In the order of `valuesOf`: their aliases count on.
    this.update = this.#renderUpdate();
    this.condition = this.#renderCondition(write.condition);
    const names = [...this.#aliases].map(([name, alias]) => [alias, name] as const);
    this.names = names.length === 0 ? undefined : Object.freeze(Object.fromEntries(names));
  }

  /**
   * @param write one that this is the statement of
   * @returns by alias, as {@link names}
   * @throws TypeError for a write without a parameter of its condition
   */
  valuesOf(write: Write): Attributes | undefined {
    if (this.#valueCount === 0) return undefined;
    const { set = {}, add = {} } = updatedBy(write);
    const operands = this.#operands.map((operand) => valueIn(operand, write.parameters));
    const given = [...Object.values(set), ...Object.values(add), ...operands];
    const values: Attributes = {};
    given.forEach((value, index) => {
      values[valueAlias(index)] = toAttribute(value);
    });
    return values;
  }

  #fits(write: Write): boolean {
    const { set = {}, add = {}, remove = [] } = updatedBy(write);
    return (
      areSame(this.#set, Object.keys(set)) &&
      areSame(this.#add, Object.keys(add)) &&
      areSame(this.#remove, remove)
    );
  }

  #renderUpdate(): string {
    const clauses: string[] = [];
    const clause = (verb: string, parts: readonly string[]): void => {
      if (parts.length > 0) clauses.push(`${verb} ${parts.join(", ")}`);
    };
    clause(
      "SET",
      this.#set.map((name) => `${this.#name(name)} = ${this.#nextValueAlias()}`),
    );
    clause(
      "ADD",
      this.#add.map((name) => `${this.#name(name)} ${this.#nextValueAlias()}`),
    );
    clause(
      "REMOVE",
      this.#remove.map((name) => this.#name(name)),
    );
    return clauses.join(" ");
  }

  #renderCondition(condition: Condition): string {
    switch (condition.kind) {
      case "absent":
        return `attribute_not_exists(${this.#name(condition.name)})`;
      case "compare":
        return `${this.#name(condition.name)} ${condition.operator} ${this.#operand(condition.value)}`;
      case "holds":
        // Without the type's test, DynamoDB would look for the text inside a text.
        return `(attribute_type(${this.#name(condition.name)}, ${this.#operand("SS")}) AND contains(${this.#name(condition.name)}, ${this.#operand(condition.value)}))`;
      case "not":
        return `(NOT ${this.#renderCondition(condition.condition)})`;
      case "all":
        return this.#joined(condition.conditions, " AND ");
      case "any":
        return this.#joined(condition.conditions, " OR ");
    }
  }

  /** DynamoDB refuses redundant parentheses, so a single part stands without any. */
  #joined(conditions: readonly Condition[], word: " AND " | " OR "): string {
    const parts = conditions.map((part) => this.#renderCondition(part));
    return parts.length === 1 ? parts.join() : `(${parts.join(word)})`;
  }

  #operand(value: string | number | Parameter): string {
    this.#operands.push(value);
    return this.#nextValueAlias();
  }

  #name(name: string): string {
    const alias = this.#aliases.get(name) ?? `#n${this.#aliases.size}`;
    this.#aliases.set(name, alias);
    return alias;
  }

  #nextValueAlias(): string {
    return valueAlias(this.#valueCount++);
  }
}

const valueAlias = (index: number): string => `:v${index}`;

const areSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((name, index) => name === others[index]);

export function toAttribute(value: Value): AttributeValue {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  return { SS: [...value] };
}

export function toAttributes(item: Item): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(item)) attributes[name] = toAttribute(value);
  return attributes;
}

/** @throws TypeError for an item that this code cannot have written */
export function fromAttributes(attributes: Attributes): Item {
  const { id, ...others } = toValues(attributes);
  if (typeof id !== "string") throw new TypeError("an item's id is no text; allowed: text");
  return { id, ...others };
}

/**
 * Of a part of an item.
 *
 * @throws TypeError for attributes that this code cannot have written
 */
export function toValues(attributes: Attributes): Readonly<Record<string, Value>> {
  const values: Record<string, Value> = {};
  for (const [name, attribute] of Object.entries(attributes)) values[name] = fromAttribute(name, attribute);
  return values;
}

function fromAttribute(name: string, value: AttributeValue): Value {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.SS !== undefined) return new Set(value.SS);
  throw new TypeError(
    `attribute ${name} is of type ${Object.keys(value).join()}; allowed: S, N, SS; fix: find who else writes to this table`,
  );
}
