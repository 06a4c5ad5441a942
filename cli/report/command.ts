import { exitCodes, type ExitCode } from "../outcome";
import type { Output } from "../style";
import { help, parseOptions } from "./options";
import type { Print } from "./pdf/print";

export interface Surroundings {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Output;
  readonly nowMs: () => number;
  /** Loads what a report needs; not called for a mistake on the command line. */
  readonly loadRun: () => Pick<typeof import("./run"), "run">;
  /** @default by a Chromium that is there */
  readonly print?: Print;
}

/** `npm run report`: returns the exit status. */
export async function reportCommand(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const options = parseOptions(argv);
  if (options === undefined) {
    surroundings.stdout.write(help);
    return exitCodes.ok;
  }
  return (await surroundings.loadRun().run(options, surroundings)) ? exitCodes.ok : exitCodes.refused;
}
