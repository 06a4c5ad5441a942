import { exitCodes, type ExitCode } from "../outcome";
import { ansiStyle, plainStyle, printable, wantsColor, type Output, type Style } from "../style";
import { DEFAULT_STACK, readOptions, stackDefinitions, stackOptions, type StackOptions } from "../words";
import type { Judged } from "./run";

/** What the command gets from its surroundings; the tests give it other ones. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly nowMs: () => number;
  /** @default two minutes a lock file */
  readonly timeoutMs?: number;
  readonly loadRun: () => Pick<typeof import("./run"), "judged">;
}

export const help = `Asks the registry which locked packages have known advisories, for every lock file of the project. A critical one stops, unless
stacks/<stack>/findings.json says who accepted it until which day (npm run findings). A registry without an audit service is answered
with "not audited": nothing is known then, and nothing is claimed.

Usage: npm run advisories [-- options]

      --out <dir>           keep npm's reports there, and what was made of them in advisories.json
  -s, --stack <name>        the stack whose acceptances count; default ${DEFAULT_STACK}
      --config-file <file>  its configuration; default Pulumi.<stack>.yaml
      --color <when>        always, never or auto (default: on a terminal only)
  -C, --cwd <dir>           run as if started in that folder
  -h, --help                show this

Exit status: 0 nothing critical is known that is not accepted; 1 something is; 2 the command line or the findings are wrong, or a file
can't be read or written.
`;

const definitions = {
  out: { type: "string" },
  ...stackDefinitions,
} as const;

export interface Options extends StackOptions {
  readonly out?: string;
}

/** @throws UsageError */
function parse(argv: readonly string[]): Options | "help" {
  const read = readOptions(argv, definitions, "advisories");
  if (!read) return "help";
  const { texts } = read;
  const out = texts.get("out");
  return { ...stackOptions(texts), ...(out === undefined ? {} : { out }) };
}

/** `npm run advisories`: returns the exit status; see `explained` of outcome.ts for what it throws. */
export async function advisoriesCommand(
  argv: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { stdout, env, cwd, nowMs, timeoutMs } = surroundings;
  const options = parse(argv);
  if (options === "help") {
    stdout.write(help);
    return exitCodes.ok;
  }
  const given = { env, nowMs: nowMs(), ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  const all = await surroundings.loadRun().judged(options, cwd, given);
  const style = wantsColor(options.color, stdout, env) ? ansiStyle : plainStyle;
  for (const each of all) stdout.write(textOf(each, style));
  const isStopped = all.some(({ criticals }) => criticals.some(({ exception }) => exception === undefined));
  return isStopped ? exitCodes.refused : exitCodes.ok;
}

function textOf({ lock, audit, criticals }: Judged, style: Style): string {
  if (!audit.audited) return `${lock}: not audited: ${printable(audit.because)}\n`;
  const { critical, high, moderate, low } = audit.counts;
  const lines = criticals.map(({ id, name, title, exception }) =>
    exception === undefined
      ? `${style.red("✗")} ${lock}: got ${id} in ${printable(name)}${title === "" ? "" : ` (${printable(title)})`}; allowed: no critical advisory without a dated exception; fix: update or replace the package, or npm run findings\n`
      : `${style.yellow("!")} ${lock}: ${id} in ${printable(name)} is accepted until ${exception.until} by ${printable(exception.by)}\n`,
  );
  return `${lock}: audited: ${critical} critical, ${high} high, ${moderate} moderate, ${low} low\n${lines.join("")}`;
}
