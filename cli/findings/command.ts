import type { Output } from "../style";
import { mistake } from "../usageError";
import { help, parseCommand } from "./options";

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly nowMs: () => number;
  /** Loads what a command needs; not called for a mistake on the command line. */
  readonly loadRun: () => Pick<typeof import("./run"), "run">;
}

export const exitCodes = {
  ok: 0,
  /** A report, the ledger or a finding stands against it, or the gate is not passed. */
  refused: 1,
  /** The command line is wrong, or a fault of ours. */
  unusable: 2,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** `npm run findings`: returns the exit status; see {@link explained} for what it throws. */
export async function findingsCommand(
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

const REFUSALS: ReadonlySet<string> = new Set(["FindingsError", "ReportError", "ClientError"]);

/** What a person is told, and the exit status: one line for what can be mended, a stack trace for a fault of ours. */
export function explained(error: unknown): { readonly text: string; readonly status: ExitCode } {
  if (!(error instanceof Error)) return { text: String(error), status: exitCodes.unusable };
  // By name: the classes' modules take longer to load than a mistake on the command line to be told.
  if (REFUSALS.has(error.name))
    return { text: error.message.replace(/\s+/g, " "), status: exitCodes.refused };
  return { text: mistake(error) ?? error.stack ?? error.message, status: exitCodes.unusable };
}
