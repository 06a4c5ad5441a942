import { describe, expect, it } from "vitest";
import { descendants, processorSecondsOf, run } from "./processTree";

describe("a measured command", () => {
  it("is counted with all that descend from it and with nothing else", () => {
    const row = (pid: number, parent: number) => ({ pid, parent, residentKiB: 1 });
    const rows = [row(1, 0), row(10, 1), row(11, 10), row(12, 11), row(20, 1), row(21, 20)];
    expect(descendants(10, rows).map(({ pid }) => pid)).toEqual([10, 11, 12]);
    expect(descendants(99, rows)).toEqual([]);
  });

  it("hands back its output and its exit status", async () => {
    const result = await run({
      file: process.execPath,
      args: ["-e", "console.log('out'); console.error('err'); process.exitCode = 3"],
      cwd: __dirname,
    });
    expect(result).toMatchObject({ status: 3, stdout: "out\n", stderr: "err\n" });
  });

  it("takes memory of what it started into account", async () => {
    const grandchild = "const all = Buffer.alloc(200 * 1024 * 1024, 1); setTimeout(() => all, 600)";
    const child = `require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(grandchild)}])`;
    const { peakMiB } = await run({ file: process.execPath, args: ["-e", child], cwd: __dirname });
    expect(peakMiB).toBeGreaterThan(200);
  });

  // Other systems don't tell it of a process that runs.
  it.runIf(process.platform === "linux")("has used the processor for as long as it was busy", () => {
    const before = processorSecondsOf(process) ?? Number.NaN;
    const { user } = process.cpuUsage();
    while (process.cpuUsage({ user, system: 0 }).user < 60_000);
    expect((processorSecondsOf(process) ?? Number.NaN) - before).toBeGreaterThan(0.03);
  });

  it("is refused where there is no such command", async () => {
    await expect(run({ file: "no-such-command", args: [], cwd: __dirname })).rejects.toThrow("ENOENT");
  });
});
