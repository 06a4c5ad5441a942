import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { Condition, Item, UpdateWrite, Value } from "./store";

export type Attributes = Record<string, AttributeValue>;

/**
 * Collects the names and values of one request's expressions. Every name is aliased, because DynamoDB reserves
 * hundreds (`owner`, `state`, `count` among them).
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
 */
export class Expressions {
  readonly #aliases = new Map<string, string>();
  readonly #names: Record<string, string> = {};
  readonly #values: Attributes = {};
  #valueCount = 0;

  condition(condition: Condition): string {
    switch (condition.kind) {
      case "absent":
        return `attribute_not_exists(${this.#name(condition.name)})`;
      case "compare":
        return `${this.#name(condition.name)} ${condition.operator} ${this.#value(condition.value)}`;
      case "holds":
        // Without the type's test, DynamoDB would look for the text inside a text.
        return `(attribute_type(${this.#name(condition.name)}, ${this.#value("SS")}) AND contains(${this.#name(condition.name)}, ${this.#value(condition.value)}))`;
      case "not":
        return `(NOT ${this.condition(condition.condition)})`;
      case "all":
        return this.#joined(condition.conditions, " AND ");
      case "any":
        return this.#joined(condition.conditions, " OR ");
    }
  }

  update({ set = {}, add = {}, remove = [] }: UpdateWrite): string {
    const clauses: string[] = [];
    const clause = (verb: string, parts: readonly string[]): void => {
      if (parts.length > 0) clauses.push(`${verb} ${parts.join(", ")}`);
    };
    clause(
      "SET",
      Object.entries(set).map(([name, value]) => `${this.#name(name)} = ${this.#value(value)}`),
    );
    clause(
      "ADD",
      Object.entries(add).map(([name, value]) => `${this.#name(name)} ${this.#value(value)}`),
    );
    clause(
      "REMOVE",
      remove.map((name) => this.#name(name)),
    );
    return clauses.join(" ");
  }

  /** By alias, once everything is rendered. @returns `undefined` where there is none, as DynamoDB demands */
  get names(): Record<string, string> | undefined {
    return this.#aliases.size === 0 ? undefined : this.#names;
  }

  /** As {@link names}. */
  get values(): Attributes | undefined {
    return this.#valueCount === 0 ? undefined : this.#values;
  }

  /** DynamoDB refuses redundant parentheses, so a single part stands without any. */
  #joined(conditions: readonly Condition[], word: " AND " | " OR "): string {
    const parts = conditions.map((part) => this.condition(part));
    return parts.length === 1 ? parts.join() : `(${parts.join(word)})`;
  }

  #name(name: string): string {
    const known = this.#aliases.get(name);
    if (known !== undefined) return known;
    const alias = `#n${this.#aliases.size}`;
    this.#aliases.set(name, alias);
    this.#names[alias] = name;
    return alias;
  }

  #value(value: Value): string {
    const alias = `:v${this.#valueCount++}`;
    this.#values[alias] = toAttribute(value);
    return alias;
  }
}

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
