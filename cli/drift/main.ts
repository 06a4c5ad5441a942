import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { UsageError } from "../usageError";
import { drift, exitCodes, type EngineRun } from "./command";

/** Entry point of `npm run drift`. */

const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;

const runPulumi = (args: readonly string[]): Promise<EngineRun | undefined> =>
  new Promise((resolve) => {
    execFile("pulumi", args, { maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (error?.code === "ENOENT") resolve(undefined);
      else resolve({ status: error ? (typeof error.code === "number" ? error.code : 1) : 0, stdout, stderr });
    });
  });

for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    // The reader left, as `head` does when it has seen enough: nobody is there to be told.
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
}

process.exitCode = exitCodes.unusable;
drift(process.argv.slice(2), {
  env: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  runPulumi,
  readFile: (path) => readFileSync(path, "utf8"),
}).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    const text =
      error instanceof UsageError
        ? error.message.replace(/\s+/g, " ")
        : error instanceof Error
          ? (error.stack ?? error.message)
          : String(error);
    process.stderr.write(`error: ${text}\n`);
    process.exitCode = exitCodes.unusable;
  },
);
