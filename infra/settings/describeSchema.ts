/**
 * Reads a JSON Schema backwards: given the path of a bad value, says what is allowed there. The schema is made
 * from the zod schema, so the two cannot differ, and only when something is wrong, so a good start costs nothing.
 */
export interface SchemaNode {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly oneOf?: readonly SchemaNode[];
  readonly anyOf?: readonly SchemaNode[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  /** From `meta()`: what the person may write, in words. */
  readonly allowed?: string;
  /** From `meta()`: what the person should do. */
  readonly fix?: string;
}

type Step = string | number;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The option of a union that the value means to be: the one whose constant members agree with it. */
function chooseOption(options: readonly SchemaNode[], value: unknown): SchemaNode | undefined {
  if (!isObject(value)) return undefined;
  return options.find((option) =>
    Object.entries(option.properties ?? {}).every(
      ([name, property]) => property.const === undefined || property.const === value[name],
    ),
  );
}

/** The schema at `path`, or `undefined` where the schema has nothing by that name. */
export function schemaAt(schema: SchemaNode, path: readonly Step[], value: unknown): SchemaNode | undefined {
  const option = chooseOption(schema.oneOf ?? schema.anyOf ?? [], value);
  if (option) return schemaAt(option, path, value);
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  const child = isObject(value)
    ? value[String(step)]
    : Array.isArray(value)
      ? (value as unknown[])[Number(step)]
      : undefined;
  const next =
    typeof step === "number"
      ? schema.items
      : (schema.properties?.[step] ??
        (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined));
  return next && schemaAt(next, rest, child);
}

const range = (low: number | undefined, high: number | undefined, unit = ""): string => {
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}${unit}`;
  if (low !== undefined) return ` of at least ${low}${unit}`;
  return high === undefined ? "" : ` of at most ${high}${unit}`;
};

/** What is allowed, in words. */
export function describeSchema(schema: SchemaNode): string {
  if (schema.allowed !== undefined) return schema.allowed;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  const options = schema.oneOf ?? schema.anyOf;
  if (options) return options.map(describeSchema).join(", or ");
  switch (schema.type) {
    case "integer":
      return `a whole number${range(schema.minimum, schema.maximum)}`;
    case "number":
      return `a number${range(schema.minimum ?? schema.exclusiveMinimum, schema.maximum ?? schema.exclusiveMaximum)}`;
    case "string":
      return schema.pattern === undefined
        ? `text${range(schema.minLength, schema.maxLength, " characters")}`
        : `text that matches ${schema.pattern}`;
    case "array":
      return `a list${range(schema.minItems, schema.maxItems, " entries")}`;
    case "boolean":
      return "true or false";
    case "object":
      return schema.properties
        ? `a mapping with the keys ${Object.keys(schema.properties).join(", ")}`
        : "a mapping";
    default:
      return schema.type ?? "see the schema";
  }
}
