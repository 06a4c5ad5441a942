import { exitCodes, explained as explainedAlone, type ExitCode, type Told } from "./outcome";

/** When the reader leaves, as `head` does when it has seen enough, nobody is there to be told. */
export function leaveWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit();
      throw error;
    });
  }
}

/**
 * Runs a command as this process: its status is the exit status, what it throws is told on standard error.
 *
 * @param command given the command line, returns the status
 */
export function enter(
  command: (argv: readonly string[]) => ExitCode | Promise<ExitCode>,
  explained: (error: unknown) => Told = explainedAlone,
): void {
  leaveWithReader();
  process.exitCode = exitCodes.unusable;
  const run = async (): Promise<ExitCode> => command(process.argv.slice(2));
  run().then(
    (status) => {
      process.exitCode = status;
    },
    (error: unknown) => {
      const { text, status } = explained(error);
      process.stderr.write(`error: ${text}\n`);
      process.exitCode = status;
    },
  );
}
