/**
 * Reads `Pulumi.yaml`, a stack's configuration and `PulumiPolicy.yaml` as the CLI does.
 *
 * https://www.pulumi.com/docs/iac/concepts/projects/project-file/
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CORE_SCHEMA, load, Type, types, YAMLException } from "js-yaml";
import type { Json } from "../model";
import { PreviewError } from "./errors";
import { isObject, type JsonObject } from "./signatures";

export interface RuntimeOptions {
  /** Arguments of Node.js itself. */
  readonly nodeArgs: readonly string[];
  /** The SDK's own type-checking loader. */
  readonly typescript: boolean;
}

export interface Project {
  readonly name: string;
  /** The folder of `Pulumi.yaml`. */
  readonly root: string;
  /** Working folder of the program. */
  readonly directory: string;
  /** Relative to `directory`, `.` for the folder itself. */
  readonly entryPoint: string;
  readonly runtime: RuntimeOptions;
  readonly configSchema: JsonObject;
}

export interface PolicyPackProject {
  readonly directory: string;
  /** Overrides the version that the pack announces. */
  readonly version: string | undefined;
  readonly runtime: RuntimeOptions;
}

/** YAML 1.1 timestamps: the CLI's reader turns them into times, this one into strings. */
const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}([Tt\s].*)?$/;

class UnquotedDate extends Error {}

const schema = CORE_SCHEMA.extend({
  implicit: [
    types.merge,
    new Type("tag:yaml.org,2002:timestamp", {
      kind: "scalar",
      resolve: (text) => text !== null && TIMESTAMP.test(text),
      construct: (text) => {
        throw new UnquotedDate(text);
      },
    }),
  ],
});

/** By js-yaml, which reads a stack's configuration in a fifth of the time that others take. */
function parse(text: string, name: string): unknown {
  try {
    return load(text, { schema });
  } catch (error) {
    if (error instanceof UnquotedDate) {
      throw new PreviewError({
        what: `${name} holds a date that is not quoted`,
        got: error.message,
        allowed: "a quoted date: the CLI would turn it into a time of its own format",
        fix: `write "${error.message}"`,
      });
    }
    if (!(error instanceof YAMLException)) throw error;
    const line = error.mark ? ` at line ${error.mark.line + 1}` : "";
    throw new PreviewError({
      what: `${name} is not YAML`,
      got: `${error.reason}${line}`,
      allowed: "a YAML document",
      fix: "correct it at that line",
    });
  }
}

function readYaml(path: string, name: string): JsonObject {
  const content = parse(readFileSync(path, "utf8"), name) as Json | undefined;
  if (content === null || content === undefined) return {};
  if (!isObject(content)) {
    throw new PreviewError({
      what: `${name} is not a map`,
      got: Array.isArray(content) ? "a list" : typeof content,
      allowed: "keys and values",
      fix: "see https://www.pulumi.com/docs/iac/concepts/projects/project-file/",
    });
  }
  return content;
}

/** Splits a command line as a shell does, without its expansions. */
export function splitArguments(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let index = 0; index < line.length; index++) {
    const character = line.charAt(index);
    if (quote) {
      if (character === quote) quote = "";
      else if (character === "\\" && quote === '"') word = (word ?? "") + line.charAt(++index);
      else word = (word ?? "") + character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === "\\") {
      word = (word ?? "") + line.charAt(++index);
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function readRuntime(value: Json | undefined, file: string): RuntimeOptions {
  const name = isObject(value) ? value["name"] : value;
  if (name !== "nodejs") {
    throw new PreviewError({
      what: `the runtime in ${file}`,
      got: JSON.stringify(name ?? null),
      allowed: "nodejs",
      fix: "use the pulumi CLI for programs in other languages",
    });
  }
  const options = isObject(value) && isObject(value["options"]) ? value["options"] : {};
  const nodeArgs = options["nodeargs"];
  return {
    nodeArgs: typeof nodeArgs === "string" ? splitArguments(nodeArgs) : [],
    typescript: options["typescript"] !== false,
  };
}

export function readProject(directory: string): Project {
  const path = join(directory, "Pulumi.yaml");
  if (!existsSync(path)) {
    throw new PreviewError({
      what: "there is no project here",
      got: "a folder without Pulumi.yaml",
      allowed: "the folder of Pulumi.yaml",
      fix: "run the command in the project's folder",
    });
  }
  const content = readYaml(path, "Pulumi.yaml");
  const name = content["name"];
  if (typeof name !== "string" || name === "") {
    throw new PreviewError({
      what: "the project has no name",
      got: JSON.stringify(name ?? null),
      allowed: "a text",
      fix: "add `name` to Pulumi.yaml",
    });
  }
  const main = content["main"];
  const entry = typeof main === "string" && main !== "" ? main : ".";
  const target = join(directory, entry);
  const isFolder = existsSync(target) && statSync(target).isDirectory();
  return {
    name,
    root: directory,
    // Where the engine runs a program: the folder of its entry point, so that relative paths mean the same.
    directory: isFolder ? target : dirname(target),
    entryPoint: isFolder ? "." : basename(target),
    runtime: readRuntime(content["runtime"], "Pulumi.yaml"),
    configSchema: isObject(content["config"]) ? content["config"] : {},
  };
}

export function readPolicyPack(directory: string, name: string): PolicyPackProject {
  const path = join(directory, "PulumiPolicy.yaml");
  if (!existsSync(path)) {
    throw new PreviewError({
      what: "there is no policy pack",
      got: name,
      allowed: "a folder with PulumiPolicy.yaml",
      fix: "correct --policy-pack",
    });
  }
  const content = readYaml(path, `${name}/PulumiPolicy.yaml`);
  const version = content["version"];
  return {
    directory,
    version: typeof version === "string" ? version : undefined,
    runtime: readRuntime(content["runtime"], `${name}/PulumiPolicy.yaml`),
  };
}

// --- Configuration -----------------------------------------------------------------------------------------

/** JSON as Go's encoder writes it, which the CLI uses for lists and maps: sorted keys, `<`, `>` and `&` escaped. */
export function goJson(value: Json): string {
  const escapes: Readonly<Record<string, string>> = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
  };
  return JSON.stringify(sortKeys(value)).replace(
    /[<>&\u2028\u2029]/g,
    (character) => escapes[character] ?? character,
  );
}

function sortKeys(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sortKeys);
  const object = value as JsonObject;
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, sortKeys(object[key] ?? null)]),
  );
}

