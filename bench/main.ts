/** `npm run bench`: measures the preview beside its rivals, in one run, interleaved. See bench/README.md. */
import { execFileSync } from "node:child_process";
import { accessSync, constants, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { delimiter, join } from "node:path";
import { parseArgs } from "node:util";
import { readConfig, readProject } from "../cli/preview/engine/project";
import { UsageError } from "../cli/usageError";
import { startNullMonitor } from "./nullMonitor";
import { decodeCalls, RECORDING, type Call } from "./packCalls";
import { evaluate } from "./packReplay";
import { killAll, lastWords, run, type Command } from "./processTree";
import { installRivals } from "./rivals";
import {
  isMet,
  secondsPerResource,
  summarize,
  type Comparison,
  type Sample,
  type Summary,
} from "./statistics";
import { Workspace } from "./workspace";

const root = join(__dirname, "..");
const MEDIUM = 130;
const LARGE = 1300;

const help = `Measures the preview beside its rivals: the program by itself, \`pulumi preview\`, \`cdk synth\`; and the
policy pack by itself, beyond its start.

Usage: npm run bench -- [options]

      --quick          one run of each, for a first look
      --runs <number>  runs of each at staging's size, a third of them for larger stacks; default 5
      --only <text>    only rows whose names hold this, e.g. staging, or pack; nothing is written
      --no-write       leave bench/results.json as it is
  -h, --help           show this

Exit status: 0 every target is met; 1 one is missed; 2 the benchmark could not be run.
`;

interface Measured {
  readonly resources: number;
  readonly summary: Summary;
}

interface Scenario {
  readonly name: string;
  readonly what: string;
  readonly rounds: number;
  /** Runs once; hands back the number of resources too. */
  readonly measure: () => Promise<Sample & { readonly resources: number }>;
}

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function pulumiOnPath(): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, "pulumi"), constants.X_OK);
      return folder !== "";
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return false;
    }
  });
}

/**
 * Runs a command that must end with one of the statuses, and reads the number of resources from its output.
 *
 * @throws Error with the command's own last words
 */
async function measure(
  command: Command,
  statuses: readonly number[],
  countResources: (output: string) => number,
): Promise<Sample & { resources: number }> {
  const result = await run(command);
  const resources = countResources(result.stdout);
  if (result.status === null || !statuses.includes(result.status) || resources === 0) {
    throw new Error(
      `${command.file} ${command.args.join(" ")}: ended with ${result.status} and ${resources} resources, ` +
        `expected ${statuses.join(" or ")} and some resources\n${lastWords(result)}`,
    );
  }
  return { ...result, resources };
}

/** With more agents than ordered, the pack's count of certificates is violated: 1 is expected. */
const EITHER = [0, 1];

/** Fewer than staging ever has. */
const LEAST_RESOURCES = 200;

const npm = process.platform === "win32" ? "npm.cmd" : "npm";

function preview(directory: string): Promise<Sample & { resources: number }> {
  const args = ["run", "-s", "preview", "--", "--cwd", directory, "--stack", "staging"];
  return measure({ file: npm, args, cwd: root }, EITHER, (output) =>
    Number(/(\d+) resources to create/.exec(output.replaceAll(",", ""))?.[1] ?? 0),
  );
}

function pulumiPreview(workspace: Workspace, directory: string): Promise<Sample & { resources: number }> {
  const args = [
    "preview",
    "--stack",
    "staging",
    "--policy-pack",
    "policies",
    "--non-interactive",
    "--color",
    "never",
  ];
  const command = { file: "pulumi", args, cwd: directory, env: workspace.environment(directory) };
  // There is no summary where a policy is violated: the rows are counted, each of which may come more than once.
  const rows = /^ \+ {2}\S+ \S+ create\b/gm;
  return measure(command, EITHER, (output) => {
    const resources = new Set(output.match(rows)).size;
    // It ends with 1 too where a provider could not be started, and would be fast.
    if (resources < LEAST_RESOURCES)
      throw new Error(`pulumi preview told of ${resources} resources only:\n${output}`);
    return resources;
  });
}

async function initStack(workspace: Workspace, directory: string): Promise<void> {
  const args = ["stack", "init", "staging", "--non-interactive"];
  const result = await run({ file: "pulumi", args, cwd: directory, env: workspace.environment(directory) });
  if (result.status !== 0) {
    throw new Error(`pulumi stack init ended with ${result.status}\n${lastWords(result)}`);
  }
}

/** What the policy pack is asked about a stack, asked once and kept. */
async function recordCalls(workspace: Workspace, directory: string): Promise<readonly Call[]> {
  const file = workspace.path("calls.bin");
  const pack = ["--policy-pack", join(root, "bench", "recorder")];
  const args = ["run", "-s", "preview", "--", "--cwd", directory, "--stack", "staging", ...pack];
  const result = await run({ file: npm, args, cwd: root, env: { [RECORDING]: file } });
  if (result.status !== 0) throw new Error(`the recording ended with ${result.status}\n${lastWords(result)}`);
  return decodeCalls(readFileSync(file));
}

