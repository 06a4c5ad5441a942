import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { readProject } from "../preview/engine/project";
import { serve } from "../preview/engine/serve";
import { startPreview } from "../preview/engine/start";
import type { Paths } from "../preview/paths";
import { ansiStyle, plainStyle, wantsColor, type Style } from "../style";
import { exitCodes, type ExitCode, type Surroundings } from "./command";
import { control, type Controlled } from "./controls";
import { FrontDoor } from "./door/frontDoor";
import { preparePython } from "./emulator/python";
import { LocalError, messageOf } from "./errors";
import { listing, requestLine } from "./listing";
import { withLocal } from "./local";
import type { RunOptions } from "./options";
import { createProgress } from "./progress";
import { readStaging, type Staging } from "./staging";

/** Runs until it is ended or breaks down. */
export async function run(
  options: RunOptions,
  paths: Omit<Paths, "policyPacks">,
  surroundings: Surroundings,
): Promise<ExitCode> {
  const { cwd, env, stdout, stderr, signal } = surroundings;
  const localDir = join(paths.projectDir, ".local");
  const style = wantsColor(options.color, stdout, env) ? ansiStyle : plainStyle;
  const progress = createProgress(stderr, env);
  // First, since a port that is taken is no reason to wait for the rest.
  const door = await FrontDoor.listen(options.port);
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
        door,
        firewall: options.firewall,
        atOnce: options.atOnce,
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
    door.close();
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
