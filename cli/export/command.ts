import { exitCodes, type ExitCode } from "../outcome";
import { ansiStyle, plainStyle, plural, wantsColor, type Output, type Style } from "../style";
import { DEFAULT_STACK, readOptions, stackOptions, type StackOptions, stackDefinitions } from "../words";
import type { Difference } from "./folder";

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  /** Loads what the export is made by; not called for a mistake on the command line. */
  readonly loadRun: () => Pick<typeof import("./run"), "exported">;
}

export const help = `Writes what people and Grafana read, of the same settings as what is deployed: stacks/<stack>/dashboards/<id>.json, as
Grafana's import takes it; <id>.svg, its layout; stacks/<stack>/alerts.json, as Grafana's file provisioning takes it; the facts
in docs/runbook.md; and for clients stacks/<stack>/documents: quota policy, idempotency checklist, first call. The same settings
give the same bytes.

Usage: npm run export [-- options]

      --check               write nothing; say what is stale
  -s, --stack <name>        the stack; default ${DEFAULT_STACK}
      --config-file <file>  its configuration; default Pulumi.<stack>.yaml
      --color <when>        always, never or auto (default: on a terminal only)
  -C, --cwd <dir>           run as if started in that folder
  -h, --help                show this

Exit status: 0 done, or nothing is stale; 1 something is stale; 2 the command line or the settings are wrong, or a file can't
be read or written.
`;

const definitions = {
  check: { type: "boolean" },
  ...stackDefinitions,
} as const;

export interface Options extends StackOptions {
  readonly check: boolean;
}

/** @throws UsageError */
function parse(argv: readonly string[]): Options | "help" {
  const read = readOptions(argv, definitions, "export");
  if (!read) return "help";
  const { texts, flags } = read;
  return { ...stackOptions(texts), check: flags.has("check") };
}

/** `npm run export`: returns the exit status; see `explained` of outcome.ts for what it throws. */
export function exportCommand(argv: readonly string[], surroundings: Surroundings): ExitCode {
  const { stdout, env, cwd } = surroundings;
  const options = parse(argv);
  if (options === "help") {
    stdout.write(help);
    return exitCodes.ok;
  }
  const { files, differences } = surroundings.loadRun().exported(options, cwd);
  const style = wantsColor(options.color, stdout, env) ? ansiStyle : plainStyle;
  stdout.write(textOf(options, files, differences, style));
  return options.check && differences.length > 0 ? exitCodes.refused : exitCodes.ok;
}

const words = {
  check: { missing: "is missing", stale: "is stale", obsolete: "is exported no more" },
  write: { missing: "written", stale: "written", obsolete: "removed" },
} as const;

function textOf(
  { check, stack }: Options,
  files: number,
  differences: readonly Difference[],
  style: Style,
): string {
  const said = words[check ? "check" : "write"];
  const mark = check ? style.red("✗") : style.green("✓");
  const lines = differences.map(({ path, what }) => `${mark} ${path} ${said[what]}\n`).join("");
  if (differences.length === 0)
    return `${style.green("✓")} ${plural(files, "file")} of ${stack} are what the settings say\n`;
  return check
    ? `${lines}fix: npm run export${stack === DEFAULT_STACK ? "" : ` -- --stack ${stack}`}, and commit\n`
    : lines;
}
