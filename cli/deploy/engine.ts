import { spawn } from "node:child_process";
import type { EngineCall, EngineRun } from "./command";

/**
 * Runs `pulumi`, and does not leave before it: an interrupt reaches both, the engine ends what it has begun, and what is kept for it is then
 * taken away. From the terminal it has the interrupt itself, and a second one would break it off; what ends this process alone is handed on.
 * https://www.pulumi.com/docs/iac/cli/commands/pulumi_cancel/
 */
export const runPulumi = (
  args: readonly string[],
  { projectDir, env, shown = false }: EngineCall,
): Promise<EngineRun | undefined> =>
  new Promise((resolve, reject) => {
    const wait = (): void => undefined;
    const handOn = (): void => void child.kill("SIGTERM");
    // Before there is an engine that could be left alone.
    process.on("SIGINT", wait).on("SIGTERM", handOn);
    const stdio = shown ? "inherit" : "pipe";
    const child = spawn("pulumi", [...args], {
      cwd: projectDir,
      // Also where the command itself is looked for.
      env,
      stdio: ["inherit", stdio, stdio],
    });
    const ended = (): void => void process.off("SIGINT", wait).off("SIGTERM", handOn);
    const said = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    child.stdout?.on("data", (chunk: Buffer) => said.stdout.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => said.stderr.push(chunk));
    child.once("error", (error: NodeJS.ErrnoException) => {
      ended();
      if (error.code === "ENOENT") resolve(undefined);
      else reject(error);
    });
    child.once("close", (status) => {
      ended();
      resolve({
        // Ended by a signal: failed, whatever it had done.
        status: status ?? 1,
        stdout: Buffer.concat(said.stdout).toString("utf8"),
        stderr: Buffer.concat(said.stderr).toString("utf8"),
      });
    });
  });