/** `fase-b:name`; a key without a namespace belongs to the project, where that is allowed. */
function parseKey(key: string, defaultNamespace: string | undefined, file: string): string {
  const parts = key.split(":");
  if (parts.length === 2) return key;
  if (parts.length === 3 && parts[1] === "config") return `${parts[0]}:${parts[2]}`;
  if (parts.length === 1 && defaultNamespace !== undefined) return `${defaultNamespace}:${key}`;
  throw new PreviewError({
    what: `a configuration key in ${file}`,
    got: key,
    allowed: "<namespace>:<name>",
    fix: "put the project's name and a colon before it",
  });
}

function refuseSecrets(value: Json, key: string, file: string): void {
  if (typeof value !== "object" || value === null) return;
  if (isObject(value) && Object.keys(value).length === 1 && typeof value["secure"] === "string") {
    throw new PreviewError({
      what: `an encrypted value in ${file}`,
      got: key,
      allowed:
        "plain values: a preview has no key to decrypt with, and no secret belongs into the configuration",
      fix: "take the secret from the provider's own variable, or let the program generate it",
    });
  }
  for (const element of Object.values(value)) refuseSecrets(element, key, file);
}

const asText = (value: Json): string => (typeof value === "string" ? value : goJson(value));

/** The value by a key that may be a path, e.g. `fase-b:limits.chat`. */
function lookUp(values: ReadonlyMap<string, Json>, key: string): Json | undefined {
  const direct = values.get(key);
  if (direct !== undefined) return direct;
  const [head = "", ...path] = key.split(".");
  let value = path.length > 0 ? values.get(head) : undefined;
  for (const step of path) value = isObject(value) ? value[step] : undefined;
  return value;
}

interface ValueType {
  readonly type: string;
  readonly items: ValueType | undefined;
}

function readType(schema: JsonObject): ValueType | undefined {
  const type = schema["type"];
  if (typeof type !== "string") return undefined;
  return { type, items: isObject(schema["items"]) ? readType(schema["items"]) : undefined };
}

function hasType(value: Json, { type, items }: ValueType): boolean {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "integer":
      return Number.isInteger(value) || (typeof value === "string" && /^[+-]?\d+$/.test(value));
    case "boolean":
      return typeof value === "boolean" || value === "true" || value === "false";
    case "object":
      return isObject(value);
    default:
      return (
        Array.isArray(value) && items !== undefined && value.every((element: Json) => hasType(element, items))
      );
  }
}

const typeName = ({ type, items }: ValueType): string => (items ? `${type}<${typeName(items)}>` : type);

/**
 * The stack's configuration as the program gets it: texts by `<namespace>:<name>`, lists and maps as JSON, sorted.
 *
 * @param file how to name the stack's file in errors
 */
export function readConfig(
  project: Project,
  stack: string,
  path: string,
  file: string,
): ReadonlyMap<string, string> {
  if (!existsSync(path)) {
    throw new PreviewError({
      what: "there is no such stack",
      got: `--stack ${stack}, but no ${file}`,
      allowed: "a stack whose configuration is in the project",
      fix: "correct --stack or --config-file",
    });
  }
  const content = readYaml(path, file);
  const given = content["config"];
  const values = new Map<string, Json>();
  for (const [key, value] of Object.entries(isObject(given) ? given : {})) {
    refuseSecrets(value, key, file);
    values.set(parseKey(key, undefined, file), value);
  }

  const missing: string[] = [];
  for (const name of Object.keys(project.configSchema).sort()) {
    const declared = project.configSchema[name] ?? null;
    const schema: JsonObject = isObject(declared) ? declared : { value: declared };
    const key = parseKey(name, project.name, "Pulumi.yaml");
    const fallback = schema["default"] ?? schema["value"];
    const current = lookUp(values, key);
    if (current === undefined) {
      if (fallback !== undefined && fallback !== null) values.set(key, fallback);
      else if (key.startsWith(`${project.name}:`)) missing.push(name);
    }
    const type = readType(schema);
    const value = lookUp(values, key);
    // Numbers and booleans reach the program as text, which is why the CLI accepts them where text is declared.
    const checked = typeof value === "number" || typeof value === "boolean" ? String(value) : value;
    if (type && checked !== undefined && !hasType(checked, type)) {
      throw new PreviewError({
        what: `the configuration's ${name} in ${file}`,
        got: goJson(checked),
        allowed: typeName(type),
        fix: "give a value of the type that Pulumi.yaml declares",
      });
    }
  }
  if (missing.length > 0) {
    throw new PreviewError({
      what: `the stack ${stack} lacks configuration`,
      got: `no ${missing.join(", no ")}`,
      allowed: "a value for every key that Pulumi.yaml declares without a default",
      fix: `add it to ${file}`,
    });
  }
  return new Map([...values.keys()].sort().map((key) => [key, asText(values.get(key) ?? null)]));
}
