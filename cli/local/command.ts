import type { Output } from "../style";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { PreviewError } from "../preview/engine/errors";
import { findPaths } from "../preview/paths";
import { UsageError } from "../usageError";
import { LocalError } from "./errors";
import { DEFAULT_STACK } from "../words";
import { help, parseCommand } from "./options";
import { tell } from "./session";

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** Aborted by Ctrl-C and its like. */
  readonly signal: AbortSignal;
  /** Loads all that a run needs; not called for a mistake on the command line. */
  readonly loadRun: () => Pick<typeof import("./run"), "run">;
}

export const exitCodes = {
  ok: 0,
  /** A part of it broke down while it ran. */
  brokeDown: 1,
  /** The command line, the settings, the program or Python are wrong. */
  unusable: 2,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** `npm run local`: returns the exit status, throws UsageError, PreviewError or LocalError for what a person can mend. */
export async function local(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const command = parseCommand(argv);
  switch (command.kind) {
    case "help":
      surroundings.stdout.write(help);
      return exitCodes.ok;
    case "control":
      surroundings.stdout.write(await tell(localDirOf(surroundings.cwd), command.port, command.words));
      return exitCodes.ok;
    case "run": {
      const paths = findPaths(command.options, surroundings.cwd);
      return surroundings.loadRun().run(command.options, paths, surroundings);
    }
  }
}

const localDirOf = (cwd: string): string => {
  const { projectDir } = findPaths({ stack: DEFAULT_STACK }, cwd);
  return join(projectDir, ".local");
};

/** Whether a person can mend it, and so needs its message only. */
export const isMendable = (error: Error): boolean =>
  error instanceof LocalError || error instanceof PreviewError || error instanceof UsageError;
