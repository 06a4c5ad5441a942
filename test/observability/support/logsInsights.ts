/*
 * Reads what of CloudWatch Logs Insights the runbook uses, strictly: a command, a function or a field that it does not know is
 * an error. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */

export interface Comparison {
  readonly field: string;
  readonly values: readonly string[];
}

export interface ReadQuery {
  readonly fields: readonly string[];
  /** What fields are compared with by `=`, `!=` and `in`. */
  readonly comparisons: readonly Comparison[];
}

type Token =
  | { readonly kind: "name" | "number" | "span" | "text" | "pattern"; readonly text: string }
  | { readonly kind: "sign"; readonly text: string };

const TOKENS =
  /\s+|(?<pattern>\/(?:\\.|[^/\n])+\/)|"(?<text>[^"]*)"|(?<span>\d+(?:ms|s|m|h|d|w)\b)|(?<number>\d+(?:\.\d+)?)|(?<name>[@A-Za-z_][\w.@-]*)|(?<sign>!=|<=|>=|[=<>()[\],|*+/-])/y;

const COMMANDS = ["fields", "filter", "stats", "sort", "limit"];
const FUNCTIONS = ["count", "pct", "avg", "sum", "min", "max", "latest", "bin", "ispresent"];
const WORDS: Readonly<Record<string, readonly string[]>> = {
  fields: ["as"],
  filter: ["and", "or", "not", "in", "like"],
  stats: ["as", "by"],
  sort: ["asc", "desc"],
  limit: [],
};

function tokensOf(query: string): readonly Token[] {
  const tokens: Token[] = [];
  TOKENS.lastIndex = 0;
  while (TOKENS.lastIndex < query.length) {
    const at = TOKENS.lastIndex;
    const groups = TOKENS.exec(query)?.groups;
    if (groups === undefined) throw new Error(`no Logs Insights at "${query.slice(at, at + 20)}"`);
    for (const kind of ["pattern", "text", "span", "number", "name", "sign"] as const) {
      const text = groups[kind];
      if (text !== undefined) tokens.push({ kind, text });
    }
  }
  return tokens;
}

/** @throws Error for what is no query */
export function readQuery(query: string): ReadQuery {
  const stages: Token[][] = [[]];
  for (const token of tokensOf(query))
    if (token.kind === "sign" && token.text === "|") stages.push([]);
    else stages.at(-1)?.push(token);
  const fields = new Set<string>();
  const comparisons: Comparison[] = [];
  let made: Set<string> | undefined;
  for (const [command, ...tokens] of stages) {
    if (command?.kind !== "name" || !COMMANDS.includes(command.text))
      throw new Error(`got the command ${command?.text ?? "nothing"}; allowed: ${COMMANDS.join()}`);
    if (tokens.length === 0) throw new Error(`${command.text} of nothing`);
    closed(tokens);
    const read = namesOf(command.text, tokens);
    // Behind stats there is what it made, and nothing else.
    for (const name of read.names) {
      if (made === undefined) fields.add(name);
      else if (!made.has(name)) throw new Error(`${name} is gone after stats: ${[...made].join()} are left`);
    }
    if (command.text === "stats") made = new Set([...read.aliases, ...read.by]);
    if (command.text === "filter") comparisons.push(...comparisonsOf(tokens));
    if (command.text === "limit" && !(tokens.length === 1 && tokens[0]?.kind === "number"))
      throw new Error("limit is a number");
  }
  return { fields: [...fields], comparisons };
}

function closed(tokens: readonly Token[]): void {
  const open: string[] = [];
  for (const { kind, text } of tokens) {
    if (kind !== "sign") continue;
    if (text === "(" || text === "[") open.push(text === "(" ? ")" : "]");
    else if ((text === ")" || text === "]") && open.pop() !== text)
      throw new Error(`"${text}" closes nothing`);
  }
  if (open.length > 0) throw new Error(`"${open.join("")}" is missing`);
}

function namesOf(command: string, tokens: readonly Token[]) {
  const names: string[] = [];
  const aliases: string[] = [];
  const by: string[] = [];
  let grouping = false;
  tokens.forEach(({ kind, text }, at) => {
    if (kind === "pattern" && tokens[at - 1]?.text !== "like") throw new Error(`${text} without like`);
    if (kind !== "name") return;
    if (WORDS[command]?.includes(text) === true) {
      grouping ||= text === "by";
      return;
    }
    if (tokens[at + 1]?.text === "(") {
      if (!FUNCTIONS.includes(text)) throw new Error(`no function ${text}`);
      return;
    }
    if (tokens[at - 1]?.text === "as") {
      aliases.push(text);
      return;
    }
    const previous = tokens[at - 1];
    if (previous !== undefined && ["name", "text", "number"].includes(previous.kind))
      if (WORDS[command]?.includes(previous.text) !== true)
        throw new Error(`nothing between ${previous.text} and ${text}`);
    names.push(text);
    if (grouping) by.push(text);
  });
  return { names, aliases, by };
}

function comparisonsOf(tokens: readonly Token[]): Comparison[] {
  return tokens.flatMap(({ kind, text }, at): Comparison[] => {
    const field = tokens[at - 1];
    if (field?.kind !== "name") return [];
    if (kind === "sign" && (text === "=" || text === "!="))
      return [{ field: field.text, values: [tokens[at + 1]?.text ?? ""] }];
    if (kind !== "name" || text !== "in") return [];
    const end = tokens.findIndex((token, index) => index > at && token.text === "]");
    const values = tokens.slice(at + 1, end).filter((token) => token.kind === "text");
    return [{ field: field.text, values: values.map((value) => value.text) }];
  });
}
