import { createInterface } from "node:readline/promises";
import { enter } from "../enter";
import { explained, letterCommand } from "./command";

/** Entry point of `npm run letter`. Loads as little as it can: a mistake on the command line is told at once. */

// By `require`, since `import()` would bypass the hook that compiles TypeScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const loadRun = (): typeof import("./run") => require("./run");

async function ask(question: string): Promise<string> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    // Who ends the input instead of answering has not agreed.
    const ended = new Promise<string>((resolve) => reader.once("close", () => resolve("")));
    return await Promise.race([reader.question(question), ended]);
  } finally {
    reader.close();
  }
}

enter(
  (argv) =>
    letterCommand(argv, {
      cwd: process.cwd(),
      env: process.env,
      stdout: process.stdout,
      stderr: process.stderr,
      nowMs: Date.now,
      ...(process.stdin.isTTY ? { ask } : {}),
      loadRun,
    }),
  explained,
);
