import { parseArgs } from "node:util";
import {
  ansiStyle,
  plainStyle,
  plural,
  wantsColor,
  type ColorChoice,
  type Output,
  type Style,
} from "../style";
import { exitCodes, type ExitCode } from "../outcome";
import { UsageError } from "../usageError";
import { driftOf, type Drift, type DriftReport, type RefreshedStep } from "./drift";

/** What a run of `pulumi` gave. */
export interface EngineRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Runs `pulumi`; undefined where there is none on the PATH. */
  readonly runPulumi: (args: readonly string[]) => Promise<EngineRun | undefined>;
  readonly readFile: (path: string) => string;
}

export const help = `Says whether the account is as the program says: refreshes, and shows what an update would change.
What functions rotate is not drift; the table of live values (infra/secrets/liveValues.ts) names it and its owner.
Changes nothing. Needs the pulumi CLI, the stack's state and credentials that may read.

Usage: npm run drift -- [options]

  -s, --stack <name>   the stack; default staging
      --file <file>    read the output of \`pulumi preview --refresh --json\` instead of running it
  -j, --json           print the report as JSON
      --color <when>   always, never or auto (default: on a terminal only)
  -h, --help           show this

Exit status: 0 no drift; 1 drift; 2 the command line is wrong, or nobody could look.
`;

const definitions = {
  stack: { type: "string", short: "s", default: "staging" },
  file: { type: "string" },
  json: { type: "boolean", short: "j", default: false },
  color: { type: "string", default: "auto" },
  help: { type: "boolean", short: "h", default: false },
} as const;
const colors: readonly string[] = ["always", "never", "auto"] satisfies ColorChoice[];
const isColor = (text: string): text is ColorChoice => colors.includes(text);

interface Options {
  readonly stack: string;
  readonly file?: string | undefined;
  readonly json: boolean;
  readonly color: ColorChoice;
  readonly help: boolean;
}

function parse(argv: readonly string[]): Options {
  let values;
  try {
    ({ values } = parseArgs({ args: [...argv], options: definitions, allowPositionals: false }));
  } catch (error) {
    const [said = ""] = (error instanceof Error ? error.message : String(error)).split(/\.(?: |$)/);
    throw new UsageError(
      `${said}; allowed: ${Object.keys(definitions)
        .map((name) => `--${name}`)
        .join(", ")}; \`npm run drift -- --help\` explains them`,
    );
  }
  const { color } = values;
  if (!isColor(color))
    throw new UsageError(`--color: got ${JSON.stringify(color)}; allowed: ${colors.join(", ")}`);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(values.stack))
    throw new UsageError(
      `--stack: got ${JSON.stringify(values.stack)}; allowed: letters, digits, dots, hyphens and underscores; give the stack's plain name`,
    );
  return { ...values, color };
}

/** `npm run drift`: returns the exit status, throws UsageError where a person must mend something first. */
export async function drift(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { stdout, stderr, env } = surroundings;
  const options = parse(argv);
  if (options.help) {
    stdout.write(help);
    return exitCodes.ok;
  }
  const report = driftOf(stepsIn(await answerOf(options, surroundings)));
  const people = options.json ? stderr : stdout;
  const style = wantsColor(options.color, people, env) ? ansiStyle : plainStyle;
  if (options.json) stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  people.write(textOf(report, style));
  return report.drifts.length > 0 ? exitCodes.refused : exitCodes.ok;
}

async function answerOf(
  { file, stack }: Options,
  { runPulumi, readFile, stderr }: Surroundings,
): Promise<string> {
  if (file !== undefined) {
    try {
      return readFile(file);
    } catch (error) {
      const { code = "unreadable" } = error as NodeJS.ErrnoException;
      throw new UsageError(
        `--file: ${file} can't be read (${code}); name the output of pulumi preview --refresh --json`,
      );
    }
  }
  if (stderr.isTTY) stderr.write("Refreshing: the engine asks the account about each resource …\n");
  const run = await runPulumi(["preview", "--refresh", "--json", "--stack", stack, "--non-interactive"]);
  if (run === undefined)
    throw new UsageError("pulumi: none on the PATH; install the CLI, or give its output by --file");
  if (run.status !== 0 && !run.stdout.trimStart().startsWith("{"))
    throw new UsageError(`pulumi ended with ${run.status}: ${firstLine(run.stderr || run.stdout)}`);
  return run.stdout;
}

const firstLine = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.trim())
    .find((line) => line !== "") ?? "it said nothing";

/** @throws UsageError for what is no digest, or one of a run that failed: no answer is not the answer "no drift" */
function stepsIn(text: string): readonly RefreshedStep[] {
  let digest: unknown;
  try {
    digest = JSON.parse(text);
  } catch {
    digest = undefined;
  }
  const { steps, diagnostics } = (digest ?? {}) as {
    readonly steps?: unknown;
    readonly diagnostics?: readonly { readonly severity?: string; readonly message?: string }[];
  };
  const failure = diagnostics?.find(({ severity }) => severity === "error");
  if (failure) throw new UsageError(`pulumi could not look: ${firstLine(failure.message ?? "")}`);
  if (!Array.isArray(steps) || !steps.every(isStep) || !steps.some(({ op }) => op === "refresh"))
    throw new UsageError(
      "the engine's answer: got a text without refreshed steps; allowed: the output of pulumi preview --refresh --json; fix: run that",
    );
  return steps;
}

const isStep = (step: unknown): step is RefreshedStep => {
  const { op, urn } = (step ?? {}) as Readonly<Record<string, unknown>>;
  return typeof op === "string" && typeof urn === "string";
};

const deeds: Readonly<Record<string, string>> = {
  create: "is gone; an update would make it again",
  delete: "is not in the program; an update would delete it",
  update: "differs",
};

function textOf({ drifts, owned, lookedAt }: DriftReport, style: Style): string {
  const line = ({ type, name, op, properties }: Drift): string =>
    `  ${style.red("✗")} ${type} ${name} ${deeds[op] ?? `: ${op}`}${properties.length > 0 ? `: ${properties.join(", ")}` : ""}\n`;
  const byOwner = new Map<string, number>();
  for (const { owner } of owned) byOwner.set(owner, (byOwner.get(owner) ?? 0) + 1);
  const owners = [...byOwner].map(([owner, count]) => `  ${count} of ${owner}\n`).join("");
  const head =
    drifts.length === 0
      ? `${style.green("✓")} no drift in ${plural(lookedAt, "resource")}\n`
      : `${style.red("✗")} ${plural(drifts.length, "resource")} of ${lookedAt} drifted\n`;
  return `${head}${drifts.map(line).join("")}${owned.length === 0 ? "" : `Not looked into, since others own them: ${plural(owned.length, "live value")}\n${owners}`}`;
}
