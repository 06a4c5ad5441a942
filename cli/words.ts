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

/** As a person writes them. */
export const dashed = (names: readonly string[]): string => names.map((name) => `--${name}`).join(", ");

/** What is said of an option that there is none of. */
export const unexpected =
  (definitions: Definitions, command: string) =>
  (what: string): string =>
    `got the ${what}; allowed: ${dashed(Object.keys(definitions))}; fix: \`npm run ${command} -- --help\` explains them`;

/** A command that has commands of its own, each with options of its own. */
export interface Commands<D extends Definitions, Name extends string> {
  /** As npm calls it, e.g. `evidence`. */
  readonly command: string;
  /** Of all of them. */
  readonly definitions: D;
  readonly commands: Readonly<Record<Name, readonly (keyof D & string)[]>>;
  /** What each of them has. */
  readonly common: readonly (keyof D & string)[];
}

/**
 * Reads the command line of such a command: which of its own is meant, with options that this one has.
 *
 * @returns `words` without the command's name; undefined where help is asked for
 * @throws UsageError
 */
export function readCommand<D extends Definitions, Name extends string>(
  argv: readonly string[],
  { command, definitions, commands, common }: Commands<D, Name>,
): (Words<keyof D & string> & { readonly name: Name }) | undefined {
  const { words, ...read } = readWords(argv, definitions, unexpected(definitions, command));
  if (([...read.flags] as string[]).includes("help")) return undefined;
  const [word, ...rest] = words;
  const names = Object.keys(commands) as Name[];
  const name = names.find((one) => one === word);
  if (name === undefined)
    throw new UsageError(
      `command: got ${word === undefined ? "none" : JSON.stringify(word)}; allowed: ${names.join(", ")}; fix: \`npm run ${command} -- --help\` explains them`,
    );
  const allowed = [...commands[name], ...common];
  const strange = [...read.texts.keys(), ...read.flags].find((option) => !allowed.includes(option));
  if (strange !== undefined)
    throw new UsageError(
      `--${strange}: got an option that ${name} has not; allowed: ${dashed(allowed)}; fix: leave it out`,
    );
  return { ...read, words: rest, name };
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
  const { texts, lists, flags, words } = readWords(argv, definitions, unexpected(definitions, command));
  if (([...flags] as string[]).includes("help")) return undefined;
  const [word] = words;
  if (word !== undefined)
    throw new UsageError(
      `got ${JSON.stringify(word)}; allowed: ${dashed(Object.keys(definitions))}; fix: leave it out`,
    );
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
  const parts = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.exec(text);
  const ms = parts ? Date.parse(text) : Number.NaN;
  // JavaScript takes February 30th for March 2nd.
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== parts?.[1])
    throw new UsageError(
      `${option}: got ${JSON.stringify(text.slice(0, 80))}; allowed: an instant in UTC; fix: ${option} 2026-11-26T12:00:00Z`,
    );
  return ms;
}

/** @throws UsageError for a text that is no SHA-256 */
export function readDigest(option: string, text: string): string {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  throw new UsageError(
    `${option}: got ${JSON.stringify(text.slice(0, 80))}; allowed: the 64 hexadecimal digits of a SHA-256; fix: take the digest that the letter or the evidence names`,
  );
}
