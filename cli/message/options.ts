import { parseOptions as auditOptions, type AuditOptions } from "../audit/options";
import { UsageError } from "../usageError";
import { DEFAULT_STACK, readWords, stackDefinitions, unexpected } from "../words";
import { RECIPIENTS, type Recipient } from "./facts";

const KINDS = ["kickoff", "instructions", "status"] as const;

export interface MessageOptions {
  readonly kind: (typeof KINDS)[number];
  readonly to: readonly Recipient[];
  /** Of the audit that the facts are taken from. */
  readonly audit: AuditOptions;
}

export const help = `Prints a message of the coordination in Spanish, ready to copy, with the facts of the day: of the audit, the letter, the evidence.

Usage: npm run message -- kickoff      [--for <recipient>] [--at <instant>]
       npm run message -- instructions [--for <recipient>] [--at <instant>]
       npm run message -- status       [--at <instant>]

  kickoff       the start, with T+0 by the Carta GO Fase A; without a valid one a draft, which says so
  instructions  what the order asks of API-SEC-01 and of CODE
  status        the board at 13:00 and 18:00 in Madrid, summer and winter: the next of them, up to an hour after it was due still that one

It posts nothing: whoever may write in the channel does. Facts are judged as by \`npm run audit\`, which takes some seconds.

      --for <recipient>     ${RECIPIENTS.join(" or ")}; default both
      --at <instant>        as of then, e.g. 2026-11-26T12:00:00Z; default now
      --file <state>        judge an exported state; default what the program would register
      --record <folder>     which has letters, keys and evidence in its stacks/<stack>/; default the project's folder
      --source <sha256>     the digest of the source that the stack was deployed from; default this checkout's
  -s, --stack <name>        the stack; default ${DEFAULT_STACK}
      --config-file <file>  its configuration; default Pulumi.<stack>.yaml
  -C, --cwd <dir>           run as if started in that folder
  -h, --help                show this

Exit status: 0 the message may be sent; 1 it is a draft, and says why; 2 the command line, the settings or what is judged is wrong; then
nothing is printed.
`;

/** All but colour: what is copied has none. */
const stack = {
  stack: stackDefinitions.stack,
  "config-file": stackDefinitions["config-file"],
  cwd: stackDefinitions.cwd,
  help: stackDefinitions.help,
} as const;
const judging = {
  at: { type: "string" },
  file: { type: "string" },
  record: { type: "string" },
  source: { type: "string" },
} as const;
const definitions = { for: { type: "string" }, ...judging, ...stack } as const;

const isOneOf = <T extends string>(names: readonly T[], text: string): text is T =>
  (names as readonly string[]).includes(text);

/**
 * @returns undefined where help is asked for
 * @throws UsageError
 */
export function parseOptions(argv: readonly string[]): MessageOptions | undefined {
  const { texts, flags, words } = readWords(argv, definitions, unexpected(definitions, "message"));
  if (flags.has("help")) return undefined;
  const [kind, surplus] = words;
  if (kind === undefined || !isOneOf(KINDS, kind))
    throw new UsageError(
      `message: got ${kind === undefined ? "none" : JSON.stringify(kind)}; allowed: ${KINDS.join(", ")}; fix: name one`,
    );
  if (surplus !== undefined)
    throw new UsageError(
      `${kind}: got ${JSON.stringify(surplus)}; allowed: options only; fix: leave it out, or write it as --for or --at`,
    );
  const to = texts.get("for");
  if (to !== undefined && kind === "status")
    throw new UsageError(
      "--for: got it with status; allowed: kickoff, instructions; fix: leave it out, the status is for all",
    );
  if (to !== undefined && !isOneOf(RECIPIENTS, to))
    throw new UsageError(
      `--for: got ${JSON.stringify(to)}; allowed: ${RECIPIENTS.join(", ")}; fix: write one of them, or leave it out for both`,
    );
  // As the audit itself would be asked, so that instants and digests are read by one rule.
  const passed = [...texts].flatMap(([name, value]) => (name === "for" ? [] : [`--${name}=${value}`]));
  const audit = auditOptions([...passed, "--check"]);
  if (audit === undefined) throw new Error("the audit was not asked for help");
  return { kind, to: to === undefined ? RECIPIENTS : [to], audit };
}
