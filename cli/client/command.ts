import { PkiProblem } from "../../infra/functions/pki/pkiProblem";
import { LedgerError } from "../../infra/trust/ledger";
import type { Output } from "../style";
import { mistake } from "../usageError";
import { ClientError } from "./errors";
import { help, parseCommand, type Command } from "./options";

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  /** Loads what a command needs; not called for a mistake on the command line. */
  readonly loadRun: () => Pick<typeof import("./run"), "run">;
}

export const exitCodes = {
  ok: 0,
  /** The client, the request, a file, the ledger, the authority or AWS stand against it. */
  refused: 1,
  /** The command line or the settings are wrong, or a fault of ours. */
  unusable: 2,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** `npm run client`: returns the exit status; see {@link explained} for what it throws. */
export async function client(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const command: Command = parseCommand(argv);
  if (command.kind === "help") surroundings.stdout.write(help);
  else await surroundings.loadRun().run(command, surroundings);
  return exitCodes.ok;
}

/** What a person is told, and the exit status: one line for what can be mended, a stack trace for a fault of ours. */
export function explained(error: unknown): { readonly text: string; readonly status: ExitCode } {
  if (!(error instanceof Error)) return { text: String(error), status: exitCodes.unusable };
  const line = error.message.replace(/\s+/g, " ");
  if (error instanceof ClientError || error instanceof PkiProblem || error instanceof LedgerError)
    return { text: line, status: exitCodes.refused };
  return { text: mistake(error) ?? error.stack ?? error.message, status: exitCodes.unusable };
}
