import type { Output } from "../style";
import { exitCodes, explained as told, type ExitCode, type Told } from "../outcome";
import { help, parseCommand } from "./options";

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly nowMs: () => number;
  readonly signal: AbortSignal;
  /** Loads what a command needs; not called for a mistake on the command line. */
  readonly loadRun: () => Pick<typeof import("./run"), "run">;
}

/** `npm run evidence`: returns the exit status; see {@link explained} for what it throws. */
export async function evidenceCommand(
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

/** See {@link told}. */
export const explained = (error: unknown): Told =>
  told(error, ["EvidenceError", "FindingsError", "LedgerError", "PinsError"]);
