import type { Output } from "../style";
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
  readonly loadRelease: LoadRelease;
  /** Loads what a command needs; not called for a mistake on the command line. */
  readonly loadRun: () => Pick<typeof import("./run"), "run">;
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
  return (await surroundings.loadRun().run(command, surroundings)) ? exitCodes.ok : exitCodes.refused;
}

/** What cannot be read ends with 2, as whatever else was named wrongly: nothing was judged then. */
export function explained(error: unknown): Told {
  const isUnreadable =
    error instanceof Error &&
    error.name === "EvidenceError" &&
    (error as Error & { readonly unreadable?: boolean }).unreadable === true;
  if (isUnreadable) return { text: error.message.replace(/\s+/g, " "), status: exitCodes.unusable };
  return told(error, ["RollbackError", "EvidenceError"]);
}
