import { UsageError } from "../usageError";
import { DEFAULT_STACK, readWords, stackOptions, type StackOptions, unexpected } from "../words";

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "check"; readonly plan: string; readonly options: StackOptions }
  | { readonly kind: "plan"; readonly out: string; readonly options: StackOptions }
  | {
      readonly kind: "up";
      readonly yes: boolean;
      /** The folder of a plan that was reviewed. */
      readonly reviewed?: string;
      readonly options: StackOptions;
    };

export const help = `Deploys a stack under the policy pack, after it has judged what that would take away: a pack is never shown what is deleted.

Usage: npm run deploy -- up [--yes] [--reviewed <dir>] [--stack <name>]
       npm run deploy -- plan --out <dir> [--stack <name>]
       npm run deploy -- check --plan <file> [--stack <name>]

  up      asks the engine for its plan, judges it, and lets the engine do that and nothing else; needs pulumi and credentials
  plan    the first half of it: keeps the plan, and of which source it is, for who reviews it and for the update after that
  check   judges a plan that is there: the output of pulumi preview --json; asks nobody

What holds state is neither deleted nor replaced nor left without protection, and in production nothing is deleted or replaced at all,
but for what the signed Carta GO names. Production is whatever is not staging by name, account and zone.

      --plan <file>    the output of pulumi preview --json
      --out <dir>      where plan writes: a folder that is not there yet
      --reviewed <dir> of up: that folder; refused where the source is another one, and held to that plan by the engine
  -y, --yes            make the update without asking
  -s, --stack <name>   the stack; default ${DEFAULT_STACK}
      --color <when>   always, never or auto (default: on a terminal only)
  -C, --cwd <dir>      run as if started in that folder
  -h, --help           show this

Exit status: 0 deployed, or nothing stands against the plan; 1 refused, and it says what, or the engine failed; 2 the command line or the
plan is wrong, or a fault of ours.
`;

const definitions = {
  plan: { type: "string" },
  out: { type: "string" },
  reviewed: { type: "string" },
  yes: { type: "boolean", short: "y" },
  stack: { type: "string", short: "s" },
  color: { type: "string" },
  cwd: { type: "string", short: "C" },
  help: { type: "boolean", short: "h" },
} as const;

const COMMANDS = ["check", "plan", "up"] as const;

/** @throws UsageError for whatever is missing, unknown or does not go together */
export function parseCommand(argv: readonly string[]): Command {
  const { texts, flags, words } = readWords(argv, definitions, unexpected(definitions, "deploy"));
  if (flags.has("help")) return { kind: "help" };
  const [word, surplus] = words;
  const kind = COMMANDS.find((name) => name === word);
  if (kind === undefined)
    throw new UsageError(
      `command: got ${word === undefined ? "none" : JSON.stringify(word)}; allowed: ${COMMANDS.join(", ")}; fix: \`npm run deploy -- --help\` explains them`,
    );
  if (surplus !== undefined)
    throw new UsageError(`${kind}: got ${JSON.stringify(surplus)}; allowed: options only; fix: leave it out`);
  const options = stackOptions(texts);
  const [plan, out, reviewed] = [texts.get("plan"), texts.get("out"), texts.get("reviewed")];
  if (out !== undefined && kind !== "plan")
    throw new UsageError(`--out: got it with ${kind}; allowed: with plan only; fix: leave it out`);
  if (reviewed !== undefined && kind !== "up")
    throw new UsageError(`--reviewed: got it with ${kind}; allowed: with up only; fix: leave it out`);
  if (plan !== undefined && kind !== "check")
    throw new UsageError(
      `--plan: got a plan for ${kind}; allowed: with check only; fix: ${kind} makes its own`,
    );
  if (kind === "up")
    return { kind, yes: flags.has("yes"), options, ...(reviewed === undefined ? {} : { reviewed }) };
  if (flags.has("yes"))
    throw new UsageError(`--yes: got --yes with ${kind}; allowed: with up only; fix: leave it out`);
  if (kind === "plan") {
    if (out === undefined)
      throw new UsageError(
        "plan: got no folder; allowed: plan --out <dir>; fix: name one that is not there yet",
      );
    return { kind, out, options };
  }
  if (plan === undefined)
    throw new UsageError(
      "check: got no plan; allowed: check --plan <file>; fix: name the output of pulumi preview --json",
    );
  return { kind, plan, options };
}
