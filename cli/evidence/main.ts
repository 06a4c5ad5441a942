import { enter } from "../enter";
import { evidenceCommand, explained } from "./command";

/** Entry point of `npm run evidence`. Loads as little as it can: a mistake on the command line is told at once. */

// By `require`, since `import()` would bypass the hook that compiles TypeScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const loadRun = (): typeof import("./run") => require("./run");

// Which Node.js this runs on is the project's to settle, and nothing that who collects can do about.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const stopped = new AbortController();
process.once("SIGINT", () => stopped.abort());

enter(
  (argv) =>
    evidenceCommand(argv, {
      cwd: process.cwd(),
      env: process.env,
      stdout: process.stdout,
      stderr: process.stderr,
      nowMs: Date.now,
      signal: stopped.signal,
      loadRun,
    }),
  explained,
);
