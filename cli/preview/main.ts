import { leaveWithReader } from "../enter";
import { UsageError } from "../usageError";
import { preview } from "./command";
import { exitCodes } from "./surroundings";

/** Entry point of `npm run preview`. Loads as little as it can: what an option needs is loaded when it is used. */

// Loaded when they are needed, so that a mistake on the command line is told at once, and by `require`, since
// `import()` would bypass the hook that compiles TypeScript.
/* eslint-disable @typescript-eslint/no-require-imports */
const loadStart = (): typeof import("./engine/start") => require("./engine/start");
const loadServe = (): typeof import("./engine/serve") => require("./engine/serve");
const loadReport = (): typeof import("./report") => require("./report");
const loadComment = (): typeof import("./commentReport") => require("./commentReport");
/* eslint-enable @typescript-eslint/no-require-imports */

/** After this, whatever still keeps the process alive has had its time. */
const MAX_END_MS = 2_000;

/**
 * Ends by itself, so that pipes get all of a long output and the compiled files reach their cache; a handle that
 * somebody forgot does not hold up the shell.
 */
function end(status: number): void {
  process.exitCode = status;
  setTimeout(() => process.exit(), MAX_END_MS).unref();
}

process.exitCode = exitCodes.unusable;
leaveWithReader();

/** One line for what a person can mend; a stack trace only where the fault is the command's own. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const mendable = error instanceof UsageError || error.name === "PreviewError";
  return mendable ? error.message.replace(/\s+/g, " ") : (error.stack ?? error.message);
}

preview(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  nowMs: Date.now,
  elapsedMs: () => performance.now(),
  runPreview: (options) => loadStart().startPreview(options, loadServe),
  loadReport,
  loadComment,
}).then(end, (error: unknown) => {
  process.stderr.write(`error: ${explain(error)}\n`);
  end(exitCodes.unusable);
});
