import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = join(__dirname, "..", "..");
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "fase-b-engine-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A process of its own, with a `pulumi` that takes its time to end; the signal reaches it when the engine works. */
const interrupted = (signal: NodeJS.Signals, reaches: "all" | "the command"): Promise<string> =>
  new Promise((resolve, reject) => {
    writeFileSync(
      join(folder, "pulumi"),
      "#!/bin/sh\ntrap 'sleep 0.3; exit 7' INT TERM\necho working >&2\nwhile true; do sleep 0.05; done\n",
      { mode: 0o755 },
    );
    const script = `
      const { runPulumi } = require("./cli/deploy/engine.ts");
      const how = { projectDir: process.cwd(), env: process.env, shown: true };
      runPulumi(["up"], how).then(({ status }) => console.log("ended with " + status + ", and the rest was done"));`;
    const command = spawn(process.execPath, ["--require=./runtime/register.cjs", "-e", script], {
      cwd: ROOT,
      env: { ...process.env, PATH: `${folder}:${process.env["PATH"] ?? ""}` },
      // A group of its own, as a terminal has.
      detached: true,
    });
    let said = "";
    command.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    command.stderr.once("data", () => {
      const { pid } = command;
      if (pid !== undefined) process.kill(reaches === "all" ? -pid : pid, signal);
    });
    command.once("error", reject);
    command.once("close", () => resolve(said.trim()));
    // Whatever the command left behind ends with the test.
    command.once("exit", () => setTimeout(() => kill(command.pid, "SIGKILL"), 2_000).unref());
  });

function kill(group: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (group !== undefined) process.kill(-group, signal);
  } catch {
    // It has ended, as it should.
  }
}

describe("an update that is interrupted", () => {
  it.each<[NodeJS.Signals, "all" | "the command"]>([
    ["SIGINT", "all"],
    ["SIGTERM", "the command"],
  ])("waits for the engine to end what it has begun: %s to %s", async (signal, reaches) => {
    expect(await interrupted(signal, reaches)).toBe("ended with 7, and the rest was done");
  });
});
