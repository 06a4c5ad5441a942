import type { Output } from "../style";
import { exitCodes, explained as told, type ExitCode, type Told } from "../outcome";
import { help, parseCommand, type Command } from "./options";

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  /** Loads what a command needs; not called for a mistake on the command line. */
  readonly loadRun: () => Pick<typeof import("./run"), "run">;
}

/** `npm run client`: returns the exit status; see {@link explained} for what it throws. */
export async function client(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const command: Command = parseCommand(argv);
  if (command.kind === "help") surroundings.stdout.write(help);
  else await surroundings.loadRun().run(command, surroundings);
  return exitCodes.ok;
}

/** See {@link told}. */
export const explained = (error: unknown): Told => told(error, ["ClientError", "PkiProblem", "LedgerError"]);
