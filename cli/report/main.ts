import { enter } from "../enter";
import { reportCommand } from "./command";

/** Entry point of `npm run report`. Loads as little as it can: a mistake on the command line is told at once. */

// By `require`, since `import()` would bypass the hook that compiles TypeScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const loadRun = (): typeof import("./run") => require("./run");

enter((argv) =>
  reportCommand(argv, {
    cwd: process.cwd(),
    env: process.env,
    stdout: process.stdout,
    nowMs: Date.now,
    loadRun,
  }),
);
