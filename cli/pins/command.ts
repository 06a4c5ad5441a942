import { ansiStyle, plainStyle, wantsColor, type Output, type Style } from "../style";
import { exitCodes, explained as told, type ExitCode, type Told } from "../outcome";
import { UsageError } from "../usageError";
import { readOptions, stackDefinitions, stackOptions } from "../words";
import type { LookedUp, Sources } from "./lookUps";

/** What the command gets from its surroundings; the tests give it other ones. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly nowMs: () => number;
  /** @default the registries and GitHub */
  readonly sources?: Sources;
  readonly loadRun: () => Pick<typeof import("./run"), "lookedUp">;
}

export const help = `Looks up what pins.json holds: each image's digest in its registry, each action's commit in its repository. What can't be asked stays
as it is; nothing is made up. What differs from what is pinned is told, and changes nothing unless it is accepted by its name.

Usage: npm run pins [-- options]

      --check          write nothing
      --accept <name>  take what was found of this image or action, although another one is pinned
      --color <when>   always, never or auto (default: on a terminal only)
  -C, --cwd <dir>      run as if started in that folder
  -h, --help           show this

Exit status: 0 every pin was looked up and stands (with --check: none that could be asked differs); 1 one differs, or could not be
asked; 2 the command line or pins.json is wrong, or it can't be read or written.
`;

const definitions = {
  check: { type: "boolean" },
  accept: { type: "string" },
  color: stackDefinitions.color,
  cwd: stackDefinitions.cwd,
  help: stackDefinitions.help,
} as const;

export interface Options {
  readonly check: boolean;
  readonly accept?: string;
  readonly cwd?: string;
  readonly color: "always" | "never" | "auto";
}

/** @throws UsageError */
function parse(argv: readonly string[]): Options | "help" {
  const read = readOptions(argv, definitions, "pins");
  if (!read) return "help";
  const { texts, flags } = read;
  const { color, cwd } = stackOptions(texts);
  const accept = texts.get("accept");
  const check = flags.has("check");
  if (check && accept !== undefined)
    throw new UsageError(
      "--accept: got it with --check; allowed: one of the two; fix: leave out --check to write",
    );
  return {
    check,
    color,
    ...(cwd === undefined ? {} : { cwd }),
    ...(accept === undefined ? {} : { accept }),
  };
}

/** `npm run pins`: returns the exit status; see {@link explained} for what it throws. */
export async function pinsCommand(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, env, cwd, nowMs, sources = {} } = surroundings;
  const options = parse(argv);
  if (options === "help") {
    stdout.write(help);
    return exitCodes.ok;
  }
  const { all, written } = await surroundings.loadRun().lookedUp(options, cwd, sources, nowMs());
  const style = wantsColor(options.color, stdout, env) ? ansiStyle : plainStyle;
  for (const each of all) stdout.write(`${lineOf(each, options, style)}\n`);
  stdout.write(written ? "pins.json written\n" : "pins.json is as it was\n");
  const isRefused = ({ name, outcome }: LookedUp): boolean => {
    if (outcome.what === "differs") return options.accept !== name;
    if (outcome.what === "unknown") return !options.check;
    return outcome.what === "found" && options.check;
  };
  return all.some(isRefused) ? exitCodes.refused : exitCodes.ok;
}

function lineOf({ name, version, from, outcome }: LookedUp, { accept }: Options, style: Style): string {
  const what = `${name} ${version}`;
  switch (outcome.what) {
    case "same":
      return `${style.green("✓")} ${what}: as it is pinned`;
    case "confirmed":
      return `${style.green("✓")} ${what}: as public files said`;
    case "found":
      return `${style.green("✓")} ${what}: ${outcome.found}, until now unpinned`;
    case "unknown":
      return `${style.yellow("?")} ${what}: not looked up: ${outcome.because}`;
    case "differs":
      return accept === name
        ? `${style.yellow("!")} ${what}: ${outcome.found}, accepted instead of ${outcome.pinned}`
        : `${style.red("✗ DIFFERS")} ${what}: got ${outcome.found} from ${from}; allowed: ${outcome.pinned}, which is pinned by ${outcome.by}; fix: find out who moved it, then npm run pins -- --accept ${name}`;
  }
}

/** See {@link told}. */
export const explained = (error: unknown): Told => told(error, ["PinsError"]);
