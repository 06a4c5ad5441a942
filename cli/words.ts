import { parseArgs } from "node:util";
import type { ColorChoice } from "./style";
import { UsageError } from "./usageError";

/** A command's options by name, without their dashes. */
export type Definitions = Readonly<
  Record<string, { readonly type: "string" | "boolean"; readonly short?: string }>
>;

export interface Words<Name extends string> {
  /** Options with a value; of one that is given twice the last. */
  readonly texts: ReadonlyMap<Name, string>;
  /** The same, with all that was given, in order. */
  readonly lists: ReadonlyMap<Name, readonly string[]>;
  readonly flags: ReadonlySet<Name>;
  /** What is no option, in order. */
  readonly words: readonly string[];
}

/**
 * Reads a command line into its options and words.
 *
 * @param unexpected what is said of an option that does not exist
 * @throws UsageError for one that does not exist, or a value that is missing or too many
 */
export function readWords<D extends Definitions>(
  argv: readonly string[],
  definitions: D,
  unexpected: (what: string) => string,
): Words<keyof D & string> {
  type Name = keyof D & string;
  const isOption = (name: string): name is Name => Object.hasOwn(definitions, name);
  // Not strict: the parser's own messages run over several sentences and differ between versions of Node.
  const { tokens } = parseArgs({ args: [...argv], options: definitions, strict: false, tokens: true });
  const texts = new Map<Name, string>();
  const lists = new Map<Name, readonly string[]>();
  const flags = new Set<Name>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    if (!isOption(token.name)) throw new UsageError(unexpected(`option ${token.rawName}`));
    if (definitions[token.name]?.type === "boolean") {
      if (token.value !== undefined)
        throw new UsageError(
          `${token.rawName} takes no value, got ${JSON.stringify(token.value)}; write ${token.rawName} alone`,
        );
      flags.add(token.name);
      continue;
    }
    const missing =
      token.value === undefined || token.value === "" || (!token.inlineValue && token.value.startsWith("-"));
    if (token.value === undefined || missing)
      throw new UsageError(
        `${token.rawName} needs a value, got ${token.value || "nothing"}; write ${token.rawName} <value>`,
      );
    texts.set(token.name, token.value);
    lists.set(token.name, [...(lists.get(token.name) ?? []), token.value]);
  }
  return { texts, lists, flags, words };
}

/**
 * Reads the command line of a command that takes options and no words.
 *
 * @param command as npm calls it, e.g. `export`
 * @returns undefined where it asks for help
 * @throws UsageError
 */
export function readOptions<D extends Definitions>(
  argv: readonly string[],
  definitions: D,
  command: string,
): Omit<Words<keyof D & string>, "words"> | undefined {
  const allowed = Object.keys(definitions)
    .map((name) => `--${name}`)
    .join(", ");
  const { texts, lists, flags, words } = readWords(
    argv,
    definitions,
    (what) => `got the ${what}; allowed: ${allowed}; fix: \`npm run ${command} -- --help\` explains them`,
  );
  if (([...flags] as string[]).includes("help")) return undefined;
  const [word] = words;
  if (word !== undefined)
    throw new UsageError(`got ${JSON.stringify(word)}; allowed: ${allowed}; fix: leave it out`);
  return { texts, lists, flags };
}

export const DEFAULT_STACK = "staging";

/** The options of every command that reads a stack's settings. */
export const stackDefinitions = {
  stack: { type: "string", short: "s" },
  "config-file": { type: "string" },
  color: { type: "string" },
  cwd: { type: "string", short: "C" },
  help: { type: "boolean", short: "h" },
} as const satisfies Definitions;

/** What every command that reads a stack's settings is told. */
export interface StackOptions {
  readonly stack: string;
  readonly configFile?: string;
  readonly cwd?: string;
  readonly color: ColorChoice;
}

/** @throws UsageError for a stack's name or a choice of colour that is none */
export function stackOptions(texts: ReadonlyMap<string, string>): StackOptions {
  const stack = texts.get("stack") ?? DEFAULT_STACK;
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(stack))
    throw new UsageError(
      `--stack: got ${JSON.stringify(stack)}; allowed: a stack's plain name; write --stack ${DEFAULT_STACK}`,
    );
  const color = texts.get("color") ?? "auto";
  if (color !== "always" && color !== "never" && color !== "auto")
    throw new UsageError(`--color: got ${JSON.stringify(color)}; allowed: always, never, auto`);
  const configFile = texts.get("config-file");
  const cwd = texts.get("cwd");
  return {
    stack,
    color,
    ...(configFile === undefined ? {} : { configFile }),
    ...(cwd === undefined ? {} : { cwd }),
  };
}

/** @throws UsageError for a text that is no instant */
export function readInstant(option: string, text: string): number {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new UsageError(
      `${option}: got ${JSON.stringify(text)}; allowed: an instant in UTC; fix: ${option} 2026-11-26T12:00:00Z`,
    );
  return at;
}
