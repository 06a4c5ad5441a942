import { explained } from "../audit/command";
import { exitCodes, type ExitCode } from "../outcome";
import type { Output } from "../style";
import { help, parseOptions } from "./options";

export { explained };

export interface Surroundings {
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly nowMs: () => number;
  /** Loads what an audit needs; not called for a mistake on the command line. */
  readonly loadRun: () => Pick<typeof import("./run"), "run">;
}

/** `npm run message`: returns the exit status; see {@link explained} for what it throws. */
export async function messageCommand(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const options = parseOptions(argv);
  if (options === undefined) {
    surroundings.stdout.write(help);
    return exitCodes.ok;
  }
  return surroundings.loadRun().run(options, surroundings);
}