/** The program with a monitor that answers at once. */
async function programAlone(directory: string): Promise<Sample & { resources: number }> {
  const project = readProject(directory);
  const file = "Pulumi.staging.yaml";
  const config = readConfig(project, "staging", join(directory, file), file);
  const monitor = await startNullMonitor();
  try {
    const result = await run({
      file: process.execPath,
      args: [
        ...project.runtime.nodeArgs,
        createRequire(join(project.directory, "package.json")).resolve("@pulumi/pulumi/cmd/run"),
        ...["--monitor", monitor.address, "--engine", monitor.address],
        ...["--organization", "organization", "--project", project.name, "--stack", "staging"],
        ...["--root-directory", directory, "--pwd", project.directory, "--dry-run"],
        ...["--parallel", String(availableParallelism() * 4)],
        project.entryPoint,
      ],
      cwd: project.directory,
      env: {
        PULUMI_CONFIG: JSON.stringify(
          Object.fromEntries([...config].map(([key, value]) => [key.replace(":", ":config:"), value])),
        ),
        PULUMI_CONFIG_SECRET_KEYS: "[]",
      },
    });
    if (result.status !== 0) {
      throw new Error(
        `the program ended with ${result.status}\n${monitor.errors.join("\n")}\n${lastWords(result)}`,
      );
    }
    return { ...result, resources: monitor.count() };
  } finally {
    monitor.close();
  }
}

/** How many resources of each type the previewed stack has. */
async function countTypes(): Promise<Readonly<Record<string, number>>> {
  const result = await run({ file: npm, args: ["run", "-s", "preview", "--", "--json"], cwd: root });
  if (result.status !== 0) throw new Error(`the preview ended with ${result.status}\n${lastWords(result)}`);
  const { steps } = JSON.parse(result.stdout) as { steps: { newState: { type: string } }[] };
  const counts: Record<string, number> = {};
  for (const { newState } of steps) counts[newState.type] = (counts[newState.type] ?? 0) + 1;
  return counts;
}

/** `cdk synth` as an app that `cdk init` made runs it. */
async function cdkSynth(workspace: Workspace, countsFile: string): Promise<Sample & { resources: number }> {
  const report = workspace.path("cdk-made.json");
  const result = await run({
    file: "npx",
    args: ["cdk", "synth", "--quiet", "--output", workspace.path("cdk.out")],
    cwd: join(root, "bench", "cdk"),
    env: { BENCH_CDK_COUNTS: countsFile, BENCH_CDK_REPORT: report, CDK_DISABLE_CLI_TELEMETRY: "true" },
  });
  if (result.status !== 0) throw new Error(`cdk synth ended with ${result.status}\n${lastWords(result)}`);
  const made = JSON.parse(readFileSync(report, "utf8")) as Record<string, number>;
  return { ...result, resources: Object.values(made).reduce((sum, count) => sum + count, 0) };
}

