import { evidenceCommand, exitCodes, explained } from "./command";

/** Entry point of `npm run evidence`. Loads as little as it can: a mistake on the command line is told at once. */

// By `require`, since `import()` would bypass the hook that compiles TypeScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const loadRun = (): typeof import("./run") => require("./run");

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // The reader left, as `head` does when it has seen enough: nobody is there to be told.
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
}

// Which Node.js this runs on is the project's to settle, and nothing that who collects can do about.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const stopped = new AbortController();
process.once("SIGINT", () => stopped.abort());

process.exitCode = exitCodes.unusable;
evidenceCommand(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  nowMs: Date.now,
  signal: stopped.signal,
  loadRun,
}).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    const { text, status } = explained(error);
    process.stderr.write(`error: ${text}\n`);
    process.exitCode = status;
  },
);
