/** Answers the program and asks the policy packs, from their start to the program's end. */
import { existsSync } from "node:fs";
import type { Server } from "node:net";
import { dirname, join } from "node:path";
import type { Diagnostic, PackReport, PreviewOptions, PreviewResult } from "../model";
import { Analyzer, errorLine } from "./analyzer";
import { inOrder, stepOf } from "./digest";
import type { StackIdentity } from "./messages";
import { Monitor } from "./monitor";
import { collect, exited, type Child, type Processes } from "./processes";
import type { PolicyPackProject, Project } from "./project";
import { decodeStruct, forDigest } from "./values";

/** A program that waits for what never comes is stopped. */
const PROGRAM_TIMEOUT_MS = 600_000;
/** The SDK's status when it has told the user what is wrong: https://github.com/pulumi/pulumi/blob/master/sdk/nodejs/cmd/run/index.ts */
const EXIT_ALREADY_TOLD = 32;

export interface Running {
  readonly options: PreviewOptions;
  readonly projectDir: string;
  readonly project: Project;
  readonly stack: StackIdentity;
  readonly processes: Processes;
  /** Where the program connects. */
  readonly door: Server;
  readonly program: Child;
  readonly packs: readonly {
    readonly path: string;
    readonly pack: PolicyPackProject;
    readonly child: Child;
  }[];
}

/** @throws PreviewError when a pack fails */
export async function serve(running: Running): Promise<Omit<PreviewResult, "durationMs">> {
  const { options, projectDir, project, stack, processes, door, program, packs } = running;
  let monitor: Monitor | undefined;
  let analyzers: readonly Analyzer[] = [];
  try {
    const ready = Promise.all(
      packs.map(({ path, pack, child }) => Analyzer.connect(child, pack, path, stack)),
    );
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
      config: stack.config,
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
    monitor.answerAt(door);
    const succeeded = await runToItsEnd(monitor, program, projectDir);

    await ready;
    const ordered = inOrder(monitor.registrations);
    options.onProgress?.({ registered: ordered.length, phase: "policies" });
    for (const analyzer of analyzers) await analyzer.settled();
    // The engine asks stack policies about whole stacks only.
    const asked = succeeded ? analyzers.map((analyzer) => analyzer.analyzeStack(ordered)) : [];
    await Promise.all(asked.map(({ sent }) => sent));
    // The packs are at work now: this is the time for what needs no verdict.
    const steps = ordered
      .filter(({ internal }) => !internal)
      .map((registration) => stepOf(registration, projectDir));
    options.onSteps?.(steps);
    await Promise.all(asked.map(({ judged }) => judged));
    monitor.finish();
    return {
      project: project.name,
      stack: options.stack,
      digest: {
        ...(stack.config.size > 0 ? { config: Object.fromEntries(stack.config) } : {}),
        steps,
        changeSummary: steps.length > 0 ? { create: steps.length } : {},
      },
      outputs: forDigest(decodeStruct(monitor.stackOutputs), projectDir),
      packs: analyzers.map((analyzer): PackReport => analyzer.report()),
      diagnostics: monitor.diagnostics.map((diagnostic) => withoutPaths(diagnostic, projectDir)),
      programSucceeded: succeeded,
    };
  } finally {
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
