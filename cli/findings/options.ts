import {
  ROLES,
  SEVERITIES,
  TOOLS,
  type Role,
  type Severity,
  type Tool,
} from "../../infra/evidence/record/findings.schema";
import { UsageError } from "../usageError";
import { DEFAULT_STACK, readCommand, stackDefinitions, stackOptions, type StackOptions } from "../words";
import { STATES, type State } from "./states";

export interface Filter {
  /** At least so severe. */
  readonly severity?: Severity;
  readonly state?: State;
  readonly tool?: Tool;
  readonly route?: string;
  readonly class?: string;
}

export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "list"; readonly filter: Filter; readonly json: boolean; readonly options: StackOptions }
  | {
      readonly kind: "import";
      readonly reports: readonly string[];
      readonly scan?: string;
      readonly at?: string;
      readonly options: StackOptions;
    }
  | {
      readonly kind: "accept";
      readonly id: string;
      readonly until: string;
      readonly by: Role;
      readonly reason: string;
      readonly options: StackOptions;
    }
  | {
      readonly kind: "close";
      readonly id: string;
      readonly commit: string;
      readonly askGit: boolean;
      readonly options: StackOptions;
    }
  | { readonly kind: "reopen"; readonly id: string; readonly options: StackOptions }
  | { readonly kind: "gate"; readonly failAt: Severity; readonly options: StackOptions };

export const help = `What scans and audits found, in one list: stacks/<stack>/findings.json. Commit it.

Usage: npm run findings -- list [--severity <level>] [--state <state>] [--tool <tool>] [--route <route>] [--class <class>] [--json]
       npm run findings -- import <report>... [--scan <name>] [--at <instant>]
       npm run findings -- accept <id> --until <day> --by <role> --reason <text>
       npm run findings -- close  <id> --commit <commit> [--no-git]
       npm run findings -- reopen <id>
       npm run findings -- gate   [--fail-at <level>]

  list      what was found, the worst first; without --state all but what is fixed
  import    reads reports of ZAP (traditional JSON), Schemathesis (JUnit), SARIF tools, osv-scanner (JSON) and npm audit (JSON);
            one that can't be read changes nothing. What a report no longer shows is not closed by that
  accept    stays, until the end of a day (UTC); then it counts again. At most 366 days ahead, what is critical 30
  close     fixed by a commit; seen again later it is open again
  reopen    not fixed, or not accepted any more
  gate      ends with 1 while something counts that is as severe, and where that is unknown: no run was ever imported, or the
            last one of a scan was not to its end

      --severity <level>    at least so severe: ${SEVERITIES.join(", ")}
      --state <state>       ${STATES.join(", ")} (accepted, and the day is over)
      --tool <tool>         ${TOOLS.join(", ")}
      --route <route>       where it is, e.g. "POST /chat"; /chat alone is of any method
      --class <class>       e.g. API4, A03:2021, CWE-79, CVE-2026-12345
  -j, --json                print them as JSON
      --scan <name>         the scan that the reports are of; default that of the run.json beside it, else the tool's name
      --at <instant>        when it ended, e.g. 2026-11-26T07:00:00Z; default run.json, else the report, else now
      --until <day>         e.g. 2026-12-24
      --by <role>           who answers for it: ${ROLES.join(", ")}
      --reason <text>       20 to 500 characters
      --commit <commit>     its 40 hexadecimal digits; one of this repository
      --no-git              don't ask git whether it is
      --fail-at <level>     default high
  -s, --stack <name>        the stack; default ${DEFAULT_STACK}
      --config-file <file>  not read
      --color <when>        always, never or auto (default: on a terminal only)
  -C, --cwd <dir>           run as if started in that folder
  -h, --help                show this

An id may be shortened while it is of one finding only.

Exit status:
  0  done; the gate is passed
  1  refused, and said why; the gate is not passed
  2  the command line is wrong, or the command itself is at fault
`;

const definitions = {
  severity: { type: "string" },
  state: { type: "string" },
  tool: { type: "string" },
  route: { type: "string" },
  class: { type: "string" },
  json: { type: "boolean", short: "j" },
  scan: { type: "string" },
  at: { type: "string" },
  until: { type: "string" },
  by: { type: "string" },
  reason: { type: "string" },
  commit: { type: "string" },
  "no-git": { type: "boolean" },
  "fail-at": { type: "string" },
  ...stackDefinitions,
} as const;
type OptionName = keyof typeof definitions;

const common = Object.keys(stackDefinitions) as (keyof typeof stackDefinitions)[];
const commands = {
  list: ["severity", "state", "tool", "route", "class", "json"],
  import: ["scan", "at"],
  accept: ["until", "by", "reason"],
  close: ["commit", "no-git"],
  reopen: [],
  gate: ["fail-at"],
} as const satisfies Readonly<Record<string, readonly OptionName[]>>;

