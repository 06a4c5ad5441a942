import type { Output } from "../style";
import { mistake } from "../usageError";
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

export const exitCodes = {
  ok: 0,
  /** A clause is not met, a file is refused, or something outside stands against it. */
  refused: 1,
  /** The command line or the settings are wrong, or a fault of ours. */
  unusable: 2,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

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

const REFUSALS: ReadonlySet<string> = new Set(["EvidenceError", "FindingsError", "LedgerError", "PinsError"]);

/** What a person is told, and the exit status: one line for what can be mended, a stack trace for a fault of ours. */
export function explained(error: unknown): { readonly text: string; readonly status: ExitCode } {
  if (!(error instanceof Error)) return { text: String(error), status: exitCodes.unusable };
  // By name: the classes' modules take longer to load than a mistake on the command line to be told.
  if (REFUSALS.has(error.name))
    return { text: error.message.replace(/\s+/g, " "), status: exitCodes.refused };
  return { text: mistake(error) ?? error.stack ?? error.message, status: exitCodes.unusable };
}
