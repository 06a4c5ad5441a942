import { execFile } from "node:child_process";
import { askAtTerminal } from "../askAtTerminal";
import { enter } from "../enter";
import { explained, rollbackCommand } from "./command";
import type { RunProgram } from "./history";
import { holdInterrupt } from "./interrupt";
import type { LoadRelease } from "./release";

/** Entry point of `npm run rollback`. Loads as little as it can: a mistake on the command line is told at once. */

// By `require`, since `import()` would bypass the hook that compiles TypeScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const loadRun = (): typeof import("./run") => require("./run");
const loadRelease: LoadRelease = () =>
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  require("../../infra/release/release") as ReturnType<LoadRelease>;

// Which Node.js this runs on is the project's to settle, and nothing that who rolls back can do about.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** Of a committed preview. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;
/** Who made a deployment is good to know, and nothing to wait for. */
const LIMIT_MS = 10_000;

const runProgram: RunProgram = (file, args, cwd) =>
  new Promise((resolve) => {
    execFile(file, [...args], { cwd, maxBuffer: MAX_OUTPUT_BYTES, timeout: LIMIT_MS }, (error, stdout) => {
      if (error?.code === "ENOENT") resolve(undefined);
      else resolve({ status: error === null ? 0 : typeof error.code === "number" ? error.code : 1, stdout });
    });
  });

enter(
  (argv) =>
    rollbackCommand(argv, {
      cwd: process.cwd(),
      env: process.env,
      stdout: process.stdout,
      stderr: process.stderr,
      nowMs: Date.now,
      runProgram,
      ...(process.stdin.isTTY ? { ask: askAtTerminal } : {}),
      holdInterrupt: () => holdInterrupt(process, process.stderr, Date.now),
      loadRelease,
      loadRun,
    }),
  explained,
);
