import { exitCodes, isMendable, local } from "./command";

/** Entry point of `npm run local`. Loads as little as it can: a mistake on the command line is told at once. */

// By `require`, since `import()` would bypass the hook that compiles TypeScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const loadRun = (): typeof import("./run") => require("./run");

/** After this, whatever still keeps the process alive has had its time. */
const MAX_END_MS = 2_000;

const ending = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    // Somebody who asks twice does not want to wait; the emulator's guard sees the end and cleans up.
    if (ending.signal.aborted) process.exit(exitCodes.brokeDown);
    ending.abort();
  });
}
for (const stream of [process.stdout, process.stderr]) {
  // The reader left, as `head` does when it has seen enough: what runs goes on until it is ended.
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

function end(status: number): void {
  process.exitCode = status;
  setTimeout(() => process.exit(), MAX_END_MS).unref();
}

/** One line for what a person can mend; a stack trace only where the fault is the command's own. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return isMendable(error) ? error.message.replace(/\s+/g, " ") : (error.stack ?? error.message);
}

process.exitCode = exitCodes.unusable;
local(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: ending.signal,
  loadRun,
}).then(end, (error: unknown) => {
  process.stderr.write(`error: ${explain(error)}\n`);
  end(exitCodes.unusable);
});
