import { parseArgs } from "node:util";
import type { ColorChoice } from "../style";
import { UsageError } from "../usageError";

/** What was asked for on the command line, by the names that the `pulumi` CLI uses where it has them. */
export interface CommandOptions {
  readonly stack: string;
  readonly configFile?: string;
  /** Empty when none was named: the project's own pack is used then. */
  readonly policyPacks: readonly string[];
  readonly cwd?: string;
  readonly diff: boolean;
  readonly json: boolean;
  readonly write: boolean;
  readonly check: boolean;
  /** Prints the comment of a pull request. */
  readonly comment: boolean;
  /** The engine's plan, by which the comment says what changes. */
  readonly plan?: string;
  /** Another preview.json than the committed one, by which it does without a plan. */
  readonly base?: string;
  readonly help: boolean;
  readonly color: ColorChoice;
}

export const DEFAULT_STACK = "staging";
export const DEFAULT_POLICY_PACK = "policies";

const definitions = {
  stack: { type: "string", short: "s" },
  "config-file": { type: "string" },
  "policy-pack": { type: "string" },
  cwd: { type: "string", short: "C" },
  diff: { type: "boolean" },
  json: { type: "boolean", short: "j" },
  write: { type: "boolean" },
  check: { type: "boolean" },
  comment: { type: "boolean" },
  plan: { type: "string" },
  base: { type: "string" },
  color: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

export const help = `Shows what a stack declares, which clauses each part serves, and the policies' verdicts.
Needs no account, no credentials and no network.

Usage: npm run preview -- [options]

  -s, --stack <name>        the stack; default ${DEFAULT_STACK}
      --config-file <file>  its configuration; default Pulumi.<stack>.yaml
      --policy-pack <dir>   a folder with a policy pack, can be repeated; default ${DEFAULT_POLICY_PACK}
      --diff                show only what differs from the committed preview, property by property
  -j, --json                print the digest of \`pulumi preview --json\` on an empty stack, and nothing else
      --write               write stacks/<stack>/preview.json and preview.md, which reviewers read
      --check               fail when those two are stale, and say what differs
      --comment             print the comment of a pull request in Markdown, and nothing else: what changes, what it costs, the verdicts
      --plan <file>         of --comment: what the engine says of the account, the output of \`pulumi preview --json\`
      --base <file>         of --comment: without a plan, another branch's preview.json; default the committed one
      --color <when>        always, never or auto (default: on a terminal only)
  -C, --cwd <dir>           run as if started in that folder
  -h, --help                show this

Exit status: 0 all is well; 1 a mandatory policy is violated or the committed preview is stale;
2 the settings, the program or the command line are wrong.
`;

const colorChoices: readonly string[] = ["always", "never", "auto"] satisfies ColorChoice[];
const isColorChoice = (text: string): text is ColorChoice => colorChoices.includes(text);

const isOption = (name: string): name is keyof typeof definitions => Object.hasOwn(definitions, name);

/** @throws UsageError for an option that does not exist, a value that is missing, or options that exclude each other. */
export function parseOptions(argv: readonly string[]): CommandOptions {
  // Not strict: the parser's own messages run over several sentences and differ between versions of Node.
  const { tokens } = parseArgs({ args: [...argv], options: definitions, strict: false, tokens: true });

  const texts = new Map<keyof typeof definitions, string[]>();
  const flags = new Set<keyof typeof definitions>();
  for (const token of tokens) {
    if (token.kind === "positional")
      throw new UsageError(unexpected(`argument ${JSON.stringify(token.value)}`));
    if (token.kind !== "option") continue;
    if (!isOption(token.name)) throw new UsageError(unexpected(`option ${token.rawName}`));
    if (definitions[token.name].type === "boolean") {
      if (token.value !== undefined) {
        throw new UsageError(
          `${token.rawName} takes no value, got ${JSON.stringify(token.value)}; write ${token.rawName} alone`,
        );
      }
      flags.add(token.name);
      continue;
    }
    const missing =
      token.value === undefined || token.value === "" || (!token.inlineValue && token.value.startsWith("-"));
    if (token.value === undefined || missing) {
      throw new UsageError(
        `${token.rawName} needs a value, got ${token.value ? token.value : "nothing"}; write ${token.rawName} <value>`,
      );
    }
    texts.set(token.name, [...(texts.get(token.name) ?? []), token.value]);
  }

  const stack = texts.get("stack")?.at(-1) ?? DEFAULT_STACK;
  // A stack's name becomes part of file names: https://www.pulumi.com/docs/iac/concepts/stacks/#create-stack
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(stack)) {
    throw new UsageError(
      `--stack: got ${JSON.stringify(stack)}; allowed: up to 100 letters, digits, dots, hyphens and underscores; give the stack's plain name, e.g. ${DEFAULT_STACK}`,
    );
  }
  const color = texts.get("color")?.at(-1) ?? "auto";
  if (!isColorChoice(color)) {
    throw new UsageError(`--color: got ${JSON.stringify(color)}; allowed: ${colorChoices.join(", ")}`);
  }
  if (flags.has("write") && flags.has("check")) {
    throw new UsageError("--write and --check exclude each other: write first, then check");
  }
  const [plan, base] = [texts.get("plan")?.at(-1), texts.get("base")?.at(-1)];
  refuseWithComment(flags.has("comment"), { plan, base }, [...flags]);
  const configFile = texts.get("config-file")?.at(-1);
  const cwd = texts.get("cwd")?.at(-1);
  return {
    stack,
    ...(configFile === undefined ? {} : { configFile }),
    policyPacks: texts.get("policy-pack") ?? [],
    ...(cwd === undefined ? {} : { cwd }),
    diff: flags.has("diff"),
    json: flags.has("json"),
    write: flags.has("write"),
    check: flags.has("check"),
    comment: flags.has("comment"),
    ...(plan === undefined ? {} : { plan }),
    ...(base === undefined ? {} : { base }),
    help: flags.has("help"),
    color,
  };
}

function refuseWithComment(
  comment: boolean,
  named: Readonly<Record<"plan" | "base", string | undefined>>,
  flags: readonly string[],
): void {
  for (const [option, value] of Object.entries(named))
    if (value !== undefined && !comment)
      throw new UsageError(`--${option}: got it without --comment; allowed: with it; fix: add --comment`);
  if (named.plan !== undefined && named.base !== undefined)
    throw new UsageError(
      "--base: got it with --plan; allowed: one of the two; fix: leave --base out, the plan knows what is there",
    );
  const other = flags.find((flag) => ["json", "write", "check", "diff"].includes(flag));
  if (comment && other !== undefined)
    throw new UsageError(
      `--comment: got it with --${other}; allowed: --comment alone; fix: run the command twice`,
    );
}

const unexpected = (what: string): string =>
  `unknown ${what}; allowed: ${Object.keys(definitions)
    .map((name) => `--${name}`)
    .join(", ")}; \`npm run preview -- --help\` explains them`;
