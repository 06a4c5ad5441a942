import { printable, type Output } from "../style";
import { UsageError } from "../usageError";
import { exitCodes, explained as told, type ExitCode, type Told } from "../outcome";
import type { RunProgram } from "./history";
import { help, parseCommand } from "./options";
import type { LoadRelease } from "./release";

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly nowMs: () => number;
  readonly runProgram: RunProgram;
  /** None where nobody can be asked. */
  readonly ask?: (question: string) => Promise<string>;
  /** From now on an interrupt ends the waiting and not the process, until it is released. */
  readonly holdInterrupt: () => Held;
  readonly loadRelease: LoadRelease;
  /** Loads what a command needs; not called for a mistake on the command line. */
  readonly loadRun: () => Pick<typeof import("./run"), "run">;
}

export interface Held {
  readonly signal: AbortSignal;
  readonly release: () => void;
}

/** `npm run rollback`: returns the exit status; see {@link explained} for what it throws. */
export async function rollbackCommand(
  argv: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const command = parseCommand(argv);
  if (command.kind === "help") {
    surroundings.stdout.write(help);
    return exitCodes.ok;
  }
  return (await loaded(surroundings.loadRun).run(command, surroundings)) ? exitCodes.ok : exitCodes.refused;
}

/** The command shares files with the program: one of these may be what is broken, or a package. */
function loaded(load: Surroundings["loadRun"]): ReturnType<Surroundings["loadRun"]> {
  try {
    return load();
  } catch (error) {
    const [what = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new UsageError(
      `the command itself: got ${printable(what)}; allowed: files and packages that can be loaded; fix: npm ci, or run it in a work tree of an earlier commit, or by hand as docs/runbook.md says (Volver atrás)`,
    );
  }
}

/** See {@link told}. */
export const explained = (error: unknown): Told => told(error, ["RollbackError", "EvidenceError"]);
