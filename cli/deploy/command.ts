import { exitCodes, explained as told, type ExitCode, type Told } from "../outcome";
import type { Output } from "../style";
import { help, parseCommand } from "./options";

export interface EngineRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly nowMs: () => number;
  /** Runs `pulumi` of the given environment's PATH in the project's folder; undefined where there is none on the PATH. */
  readonly runPulumi: (args: readonly string[], how: EngineCall) => Promise<EngineRun | undefined>;
  /** Asks the person at the terminal; undefined where there is none. */
  readonly ask?: (question: string) => Promise<string>;
  /** Loads what a command needs; not called for a mistake on the command line. */
  readonly loadRun: () => Pick<typeof import("./run"), "run">;
}

export interface EngineCall {
  readonly projectDir: string;
  /** All that it is given. */
  readonly env: NodeJS.ProcessEnv;
  /** What it says goes to the person at once, and is not returned. */
  readonly shown?: boolean;
}

/** `npm run deploy`: returns the exit status; see {@link explained} for what it throws. */
export async function deployCommand(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const command = parseCommand(argv);
  if (command.kind === "help") {
    surroundings.stdout.write(help);
    return exitCodes.ok;
  }
  return (await surroundings.loadRun().run(command, surroundings)) ? exitCodes.ok : exitCodes.refused;
}

/** See {@link told}. */
export const explained = (error: unknown): Told => told(error, ["EvidenceError", "ReleaseError"]);
