/**
 * Previews a stack without the pulumi CLI: runs the program with the SDK's own runtime and the policy packs by the
 * engine's own protocol, and stands in for the engine of an empty stack.
 *
 * The processes are started first, since they take longest; what talks to them is loaded while they start.
 */
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer, type AddressInfo } from "node:net";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import type { PreviewOptions, PreviewResult } from "../model";
import type { StackIdentity } from "./messages";
import { Processes, type Child } from "./processes";
import { readConfig, readPolicyPack, readProject, type PolicyPackProject, type Project } from "./project";

/** What a file backend calls the organization, which it does not have. */
const ORGANIZATION = "organization";
/** The CLI's own default. */
const OPERATIONS_PER_PROCESSOR = 4;

/**
 * @param loadServe loads what talks to the processes; called when they are on their way
 * @throws PreviewError when there is no project, no such stack, no such policy pack, or a pack fails. A program that
 *   fails is not an error of the preview: see `programSucceeded` and `diagnostics`.
 */
export async function startPreview(
  options: PreviewOptions,
  loadServe: () => Pick<typeof import("./serve"), "serve">,
): Promise<PreviewResult> {
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
  const door = createServer();
  try {
    options.onProgress?.({ registered: 0, phase: "starting" });
    door.listen(0, "127.0.0.1");
    await once(door, "listening");
    const address = `127.0.0.1:${(door.address() as AddressInfo).port}`;
    const program = startProgram(processes, project, projectDir, stack, address);
    const running = packs.map(({ path, pack }) => ({
      path,
      pack,
      child: startPack(processes, pack, stack, options.packEnvironment),
    }));
    const preview = await loadServe().serve({
      options,
      projectDir,
      project,
      stack,
      processes,
      door,
      program,
      packs: running,
    });
    return { ...preview, durationMs: performance.now() - started };
  } finally {
    processes.close();
    door.close();
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

/** As the engine starts it: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/analyzer_plugin.go */
export function startPack(
  processes: Processes,
  pack: PolicyPackProject,
  stack: StackIdentity,
  environment: PreviewOptions["packEnvironment"] = {},
): Child {
  return processes.start([...pack.runtime.nodeArgs, pack.directory], pack.directory, {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(stack.config)),
    PULUMI_NODEJS_ORGANIZATION: stack.organization,
    PULUMI_NODEJS_PROJECT: stack.project,
    PULUMI_NODEJS_STACK: stack.stack,
    PULUMI_NODEJS_DRY_RUN: "true",
    ...environment,
  });
}
