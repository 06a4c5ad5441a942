/**
 * Reads DynamoDB's condition and update expressions, as far as the two sides of the benchmark use them; pure. Each text is
 * read once and kept, so that a store over it takes no longer for a longer condition.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
export type Attribute =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly SS: readonly string[] }
  /** Kept, and compared with nothing: answers that one side stores as documents. */
  | Readonly<Record<string, unknown>>;
export type Attributes = Readonly<Record<string, Attribute>>;

export interface Placeholders {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Attributes;
}

type Condition = (item: Attributes, placeholders: Placeholders) => boolean;
type Update = (item: Record<string, Attribute>, placeholders: Placeholders) => void;

const conditions = new Map<string, Condition>();
const updates = new Map<string, Update>();

/** @throws SyntaxError for anything that neither side uses */
export function conditionOf(text: string): Condition {
  const known = conditions.get(text) ?? new Reader(text).condition();
  conditions.set(text, known);
  return known;
}

/** @throws SyntaxError for anything that neither side uses */
export function updateOf(text: string): Update {
  const known = updates.get(text) ?? new Reader(text).update();
  updates.set(text, known);
  return known;
}

const nameOf = (alias: string, { ExpressionAttributeNames = {} }: Placeholders): string =>
  alias.startsWith("#") ? (ExpressionAttributeNames[alias] ?? missing(alias)) : alias;

const valueOf = (alias: string, { ExpressionAttributeValues = {} }: Placeholders): Attribute =>
  ExpressionAttributeValues[alias] ?? missing(alias);

function missing(alias: string): never {
  throw new SyntaxError(`expression: ${alias} stands for nothing`);
}

const operators: Readonly<Record<string, (order: number) => boolean>> = {
  "=": (order) => order === 0,
  "<>": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

const functions: Readonly<Record<string, (left: Attribute | undefined, right?: Attribute) => boolean>> = {
  attribute_not_exists: (left) => left === undefined,
  attribute_exists: (left) => left !== undefined,
  attribute_type: (left, right) => left !== undefined && textOf(right) in left,
  contains: (left, right) => {
    if (left === undefined) return false;
    const set: unknown = "SS" in left ? left["SS"] : undefined;
    return Array.isArray(set) ? set.includes(textOf(right)) : textOf(left).includes(textOf(right));
  },
};

const textOf = (attribute: Attribute | undefined): string =>
  attribute !== undefined && "S" in attribute && typeof attribute["S"] === "string" ? attribute["S"] : "";

/** @returns `undefined` where the types differ: every comparison is false then */
function orderOf(left: Attribute | undefined, right: Attribute): number | undefined {
  if (left === undefined) return undefined;
  if ("N" in left && "N" in right) return Math.sign(Number(left["N"]) - Number(right["N"]));
  if ("S" in left && "S" in right)
    return Buffer.compare(Buffer.from(textOf(left)), Buffer.from(textOf(right)));
  return undefined;
}

class Reader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(private readonly text: string) {
    this.#tokens = text.match(/[#:]?\w+|<=|>=|<>|[=<>(),]|\S/g) ?? [];
  }

  condition(): Condition {
    const whole = this.#any();
    return this.#ended(whole);
  }

  /** `SET #a = :b, … ADD #a :b, … REMOVE #a, …` */
  update(): Update {
    const steps: Update[] = [];
    while (this.#at < this.#tokens.length) {
      const verb = this.#take();
      do steps.push(this.#step(verb));
      while (this.#skip(","));
    }
    return (item, placeholders) => steps.forEach((step) => step(item, placeholders));
  }

  #step(verb: string): Update {
    const alias = this.#take();
    if (verb === "REMOVE")
      return (item, placeholders) => void Reflect.deleteProperty(item, nameOf(alias, placeholders));
    if (verb === "SET") this.#expect("=");
    else if (verb !== "ADD") this.#refuse(verb);
    const value = this.#take();
    return (item, placeholders) => {
      const name = nameOf(alias, placeholders);
      const given = valueOf(value, placeholders);
      item[name] = verb === "SET" ? given : sum(item[name], given);
    };
  }

  #any(): Condition {
    const parts = [this.#all()];
    while (this.#skip("OR")) parts.push(this.#all());
    return parts.length === 1 ? onlyOf(parts) : (...what) => parts.some((part) => part(...what));
  }

  #all(): Condition {
    const parts = [this.#one()];
    while (this.#skip("AND")) parts.push(this.#one());
    return parts.length === 1 ? onlyOf(parts) : (...what) => parts.every((part) => part(...what));
  }

  #one(): Condition {
    if (this.#skip("NOT")) {
      const inner = this.#one();
      return (...what) => !inner(...what);
    }
    if (this.#skip("(")) {
      const inner = this.#any();
      this.#expect(")");
      return inner;
    }
    const first = this.#take();
    const call = functions[first];
    if (call !== undefined) return this.#call(call);
    const compare = operators[this.#take()] ?? this.#refuse(first);
    const second = this.#take();
    return (item, placeholders) => {
      const order = orderOf(item[nameOf(first, placeholders)], valueOf(second, placeholders));
      return order !== undefined && compare(order);
    };
  }

  #call(call: (left: Attribute | undefined, right?: Attribute) => boolean): Condition {
    this.#expect("(");
    const alias = this.#take();
    const second = this.#skip(",") ? this.#take() : undefined;
    this.#expect(")");
    return (item, placeholders) =>
      call(
        item[nameOf(alias, placeholders)],
        second === undefined ? undefined : valueOf(second, placeholders),
      );
  }

  #take(): string {
    const token = this.#tokens[this.#at] ?? this.#refuse("its end");
    this.#at += 1;
    return token;
  }

  #skip(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }

  #expect(token: string): void {
    if (!this.#skip(token)) this.#refuse(this.#tokens[this.#at] ?? "its end");
  }

  #ended<T>(read: T): T {
    if (this.#at < this.#tokens.length) this.#refuse(this.#tokens[this.#at] ?? "");
    return read;
  }

  #refuse(token: string): never {
    throw new SyntaxError(
      `expression: got ${token} in ${this.text}; allowed: what the benchmark's sides send`,
    );
  }
}

function onlyOf(parts: readonly Condition[]): Condition {
  return parts[0] ?? ((): boolean => true);
}

function sum(left: Attribute | undefined, right: Attribute): Attribute {
  if ("N" in right && (left === undefined || "N" in left))
    return { N: String(Number(left?.["N"] ?? 0) + Number(right["N"])) };
  if ("SS" in right && (left === undefined || "SS" in left)) {
    const [before, added] = [left?.["SS"] ?? [], right["SS"]] as [string[], string[]];
    return { SS: [...new Set([...before, ...added])] };
  }
  throw new SyntaxError("ADD: got another type than the attribute's; allowed: number to number, set to set");
}
