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
    const clause = (verb: string, parts: readonly string[]): string[] =>
      parts.length === 0 ? [] : [`${verb} ${parts.join(", ")}`];
    return [
      ...clause(
        "SET",
        Object.entries(set).map(([name, value]) => `${this.#name(name)} = ${this.#value(value)}`),
      ),
      ...clause(
        "ADD",
        Object.entries(add).map(([name, value]) => `${this.#name(name)} ${this.#value(value)}`),
      ),
      ...clause(
        "REMOVE",
        remove.map((name) => this.#name(name)),
      ),
    ].join(" ");
  }

  /** Fields of the request; the ones that nothing uses are left out, as DynamoDB demands. */
  get fields(): {
    ExpressionAttributeNames?: Record<string, string>;
    ExpressionAttributeValues?: Attributes;
  } {
    return {
      ...(this.#aliases.size === 0 ? {} : { ExpressionAttributeNames: this.#names }),
      ...(this.#valueCount === 0 ? {} : { ExpressionAttributeValues: this.#values }),
    };
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

export const toAttributes = (item: Item): Attributes =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toAttribute(value)]));

/** @throws TypeError for an item that this code cannot have written */
export function fromAttributes(attributes: Attributes): Item {
  const { id, ...others } = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, fromAttribute(name, value)]),
  );
  if (typeof id !== "string") throw new TypeError("an item's id is no text; allowed: text");
  return { id, ...others };
}

function fromAttribute(name: string, value: AttributeValue): Value {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.SS !== undefined) return new Set(value.SS);
  throw new TypeError(
    `attribute ${name} is of type ${Object.keys(value).join()}; allowed: S, N, SS; fix: find who else writes to this table`,
  );
}