/** @throws UsageError for whatever is missing, unknown or does not go together */
export function parseCommand(argv: readonly string[]): Command {
  const read = readCommand(argv, { command: "findings", definitions, commands, common });
  if (read === undefined) return { kind: "help" };
  const { name, texts, flags, words: operands } = read;
  const options = stackOptions(texts);
  const needed = (option: OptionName, example: string): string => {
    const value = texts.get(option);
    if (value === undefined)
      throw new UsageError(`${name}: got no --${option}; allowed: --${option} ${example}; fix: add it`);
    return value;
  };
  const one = <T extends string>(
    option: OptionName,
    choices: readonly T[],
    value = texts.get(option),
  ): T | undefined => {
    if (value === undefined) return undefined;
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined)
      throw new UsageError(
        `--${option}: got ${JSON.stringify(value)}; allowed: ${choices.join(", ")}; fix: choose one`,
      );
    return chosen;
  };
  if (name === "import") {
    if (operands.length === 0)
      throw new UsageError(
        "import: got no report; allowed: one or more files; fix: name what the tool wrote",
      );
    const scan = texts.get("scan");
    if (scan !== undefined)
      matching(
        "scan",
        scan,
        /^[a-z0-9][a-z0-9-]{0,63}$/,
        "small letters, digits and hyphens, such as zap-baseline",
      );
    const at = texts.get("at");
    return {
      kind: name,
      reports: operands,
      options,
      ...(scan === undefined ? {} : { scan }),
      ...(at === undefined ? {} : { at: instant(at) }),
    };
  }
  if (name === "list" || name === "gate") {
    if (operands.length > 0)
      throw new UsageError(
        `${name}: got ${JSON.stringify(operands[0])}; allowed: options; fix: leave it out`,
      );
    if (name === "gate") return { kind: name, failAt: one("fail-at", SEVERITIES) ?? "high", options };
    const [severity, state, tool] = [one("severity", SEVERITIES), one("state", STATES), one("tool", TOOLS)];
    const [route, kind] = [texts.get("route"), texts.get("class")];
    return {
      kind: name,
      json: flags.has("json"),
      options,
      filter: {
        ...(severity && { severity }),
        ...(state && { state }),
        ...(tool && { tool }),
        ...(route && { route }),
        ...(kind && { class: kind }),
      },
    };
  }
  const [given, another] = operands;
  const id = given?.toLowerCase();
  if (id === undefined || another !== undefined)
    throw new UsageError(
      `${name}: got ${another === undefined ? "no finding" : JSON.stringify(another)}; allowed: the id of one finding; fix: npm run findings -- list`,
    );
  matching("id", id, /^[0-9a-f]{4,16}$/, "4 to 16 hexadecimal digits");
  if (name === "reopen") return { kind: name, id, options };
  if (name === "close") {
    const commit = needed("commit", "<40 hexadecimal digits>");
    matching(
      "commit",
      commit,
      /^[0-9a-f]{40}$/,
      "the 40 hexadecimal digits of a commit, as git rev-parse prints them",
    );
    return { kind: name, id, commit, askGit: !flags.has("no-git"), options };
  }
  const until = needed("until", "2026-12-24");
  if (
    !/^\d{4}-\d\d-\d\d$/.test(until) ||
    new Date(`${until}T00:00:00Z`).getTime() !== Date.parse(until) ||
    dayOf(until) !== until
  )
    throw new UsageError(
      `--until: got ${JSON.stringify(until)}; allowed: a day such as 2026-12-24; fix: write year, month and day`,
    );
  const by = one("by", ROLES, needed("by", "<role>"));
  if (by === undefined) throw new UsageError("accept: got no --by; allowed: a role; fix: add it");
  const reason = needed("reason", "<text>").trim();
  matching("reason", reason, /^[^\p{Cc}]{20,500}$/u, "20 to 500 characters on one line");
  return { kind: name, id, until, by, reason, options };
}

/** The day of the calendar; undefined for none, such as February 30th. */
function dayOf(text: string): string | undefined {
  const ms = Date.parse(`${text}T00:00:00.000Z`);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString().slice(0, 10);
}

function matching(option: string, value: string, pattern: RegExp, allowed: string): void {
  if (!pattern.test(value))
    throw new UsageError(
      `${option === "id" ? "the finding" : `--${option}`}: got ${JSON.stringify(value.slice(0, 80))}; allowed: ${allowed}; fix: correct it`,
    );
}

function instant(text: string): string {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new UsageError(
      `--at: got ${JSON.stringify(text)}; allowed: an instant in UTC such as 2026-11-26T07:00:00Z; fix: correct it`,
    );
  return new Date(ms).toISOString();
}
