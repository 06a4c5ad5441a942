import { exitCodes, type ExitCode } from "../outcome";
import type { TrustedRoles } from "../../infra/release/trustedRoles";
import type { Output } from "../style";
import { help, parseOptions } from "./options";

export interface Surroundings {
  readonly cwd: string;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly nowMs: () => number;
  /** Whose keys count. @default what the code says; a test has keys of its own */
  readonly trustedRoles?: TrustedRoles;
  /** Loads what an audit needs; not called for a mistake on the command line. */
  readonly loadRun: () => Pick<typeof import("./run"), "run">;
}

/** `npm run message`: returns the exit status. */
export async function messageCommand(argv: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const options = parseOptions(argv);
  if (options === undefined) {
    surroundings.stdout.write(help);
    return exitCodes.ok;
  }
  return surroundings.loadRun().run(options, surroundings);
}
