import { exitCodes, explained, sbomCommand } from "./command";

/** Entry point of `npm run sbom`. Loads as little as it can: a mistake on the command line is told at once. */

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

process.exitCode = exitCodes.unusable;
sbomCommand(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  stdout: process.stdout,
  loadRun,
}).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`error: ${explained(error)}\n`);
  },
);
