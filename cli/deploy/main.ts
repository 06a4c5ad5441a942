import { askAtTerminal } from "../askAtTerminal";
import { enter } from "../enter";
import { deployCommand, explained } from "./command";
import { runPulumi } from "./engine";

/** Entry point of `npm run deploy`. Loads as little as it can: a mistake on the command line is told at once. */

// By `require`, since `import()` would bypass the hook that compiles TypeScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const loadRun = (): typeof import("./run") => require("./run");

enter(
  (argv) =>
    deployCommand(argv, {
      cwd: process.cwd(),
      env: process.env,
      stdout: process.stdout,
      stderr: process.stderr,
      nowMs: Date.now,
      runPulumi,
      ...(process.stdin.isTTY ? { ask: askAtTerminal } : {}),
      loadRun,
    }),
  explained,
);
