import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { enter } from "../enter";
import { drift, type EngineRun } from "./command";

/** Entry point of `npm run drift`. */

const MAX_OUTPUT_BYTES = 512 * 1024 * 1024;

const runPulumi = (args: readonly string[]): Promise<EngineRun | undefined> =>
  new Promise((resolve) => {
    execFile("pulumi", args, { maxBuffer: MAX_OUTPUT_BYTES }, (error, stdout, stderr) => {
      if (error?.code === "ENOENT") resolve(undefined);
      else resolve({ status: error ? (typeof error.code === "number" ? error.code : 1) : 0, stdout, stderr });
    });
  });

enter((argv) =>
  drift(argv, {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    runPulumi,
    readFile: (path) => readFileSync(path, "utf8"),
  }),
);
