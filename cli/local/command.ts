import { resolve, join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { PreviewError } from "../preview/engine/errors";
import { readProject } from "../preview/engine/project";
import { serve } from "../preview/engine/serve";
import { startPreview } from "../preview/engine/start";
import { findPaths } from "../preview/paths";
import { ansiStyle, plainStyle, wantsColor, type Style } from "../style";
import { UsageError } from "../usageError";
import { control, type Controlled } from "./controls";
import { preparePython } from "./emulator/python";
import { LocalError, messageOf } from "./errors";
import { listing, requestLine } from "./listing";
import { withLocal } from "./local";
import { help, parseCommand, type RunOptions } from "./options";
import { createProgress } from "./progress";
import { tell } from "./session";
import { readStaging, type Staging } from "./staging";

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted by Ctrl-C and its like. */
  readonly signal: AbortSignal;
}

export const exitCodes = {
  ok: 0,
  /** A part of it broke down while it ran. */
  brokeDown: 1,
  /** The command line, the settings, the program or Python are wrong. */
  unusable: 2,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** `npm run local`: returns the exit status, throws UsageError, PreviewError or LocalError for what a person can mend. */
export async function local(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const command = parseCommand(argv);
  switch (command.kind) {
    case "help":
      surroundings.stdout.write(help);
      return exitCodes.ok;
    case "control":
      surroundings.stdout.write(await tell(localDirOf(surroundings.cwd), command.port, command.words));
      return exitCodes.ok;
    case "run":
      return run(command.options, surroundings);
  }
}

const localDirOf = (cwd: string): string => {
  const { projectDir } = findPaths({ ...noPreviewOptions, stack: "staging" }, cwd);
  return join(projectDir, ".local");
};

/** What `findPaths` wants to know and this command does not ask. */
const noPreviewOptions = {
  policyPacks: [],
  diff: false,
  json: false,
  write: false,
  check: false,
  help: false,
  color: "auto",
} as const;

async function run(options: RunOptions, surroundings: Surroundings): Promise<ExitCode> {
  const { cwd, env, stdout, stderr, signal } = surroundings;
  const paths = findPaths({ ...noPreviewOptions, ...options }, cwd);
  const localDir = join(paths.projectDir, ".local");
  const style = wantsColor(options.color, stdout, env) ? ansiStyle : plainStyle;
  const progress = createProgress(stderr, env);
  try {
    progress.update("Previewing the stack");
    const [staging, python] = await Promise.all([
      previewed({ ...paths, stack: options.stack }),
      preparePython({
        cacheDir: localDir,
        requirements: join(__dirname, "emulator", "requirements.txt"),
        onProgress: progress.update,
        signal,
      }),
    ]);
    signal.throwIfAborted();
    return await withLocal(
      {
        localDir,
        port: options.port,
        firewall: options.firewall,
        python,
        staging,
        onProgress: progress.update,
        onRequest: (entry) => {
          if (!options.quiet && stdout.isTTY === true) stdout.write(requestLine(entry, style));
        },
        signal,
      },
      async (running) => {
        progress.clear();
        stdout.write(listing(running, staging, cwd, style));
        const closeTerminal = listen(running, surroundings, style);
        const broken = await Promise.race([running.broke, aborted(signal)]);
        closeTerminal();
        progress.update("Ending");
        if (broken === undefined) return exitCodes.ok;
        stderr.write(`error: ${broken.message}\n`);
        return exitCodes.brokeDown;
      },
    );
  } catch (error) {
    // Ended while it started: whatever that broke is no news.
    if (signal.aborted) return exitCodes.ok;
    throw error;
  } finally {
    progress.clear();
  }
}

async function previewed(paths: {
  readonly projectDir: string;
  readonly configFile?: string;
  readonly stack: string;
}): Promise<Staging> {
  // The policies judge what is deployed to AWS; here anything may be tried.
  const result = await startPreview({ ...paths, policyPacks: [] }, () => ({ serve }));
  if (!result.programSucceeded) {
    const said = result.diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message);
    throw new LocalError({
      what: "the program",
      got: said.join("; ") || "a failure",
      allowed: "a preview that succeeds",
      fix: "see npm run preview",
    });
  }
  return readStaging(result.digest, readProject(resolve(paths.projectDir)).directory);
}

/** What is typed at the terminal. */
function listen(running: Controlled, { stdin, stdout }: Surroundings, style: Style): () => void {
  if (stdin.isTTY !== true) return () => undefined;
  const lines = createInterface({ input: stdin });
  lines.on("line", (line) => {
    const words = line.trim().split(/\s+/).filter(Boolean);
    if (words.length === 0) return;
    try {
      stdout.write(control(words, running));
    } catch (error) {
      stdout.write(`${style.red(messageOf(error))}\n`);
    }
  });
  return () => lines.close();
}

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener("abort", () => resolve(undefined), { once: true });
  });

/** Whether a person can mend it, and so needs its message only. */
export const isMendable = (error: Error): boolean =>
  error instanceof LocalError || error instanceof PreviewError || error instanceof UsageError;
