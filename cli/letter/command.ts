import type { TrustedRoles } from "../../infra/release/trustedRoles";
import type { Output } from "../style";
import { exitCodes, explained as told, type ExitCode, type Told } from "../outcome";
import { help, parseCommand } from "./options";

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly nowMs: () => number;
  /** @default the ones of the program; tests have keys of their own */
  readonly trustedRoles?: TrustedRoles;
  /** Asks the person at the terminal; absent where there is none. */
  readonly ask?: (question: string) => Promise<string>;
  /** Loads what a command needs; not called for a mistake on the command line. */
  readonly loadRun: () => Pick<typeof import("./run"), "run">;
}

/** `npm run letter`: returns the exit status; see {@link explained} for what it throws. */
export async function letterCommand(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const command = parseCommand(argv);
  if (command.kind === "help") {
    surroundings.stdout.write(help);
    return exitCodes.ok;
  }
  return surroundings.loadRun().run(command, surroundings);
}

/** Bad input ends with 2, and what stands against a letter that can be read with 1. */
export const explained = (error: unknown): Told => told(error, ["LetterError", "LetterRefused"]);
