import { mistake } from "./usageError";

/** What every command ends with. */
export const exitCodes = {
  ok: 0,
  /** What was asked about is not as it should be, or something stands against what was asked for. */
  refused: 1,
  /** The command line or the settings are wrong, or a fault of ours. */
  unusable: 2,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What a person is told of an error, and the exit status. */
export interface Told {
  readonly text: string;
  readonly status: ExitCode;
}

/**
 * One line for what a person can mend, a stack trace for a fault of ours.
 *
 * @param refusals errors that stand against the command, by name: the classes' modules take longer to load than a mistake on the
 *   command line to be told
 */
export function explained(error: unknown, refusals: readonly string[] = []): Told {
  if (!(error instanceof Error)) return { text: String(error), status: exitCodes.unusable };
  if (refusals.includes(error.name)) {
    // What could not be read was not judged either: bad input, as whatever else was named wrongly.
    const { unreadable } = error as Error & { readonly unreadable?: boolean };
    return {
      text: error.message.replace(/\s+/g, " "),
      status: unreadable === true ? exitCodes.unusable : exitCodes.refused,
    };
  }
  return { text: mistake(error) ?? error.stack ?? error.message, status: exitCodes.unusable };
}
