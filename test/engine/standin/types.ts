/**
 * Checks a resource's inputs against the declarations of its SDK: required and known names, basic types.
 *
 * It is a test double's check, not a provider's: ranges, patterns and what only the cloud knows are not looked at.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

export interface Problem {
  readonly path: string;
  readonly reason: string;
}

interface Property {
  readonly required: boolean;
  readonly type: string;
}

type Shape = ReadonlyMap<string, Property>;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Splits at the top level of brackets. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if ("<{([".includes(character)) depth++;
    else if (">})]".includes(character)) depth--;
    else if (depth === 0 && text.startsWith(separator, index)) {
      parts.push(text.slice(start, index));
      start = index + separator.length;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

/** Stands in a shape that takes properties of any name. */
const ANYTHING_ELSE = "[string]";

/** The properties of an interface's body. */
function shapeOf(body: string): Shape {
  const shape = new Map<string, Property>();
  const text = body.replace(/\/\*\*[\s\S]*?\*\//g, "").replace(/\s+/g, " ");
  for (const member of split(text, ";")) {
    if (/^\[\w+: string\]: /.test(member)) shape.set(ANYTHING_ELSE, { required: false, type: "any" });
    const match = /^(?:readonly )?"?([\w-]+)"?(\?)?: (.*)$/.exec(member);
    if (match?.[1] && match[3]) shape.set(match[1], { required: !match[2], type: match[3] });
  }
  return shape;
}

export class Declarations {
  private readonly shapes = new Map<string, Shape | undefined>();
  private inputTypes: string | undefined;

  constructor(private readonly file: string) {}

  /** The arguments of a resource class. */
  args(className: string): Shape | undefined {
    const known = this.shapes.get(`${className}Args`);
    if (known) return known;
    const text = readFileSync(this.file, "utf8");
    const shape = this.shape(`export interface ${className}Args {`, "\n}", text);
    this.shapes.set(`${className}Args`, shape);
    return shape;
  }

  /** A type of the SDK's `types/input.d.ts`, e.g. `inputs.s3.BucketCorsRule`. */
  private input(name: string): Shape | undefined {
    if (this.shapes.has(name)) return this.shapes.get(name);
    const [, ...path] = name.split(".");
    const type = path.pop() ?? "";
    // `inputs.meta.v1.ObjectMeta`: each namespace lies in the one before it, four spaces further in.
    let scoped = this.inputText();
    path.forEach((namespace, depth) => {
      const indent = "    ".repeat(depth);
      const start = scoped.indexOf(`${depth === 0 ? "export declare " : indent}namespace ${namespace} {`);
      scoped = start < 0 ? "" : scoped.slice(start, scoped.indexOf(`\n${indent}}`, start));
    });
    const indent = "    ".repeat(path.length);
    const shape = this.shape(
      `${path.length === 0 ? "export " : indent}interface ${type} {`,
      `\n${indent}}`,
      scoped,
    );
    this.shapes.set(name, shape);
    return shape;
  }

  private inputText(): string {
    if (this.inputTypes !== undefined) return this.inputTypes;
    let folder = dirname(this.file);
    while (!existsSync(join(folder, "types", "input.d.ts")) && folder !== dirname(folder))
      folder = dirname(folder);
    const file = join(folder, "types", "input.d.ts");
    this.inputTypes = existsSync(file) ? readFileSync(file, "utf8") : "";
    return this.inputTypes;
  }

  private shape(opening: string, closing: string, text: string): Shape | undefined {
    const start = text.indexOf(opening);
    return start < 0 ? undefined : shapeOf(text.slice(start + opening.length, text.indexOf(closing, start)));
  }

  checkObject(value: Readonly<Record<string, unknown>>, shape: Shape, path: string): Problem[] {
    const problems: Problem[] = [];
    for (const [name, { required }] of shape) {
      if (required && (value[name] === undefined || value[name] === null)) {
        problems.push({ path: path + name, reason: "is required" });
      }
    }
    for (const [name, element] of Object.entries(value)) {
      if (name.startsWith("__")) continue;
      const property = shape.get(name) ?? shape.get(ANYTHING_ELSE);
      if (!property) problems.push({ path: path + name, reason: "is not a property of this type" });
      else problems.push(...this.check(element, property.type, path + name));
    }
    return problems;
  }

  private check(given: unknown, declared: string, path: string): Problem[] {
    let value = given;
    while (isObject(value) && value[SIGNATURE] === SECRET) value = value["value"];
    if (value === UNKNOWN || value === null || value === undefined) return [];
    const alternatives = split(declared, " | ").filter((type) => type !== "undefined");
    const results = alternatives.map((type) => this.checkOne(value, type, path));
    return results.find((problems) => problems.length === 0) ?? results[0] ?? [];
  }

  private checkOne(value: unknown, type: string, path: string): Problem[] {
    const wrong = (): Problem[] => [{ path, reason: `expected ${type}, got ${JSON.stringify(value)}` }];
    const wrapped = /^pulumi\.Input<(.*)>$/.exec(type);
    if (wrapped?.[1] && split(type, " | ").length === 1 && !type.endsWith("[]"))
      return this.check(value, wrapped[1], path);
    if (type.endsWith("[]")) {
      if (!Array.isArray(value)) return wrong();
      const element = type.slice(0, -2).replace(/^\((.*)\)$/, "$1");
      return value.flatMap((item: unknown, index) => this.check(item, element, `${path}[${index}]`));
    }
    if (type === "string" || type === "number" || type === "boolean")
      return typeof value === type ? [] : wrong();
    if (type.startsWith("pulumi.asset."))
      return isObject(value) && value[SIGNATURE] !== undefined ? [] : wrong();
    const map = /^\{ \[key: string\]: (.*?);? \}$/.exec(type);
    if (map?.[1]) {
      if (!isObject(value)) return wrong();
      const element = map[1];
      return Object.entries(value).flatMap(([key, item]) => this.check(item, element, `${path}.${key}`));
    }
    if (type.startsWith("inputs.")) {
      if (!isObject(value)) return wrong();
      const shape = this.input(type);
      return shape ? this.checkObject(value, shape, `${path}.`) : [];
    }
    // Literals, enumerations and the SDK's own types (PolicyDocument, Topic …) are not looked into.
    return [];
  }
}
