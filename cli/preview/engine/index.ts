/**
 * Previews a stack without the pulumi CLI: runs the program with the SDK's own runtime and the policy packs by the
 * engine's own protocol, and stands in for the engine of an empty stack.
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { Diagnostic, PackReport, PreviewOptions, PreviewResult } from "../model";
import { Analyzer, errorLine } from "./analyzer";
import { inOrder, stepOf } from "./digest";
import type { StackIdentity } from "./messages";
import { Monitor } from "./monitor";
import { Processes, collect, exited, type Child } from "./processes";
import { readConfig, readPolicyPack, readProject, type Project } from "./project";
import { decodeStruct, forDigest } from "./values";

export { PreviewError } from "./errors";

/** What a file backend calls the organization, which it does not have. */
const ORGANIZATION = "organization";
/** The CLI's own default. */
const OPERATIONS_PER_PROCESSOR = 4;
/** A program that waits for what never comes is stopped. */
const PROGRAM_TIMEOUT_MS = 600_000;
/** The SDK's status when it has told the user what is wrong: https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/cmd/run/index.ts */
const EXIT_ALREADY_TOLD = 32;

/**
 * @throws PreviewError when there is no project, no such stack, no such policy pack, or a pack fails. A program that
 *   fails is not an error of the preview: see `programSucceeded` and `diagnostics`.
 */
export async function runPreview(options: PreviewOptions): Promise<PreviewResult> {
  const started = performance.now();
  const projectDir = resolve(options.projectDir);
  const project = readProject(projectDir);
  const configPath = options.configFile
    ? resolve(options.configFile)
    : join(projectDir, `Pulumi.${options.stack}.yaml`);
  const config = readConfig(project, options.stack, configPath, basename(configPath));
  const packs = options.policyPacks.map((path) => ({
    path,
    pack: readPolicyPack(resolve(projectDir, path), path),
  }));
  const stack: StackIdentity = {
    stack: options.stack,
    project: project.name,
    organization: ORGANIZATION,
    config,
  };

  const processes = new Processes();
  let monitor: Monitor | undefined;
  let analyzers: readonly Analyzer[] = [];
  try {
    options.onProgress?.({ registered: 0, phase: "starting" });
    const ready = Promise.all(packs.map(({ path, pack }) => Analyzer.start(processes, pack, path, stack)));
    // Without a handler of its own, a pack that fails while the program starts would end the process.
    ready.then(
      (all) => (analyzers = all),
      () => processes.killAll(),
    );

    monitor = new Monitor({
      project: project.name,
      stack: options.stack,
      directory: project.directory,
      nodeModules: nodeModulesFrom(project.directory),
      config,
      ready,
      judge: (resource, inputs) => {
        const remediating = analyzers.filter((analyzer) => analyzer.mayRemediate);
        if (remediating.length === 0) {
          for (const analyzer of analyzers) analyzer.analyze(resource, inputs);
          return undefined;
        }
        return (async () => {
          let remediated = inputs;
          for (const analyzer of remediating) remediated = await analyzer.remediate(resource, remediated);
          for (const analyzer of analyzers) analyzer.analyze(resource, remediated);
          return remediated;
        })();
      },
      onRegistered: (registered) => options.onProgress?.({ registered, phase: "running" }),
      onFatal: () => processes.killAll(),
    });
    const address = await monitor.listen();
    const program = startProgram(processes, project, projectDir, stack, address);
    const succeeded = await runToItsEnd(monitor, program, projectDir);

    await ready;
    const ordered = inOrder(monitor.registrations);
    options.onProgress?.({ registered: ordered.length, phase: "policies" });
    const steps = ordered
      .filter(({ internal }) => !internal)
      .map((registration) => stepOf(registration, projectDir));
    for (const analyzer of analyzers) await analyzer.settled();
    // The engine asks stack policies about whole stacks only.
    if (succeeded) await Promise.all(analyzers.map((analyzer) => analyzer.analyzeStack(ordered)));
    monitor.finish();
    return {
      project: project.name,
      stack: options.stack,
      digest: {
        ...(config.size > 0 ? { config: Object.fromEntries(config) } : {}),
        steps,
        changeSummary: steps.length > 0 ? { create: steps.length } : {},
      },
      outputs: forDigest(decodeStruct(monitor.stackOutputs), projectDir),
      packs: analyzers.map((analyzer): PackReport => analyzer.report()),
      diagnostics: monitor.diagnostics.map((diagnostic) => withoutPaths(diagnostic, projectDir)),
      programSucceeded: succeeded,
      durationMs: performance.now() - started,
    };
  } finally {
    processes.close();
    for (const analyzer of analyzers) analyzer.close();
    monitor?.close();
  }
}

