import {
  valueIn,
  type Condition,
  type Item,
  type Operator,
  type Parameters,
  type Store,
  type UpdateWrite,
  type Value,
  type Verdict,
  type Write,
  type WriteResult,
} from "./store";

/**
 * A table in memory with exactly the conditional semantics that the functions use of DynamoDB. Each write is one
 * indivisible step. It never expires an item: a function that relied on TTL would show.
 */
export class MemoryStore implements Store {
  readonly #items = new Map<string, Item>();

  async write(_step: string, writes: readonly [Write, ...Write[]]): Promise<WriteResult> {
    return this.apply(writes);
  }

  apply(writes: readonly [Write, ...Write[]]): WriteResult {
    const verdicts = writes.map((write): Verdict => {
      const old = this.#items.get(keyOf(write));
      return satisfies(old, write.condition, write.parameters) ? { held: true } : { held: false, old };
    });
    if (!verdicts.every((verdict) => verdict.held)) return { done: false, verdicts };
    const [first] = writes;
    const before = this.#items.get(keyOf(first));
    for (const write of writes) this.#perform(write);
    const only = writes.length === 1 ? first : undefined;
    const updated = only?.kind === "update" && only.returnsUpdated === true ? only : undefined;
    return {
      done: true,
      after: updated && updatedOf(updated, this.#items.get(keyOf(updated))),
      before: only?.kind === "delete" ? before : undefined,
    };
  }

  get(table: string, id: string): Item | undefined {
    return this.#items.get(`${table}/${id}`);
  }

  get items(): readonly Item[] {
    return [...this.#items.values()];
  }

  #perform(write: Write): void {
    const key = keyOf(write);
    if (write.kind === "delete") this.#items.delete(key);
    else if (write.kind === "put") this.#items.set(key, write.item);
    else {
      const item: Record<string, Value> = { ...this.#items.get(key), ...write.set };
      for (const [name, value] of Object.entries(write.add ?? {})) item[name] = sum(name, item[name], value);
      for (const name of write.remove ?? []) delete item[name];
      this.#items.set(key, { ...item, id: write.id });
    }
  }
}

/** Of an item, what an update has set and added. */
const updatedOf = ({ id, set = {}, add = {} }: UpdateWrite, item: Item = { id }): Item => ({
  ...Object.fromEntries(Object.entries(item).filter(([name]) => name in set || name in add)),
  id,
});

const keyOf = (write: Write): string => `${write.table}/${write.kind === "put" ? write.item.id : write.id}`;

export function satisfies(
  item: Item | undefined,
  condition: Condition,
  parameters: Parameters | undefined,
): boolean {
  // All of them, so that a parameter that is missing shows wherever it stands.
  const partsOf = (parts: readonly Condition[]): boolean[] =>
    parts.map((part) => satisfies(item, part, parameters));
  switch (condition.kind) {
    case "absent":
      return item?.[condition.name] === undefined;
    case "compare":
      return compare(item?.[condition.name], condition.operator, valueIn(condition.value, parameters));
    case "holds": {
      const value = item?.[condition.name];
      return value instanceof Set && value.has(valueIn(condition.value, parameters));
    }
    case "not":
      return !satisfies(item, condition.condition, parameters);
    case "all":
      return partsOf(condition.conditions).every(Boolean);
    case "any":
      return partsOf(condition.conditions).some(Boolean);
  }
}

function compare(left: Value | undefined, operator: Operator, right: string | number): boolean {
  if (typeof left === "number" && typeof right === "number")
    return holdsFor(operator, Math.sign(left - right));
  // DynamoDB orders texts by their UTF-8 bytes.
  if (typeof left === "string" && typeof right === "string")
    return holdsFor(operator, Buffer.compare(Buffer.from(left), Buffer.from(right)));
  return false;
}

function holdsFor(operator: Operator, order: number): boolean {
  switch (operator) {
    case "=":
      return order === 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

function sum(name: string, left: Value | undefined, right: number | ReadonlySet<string>): Value {
  if (typeof right === "number" && (left === undefined || typeof left === "number"))
    return (left ?? 0) + right;
  if (right instanceof Set && (left === undefined || left instanceof Set))
    return new Set<string>([...(left ?? []), ...right]);
  throw new TypeError(
    `ADD to ${name}: the attribute is of another type; allowed: number to number, set to set`,
  );
}