async function scenariosOf(workspace: Workspace, runs: number, withEngine: boolean): Promise<Scenario[]> {
  const largeRuns = Math.ceil(runs / 3);
  const staging = workspace.staging();
  const medium = workspace.raised(MEDIUM, "own");
  const mediumDefault = workspace.raised(MEDIUM, "default");
  const large = workspace.raised(LARGE, "own");
  const countsFile = once(async () => {
    await installRivals();
    const file = workspace.path("counts.json");
    writeFileSync(file, JSON.stringify(await countTypes()));
    return file;
  });

  const at = (name: string, directory: string, rounds: number): Scenario[] => [
    {
      name: `${name}: program`,
      what: "the program by itself, with a monitor that answers at once",
      rounds,
      measure: () => programAlone(directory),
    },
    { name: `${name}: preview`, what: "npm run preview", rounds, measure: () => preview(directory) },
  ];
  const pack = (name: string, directory: string, rounds: number): Scenario => {
    const calls = once(() => recordCalls(workspace, directory));
    return {
      name: `${name}: pack`,
      what: "the policy pack by itself, from the first question to the last answer",
      rounds,
      measure: async () => evaluate(join(root, "policies"), await calls()),
    };
  };
  const engine = (name: string, directory: string, rounds: number): Scenario => ({
    name,
    what: "pulumi preview --policy-pack policies",
    rounds,
    measure: () => pulumiPreview(workspace, directory),
  });
  if (withEngine) {
    for (const directory of [staging, medium, mediumDefault, large]) await initStack(workspace, directory);
  }
  return [
    ...at("staging", staging, runs),
    ...(withEngine ? [engine("staging: pulumi", staging, runs)] : []),
    {
      name: "staging: cdk",
      what: "cdk synth of as many resources of the same types",
      rounds: runs,
      measure: async () => cdkSynth(workspace, await countsFile()),
    },
    pack("staging", staging, runs),
    ...at(`${MEDIUM} agents`, medium, largeRuns),
    pack(`${MEDIUM} agents`, medium, runs),
    ...(withEngine
      ? [
          engine(`${MEDIUM} agents: pulumi`, medium, largeRuns),
          {
            ...engine(`${MEDIUM} agents: pulumi, SDK's defaults`, mediumDefault, largeRuns),
            what: "the same with the SDK's default runtime options",
          },
        ]
      : []),
    ...at(`${LARGE} agents`, large, largeRuns),
    pack(`${LARGE} agents`, large, largeRuns),
    ...(withEngine ? [engine(`${LARGE} agents: pulumi`, large, largeRuns)] : []),
  ];
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** Round by round through all of them, so that a busy minute of the machine is everybody's. */
async function measureAll(scenarios: readonly Scenario[]): Promise<ReadonlyMap<string, Measured>> {
  const samples = new Map<string, (Sample & { readonly resources: number })[]>();
  for (const { name, measure: once, rounds } of scenarios) {
    // A large stack takes minutes, beside which a cold start is nothing.
    if (rounds > 1 && !name.startsWith(String(LARGE))) {
      say(`warming up   ${name}`);
      await once();
    }
    samples.set(name, []);
  }
  const rounds = Math.max(...scenarios.map((scenario) => scenario.rounds));
  for (let round = 0; round < rounds; round++) {
    for (const scenario of scenarios.filter((each) => round < each.rounds)) {
      const sample = await scenario.measure();
      samples.get(scenario.name)?.push(sample);
      say(
        `round ${round + 1} of ${rounds} ${scenario.name.padEnd(34)} ${sample.seconds.toFixed(2).padStart(7)} s ` +
          `${sample.peakMiB.toFixed(0).padStart(6)} MiB  ${sample.resources} resources` +
          (sample.processorSeconds === undefined
            ? ""
            : `  ${sample.processorSeconds.toFixed(2)} s of processor`),
      );
    }
  }
  return new Map(
    [...samples].map(([name, each]) => [
      name,
      { resources: each[0]?.resources ?? 0, summary: summarize(each) },
    ]),
  );
}

function compare(results: ReadonlyMap<string, Measured>): Comparison[] {
  const secondsOf = (name: string): number | undefined => results.get(name)?.summary.medianSeconds;
  const ratio = (
    what: string,
    slower: string,
    faster: string,
    target: number,
    aim?: number,
  ): Comparison[] => {
    const [numerator, denominator] = [secondsOf(slower), secondsOf(faster)];
    if (numerator === undefined || denominator === undefined) return [];
    const value = numerator / denominator;
    return [{ what, value, unit: "×", target, direction: "at least", ...(aim === undefined ? {} : { aim }) }];
  };
  const beyond = (size: string): Comparison[] => {
    const [whole, program] = [secondsOf(`${size}: preview`), secondsOf(`${size}: program`)];
    if (whole === undefined || program === undefined) return [];
    const what = `${size}: preview beyond running the program by itself`;
    return [{ what, value: whole - program, unit: "s", target: 1, direction: "at most" }];
  };
  const perResource = (what: string): Comparison[] => {
    const [medium, large] = [MEDIUM, LARGE].map((agents) => results.get(`${agents} agents: ${what}`));
    if (!medium || !large) return [];
    const { small, large: atLarge } = secondsPerResource(
      { resources: medium.resources, seconds: medium.summary.medianSeconds },
      { resources: large.resources, seconds: large.summary.medianSeconds },
    );
    const value = atLarge / small;
    const told = `${what}'s time per resource, ${LARGE} agents beside ${MEDIUM}`;
    return [{ what: told, value, unit: "×", target: 1.2, direction: "at most" }];
  };
  const pack = secondsOf("staging: pack");
  return [
    ...ratio("staging: preview faster than pulumi preview", "staging: pulumi", "staging: preview", 3, 5),
    ...ratio(
      `${LARGE} agents: preview faster than pulumi preview`,
      `${LARGE} agents: pulumi`,
      `${LARGE} agents: preview`,
      4,
    ),
    ...beyond("staging"),
    ...beyond(`${MEDIUM} agents`),
    ...beyond(`${LARGE} agents`),
    ...perResource("preview"),
    ...(pack === undefined
      ? []
      : [
          {
            what: "staging: the pack's evaluation, beyond its start",
            value: pack,
            unit: "s",
            target: 1,
            direction: "at most",
          } as const,
        ]),
    ...perResource("pack"),
    ...ratio(
      `${MEDIUM} agents: pulumi preview faster than with the SDK's default options`,
      `${MEDIUM} agents: pulumi, SDK's defaults`,
      `${MEDIUM} agents: pulumi`,
      1.5,
    ),
    ...ratio("staging: preview faster than cdk synth", "staging: cdk", "staging: preview", 2),
  ];
}

function printResults(results: ReadonlyMap<string, Measured>, comparisons: readonly Comparison[]): void {
  const lines = [
    `${"".padEnd(36)}${"resources".padStart(9)}${"min s".padStart(9)}${"median s".padStart(10)}${"cpu s".padStart(9)}${"peak MiB".padStart(10)}`,
  ];
  for (const [name, { resources, summary }] of results) {
    lines.push(
      name.padEnd(36) +
        String(resources).padStart(9) +
        summary.minSeconds.toFixed(2).padStart(9) +
        summary.medianSeconds.toFixed(2).padStart(10) +
        (summary.medianProcessorSeconds?.toFixed(2) ?? "").padStart(9) +
        summary.peakMiB.toFixed(0).padStart(10),
    );
  }
  lines.push("");
  for (const comparison of comparisons) {
    const { what, value, unit, target, direction, aim } = comparison;
    const wanted = `${direction} ${target} ${unit}${aim === undefined ? "" : `, aim ${aim}`}`;
    lines.push(`${isMet(comparison) ? "✓" : "✗"} ${value.toFixed(2)} ${unit}  ${what} (${wanted})`);
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Without names of hosts or paths. */
function machine(withEngine: boolean): Readonly<Record<string, string | number>> {
  const rival = (name: string): string =>
    (
      JSON.parse(readFileSync(join(root, "bench", "package.json"), "utf8")) as {
        dependencies: Record<string, string>;
      }
    ).dependencies[name] ?? "";
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() || "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    ...(withEngine ? { pulumi: execFileSync("pulumi", ["version"], { encoding: "utf8" }).trim() } : {}),
    cdk: rival("aws-cdk"),
    cdkLibrary: rival("aws-cdk-lib"),
  };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

async function bench(argv: readonly string[]): Promise<number> {
  let options;
  try {
    options = parseArgs({
      args: [...argv],
      options: {
        quick: { type: "boolean" },
        runs: { type: "string" },
        only: { type: "string" },
        "no-write": { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    if (error instanceof TypeError)
      throw new UsageError(`${error.message}; fix: see npm run bench -- --help`);
    throw error;
  }
  if (options.help) {
    process.stdout.write(help);
    return 0;
  }
  const runs = options.quick ? 1 : Number(options.runs ?? 5);
  if (!Number.isInteger(runs) || runs < 1) {
    throw new UsageError(`--runs: got ${options.runs}; allowed: a whole number from 1; fix: --runs 5`);
  }
  const withEngine = pulumiOnPath();
  if (!withEngine) say("No `pulumi` on the PATH: its rows are left out, and so are their targets.");

  // More than a little, and the machine was busy with something else: the ratios are worth less.
  const loadBefore = loadavg()[0] ?? 0;
  const workspace = new Workspace();
  const clean = (): void => {
    killAll();
    workspace.remove();
  };
  const interrupted = (status: number) => (): void => {
    clean();
    process.exit(status);
  };
  process.once("SIGINT", interrupted(130));
  process.once("SIGTERM", interrupted(143));
  try {
    const { only = "" } = options;
    const all = await scenariosOf(workspace, runs, withEngine);
    const chosen = all.filter(({ name }) => name.includes(only));
    if (chosen.length === 0) {
      const names = all.map(({ name }) => name).join(", ");
      throw new UsageError(`--only: got ${only}; allowed: a part of ${names}; fix: --only staging`);
    }
    const results = await measureAll(chosen);
    const comparisons = compare(results);
    printResults(results, comparisons);
    if (!options["no-write"] && only === "") {
      const content = {
        measuredOn: new Date().toISOString().slice(0, 10),
        machine: machine(withEngine),
        loadBefore: round(loadBefore),
        results: Object.fromEntries(
          [...results].map(([name, { resources, summary }]) => [
            name,
            {
              resources,
              ...Object.fromEntries(
                Object.entries(summary).map(([key, value]: [string, number]) => [key, round(value)]),
              ),
            },
          ]),
        ),
        comparisons: comparisons.map((comparison) => ({
          ...comparison,
          value: round(comparison.value),
          met: isMet(comparison),
        })),
      };
      writeFileSync(join(root, "bench", "results.json"), `${JSON.stringify(content, undefined, 2)}\n`);
    }
    return comparisons.every(isMet) ? 0 : 1;
  } finally {
    clean();
  }
}

bench(process.argv.slice(2)).then(
  (status) => (process.exitCode = status),
  (error: unknown) => {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 2;
  },
);