/** The folders in which Node.js looks for packages, the nearest first. */
function nodeModulesFrom(directory: string): readonly string[] {
  const folders: string[] = [];
  for (let folder = directory; ; folder = dirname(folder)) {
    const modules = join(folder, "node_modules");
    if (existsSync(modules)) folders.push(modules);
    if (folder === dirname(folder)) return folders;
  }
}

/** As the language host starts it: https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/cmd/pulumi-language-nodejs/main.go */
function startProgram(
  processes: Processes,
  project: Project,
  projectDir: string,
  stack: StackIdentity,
  address: string,
): Child {
  const runner = createRequire(join(project.directory, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  const config = Object.fromEntries(
    [...stack.config].map(([key, value]) => [key.replace(":", ":config:"), value]),
  );
  return processes.start(
    [
      ...project.runtime.nodeArgs,
      runner,
      ...["--monitor", address],
      ...["--engine", address],
      ...["--organization", stack.organization],
      ...["--project", stack.project],
      ...["--root-directory", projectDir],
      ...["--stack", stack.stack],
      ...["--pwd", project.directory],
      "--dry-run",
      ...["--parallel", String(availableParallelism() * OPERATIONS_PER_PROCESSOR)],
      project.entryPoint,
    ],
    project.directory,
    {
      PULUMI_CONFIG: JSON.stringify(config),
      PULUMI_CONFIG_SECRET_KEYS: "[]",
      ...(project.runtime.typescript ? { PULUMI_NODEJS_TYPESCRIPT: "true" } : {}),
    },
  );
}

/** Resolves when nothing more will be registered; `false` when the program failed, which then is in the diagnostics. */
async function runToItsEnd(monitor: Monitor, program: Child, projectDir: string): Promise<boolean> {
  const errors = collect(program.stderr);
  const output = collect(program.stdout);
  const end = exited(program);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<"timeout">((done) => {
    timer = setTimeout(() => done("timeout"), PROGRAM_TIMEOUT_MS);
  });
  const first = await Promise.race([monitor.programDone.then(() => "done" as const), end, timeout]);
  clearTimeout(timer);
  const told = (severity: Diagnostic["severity"], message: string): void => {
    monitor.diagnostics.push({ severity, message });
  };
  for (const line of output().split("\n")) if (line.trim()) told("info", line);
  if (first === "done" || first === 0) return !monitor.failed;
  if (first === "timeout") {
    told("error", `the program did not end within ${PROGRAM_TIMEOUT_MS / 1000} s`);
  } else if (!monitor.failed || (first !== EXIT_ALREADY_TOLD && first !== "SIGKILL")) {
    const line = errors().trim() ? `: ${errorLine(errors()).replaceAll(projectDir, ".")}` : "";
    if (!monitor.failed) told("error", `the program ended with ${first}${line}`);
  }
  return false;
}

/** What the program logs may hold paths of this machine, and the lines of a stack trace. */
function withoutPaths(diagnostic: Diagnostic, projectDir: string): Diagnostic {
  const lines = diagnostic.message.split("\n").filter((line) => !/^\s+at /.test(line));
  return {
    ...diagnostic,
    message: lines.join("\n").replaceAll(`${projectDir}/`, "").replaceAll(projectDir, ".").trim(),
  };
}
