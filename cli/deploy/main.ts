import { spawn } from "node:child_process";
import { createInterface } from "node:readline/promises";
import { enter } from "../enter";
import { deployCommand, explained, type EngineCall, type EngineRun } from "./command";

/** Entry point of `npm run deploy`. Loads as little as it can: a mistake on the command line is told at once. */

// By `require`, since `import()` would bypass the hook that compiles TypeScript.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const loadRun = (): typeof import("./run") => require("./run");

const runPulumi = (
  args: readonly string[],
  { projectDir, env, shown = false }: EngineCall,
): Promise<EngineRun | undefined> =>
  new Promise((resolve, reject) => {
    const stdio = shown ? "inherit" : "pipe";
    const child = spawn("pulumi", [...args], {
      cwd: projectDir,
      // Also where the command itself is looked for.
      env,
      stdio: ["inherit", stdio, stdio],
    });
    const said = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    child.stdout?.on("data", (chunk: Buffer) => said.stdout.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => said.stderr.push(chunk));
    child.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") resolve(undefined);
      else reject(error);
    });
    child.once("close", (status) =>
      resolve({
        // Ended by a signal: failed, whatever it had done.
        status: status ?? 1,
        stdout: Buffer.concat(said.stdout).toString("utf8"),
        stderr: Buffer.concat(said.stderr).toString("utf8"),
      }),
    );
  });

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await terminal.question(question);
  } finally {
    terminal.close();
  }
}

enter(
  (argv) =>
    deployCommand(argv, {
      cwd: process.cwd(),
      env: process.env,
      stdout: process.stdout,
      stderr: process.stderr,
      nowMs: Date.now,
      runPulumi,
      ...(process.stdin.isTTY ? { ask } : {}),
      loadRun,
    }),
  explained,
);
