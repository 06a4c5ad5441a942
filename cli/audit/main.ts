import { enter } from "../enter";
import { auditCommand } from "./command";

/** Entry point of `npm run audit`. Loads as little as it can: a mistake on the command line is told at once. */

// By `require`, since `import()` would bypass the hook that compiles TypeScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const loadRun = (): typeof import("./run") => require("./run");

enter((argv) =>
  auditCommand(argv, {
    cwd: process.cwd(),
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    nowMs: Date.now,
    loadRun,
  }),
);
