import { exitCodes, type ExitCode } from "../outcome";
import { ansiStyle, plainStyle, plural, printable, wantsColor, type Output, type Style } from "../style";
import { DEFAULT_STACK, readOptions, stackDefinitions, stackOptions, type StackOptions } from "../words";
import type { Made } from "./run";

/** What the command gets from its surroundings; the tests give it other ones. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  /** Loads what generates, which takes far longer than a mistake on the command line to be told. */
  readonly loadRun: () => Pick<typeof import("./run"), "made">;
}

export const help = `Writes what is deployed, by what it is made of, in CycloneDX 1.6: the program by its lock file, each function by what its bundle took in, into
stacks/<stack>/sbom/<name>.cdx.json, with index.json for the program and licences.md for people. The same sources and packages give
the same bytes on every machine.

Usage: npm run sbom [-- options]

      --check               write nothing; say what is stale
      --licences            list every licence, and fail on one that is not allowed
      --out <dir>           write there instead
      --bundles <dir>       write the functions' bundles there too
  -s, --stack <name>        the stack; default ${DEFAULT_STACK}
      --config-file <file>  its configuration; default Pulumi.<stack>.yaml
      --color <when>        always, never or auto (default: on a terminal only)
  -C, --cwd <dir>           run as if started in that folder
  -h, --help                show this

Exit status: 0 done, or nothing is stale and every licence is allowed; 1 something is stale, or a licence is not allowed; 2 the command
line or the lock file is wrong, or a file can't be read or written.
`;

const definitions = {
  check: { type: "boolean" },
  licences: { type: "boolean" },
  out: { type: "string" },
  bundles: { type: "string" },
  ...stackDefinitions,
} as const;

export interface Options extends StackOptions {
  readonly check: boolean;
  readonly licences: boolean;
  readonly out?: string;
  readonly bundles?: string;
}

/** @throws UsageError */
function parse(argv: readonly string[]): Options | "help" {
  const read = readOptions(argv, definitions, "sbom");
  if (!read) return "help";
  const { texts, flags } = read;
  const out = texts.get("out");
  const bundles = texts.get("bundles");
  return {
    ...stackOptions(texts),
    check: flags.has("check"),
    licences: flags.has("licences"),
    ...(out === undefined ? {} : { out }),
    ...(bundles === undefined ? {} : { bundles }),
  };
}

/** `npm run sbom`: returns the exit status; see `explained` of outcome.ts for what it throws. */
export async function sbomCommand(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, env, cwd } = surroundings;
  const options = parse(argv);
  if (options === "help") {
    stdout.write(help);
    return exitCodes.ok;
  }
  const made = await surroundings.loadRun().made(options, cwd);
  const style = wantsColor(options.color, stdout, env) ? ansiStyle : plainStyle;
  stdout.write(textOf(options, made, style));
  const isStale = options.check && made.differences.length > 0;
  const isRefused =
    options.licences && made.licences.some(({ allowedBecause }) => allowedBecause === undefined);
  return isStale || isRefused ? exitCodes.refused : exitCodes.ok;
}

const words = {
  check: { missing: "is missing", stale: "is stale", obsolete: "is of nothing that is deployed any more" },
  write: { missing: "written", stale: "written", obsolete: "removed" },
} as const;

function textOf(options: Options, made: Made, style: Style): string {
  const { check, stack } = options;
  const said = words[check ? "check" : "write"];
  const mark = check ? style.red("✗") : style.green("✓");
  const lines = made.differences.map(({ path, what }) => `${mark} ${path} ${said[what]}\n`);
  if (lines.length === 0)
    lines.push(`${style.green("✓")} ${plural(made.files, "file")} of ${stack} are what is deployed\n`);
  else if (check)
    lines.push(`fix: npm run sbom${stack === DEFAULT_STACK ? "" : ` -- --stack ${stack}`}, and commit\n`);
  return `${lines.join("")}${licencesText(options, made, style)}`;
}

/** All of them where they are asked for; else those that are not allowed, of which nobody should have to ask. */
const licencesText = ({ licences }: Options, made: Made, style: Style): string =>
  made.licences
    .filter(({ allowedBecause }) => licences || allowedBecause === undefined)
    .map(({ licence, packages, allowedBecause }) =>
      allowedBecause === undefined
        ? `${style.red("✗")} ${printable(licence)}: got ${packages.map(printable).join(", ")}; allowed: the licences in cli/sbom/licences.ts; fix: replace the package, or list its licence there with a reason\n`
        : `${style.green("✓")} ${printable(licence)}: ${plural(packages.length, "package")}\n`,
    )
    .join("");
