import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { createServer, connect, type AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { Caller } from "./support/calls";
import { command, localDir, Running } from "./support/running";

/** What of this run, its emulator and its functions is left of them in the list of processes. */
function processesOf(folder: string): readonly string[] {
  const listed = execFileSync("ps", ["-A", "-o", "pid=,args="], { encoding: "utf8" });
  return listed.split("\n").filter((line) => line.includes(folder));
}

const isFree = async (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", () => resolve(true));
  });

async function outputOf(
  args: readonly string[],
): Promise<{ status: number | null; out: string; err: string }> {
  const child = command(args);
  let [out, err] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString("utf8")));
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString("utf8")));
  await once(child, "close");
  return { status: child.exitCode, out, err };
}

describe("npm run local", () => {
  it("explains itself", async () => {
    const { status, out } = await outputOf(["--help"]);
    expect([status, out]).toEqual([0, expect.stringContaining("Usage: npm run local")]);
  });

  it.each([
    [["--nothing"], /unknown option --nothing; allowed: --port/],
    [["--port", "99999"], /--port: got "99999"; allowed: 0 to 65535/],
    [["--port"], /--port needs a value/],
    [["--quiet=yes"], /--quiet takes no value/],
    [["--stack", "../x"], /--stack: got/],
    [["--config-file", "none.yaml"], /none\.yaml is no file/],
    [["something"], /unknown argument "something"/],
    [["--port", "1", "agents"], /a running npm run local: got none/],
  ] as const)("refuses %j in one line and ends with 2", async (args, message) => {
    const { status, out, err } = await outputOf(args);
    expect([status, out]).toEqual([2, ""]);
    expect(err).toMatch(message);
    expect(err.trim().split("\n")).toHaveLength(1);
  });

  it("says which port is taken, before it starts anything", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const { status, err } = await outputOf(["--port", String(port)]);
    expect([status, err]).toEqual([2, expect.stringMatching(/--port: got \d+, which is taken/)]);
    expect(existsSync(`${localDir}/run-${port}`)).toBe(false);
    server.close();
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "leaves nothing behind after %s, and ends with 0",
    async (signal) => {
      const running = await Running.start();
      const { folder, port } = running;
      const caller = new Caller(running, "web-app");
      // With functions running, and one of them in the middle of a call.
      expect((await caller.chat()).status).toBe(200);
      await running.tell("agent", "chat-01", "--latency", "20000");
      const cut = caller.chat().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(processesOf(folder).length).toBeGreaterThan(2);
      const state = await running.state();
      expect(await running.stop(signal)).toBe(0);
      await cut;
      caller.close();
      expect(processesOf(folder)).toEqual([]);
      expect(existsSync(folder)).toBe(false);
      expect(await isFree(port)).toBe(true);
      for (const { url } of state.agents) expect(await isFree(Number(new URL(url).port))).toBe(true);
      expect(readdirSync(localDir).filter((name) => name.startsWith("run-"))).toEqual([]);
    },
  );

  it("leaves nothing behind when it is killed", async () => {
    const running = await Running.start();
    const { folder, port } = running;
    const caller = new Caller(running, "web-app");
    expect((await caller.chat()).status).toBe(200);
    caller.close();
    await running.stop("SIGKILL");
    await expect.poll(() => processesOf(folder), { timeout: 15_000 }).toEqual([]);
    await expect.poll(() => existsSync(folder), { timeout: 15_000 }).toBe(false);
    expect(await isFree(port)).toBe(true);
  });

  it("says so, cleans up and ends with 1 when the emulator breaks down", async () => {
    const running = await Running.start();
    const { folder } = running;
    const emulator = processesOf(folder).find((line) => line.includes("guard.py"));
    const guard = Number(emulator?.trim().split(" ")[0]);
    const children = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).split("\n");
    const child = children
      .map((line) => line.trim().split(/\s+/))
      .find(([, parent]) => parent === String(guard));
    process.kill(Number(child?.[0]), "SIGKILL");
    await once(running.child, "exit");
    expect(running.child.exitCode).toBe(1);
    expect(running.shown).toMatch(
      /error: the emulator: got its end .*; allowed: a running one; fix: start again/s,
    );
    expect(processesOf(folder)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
    await running.stop();
  });

  it("is told what to do from another terminal, and refuses what it does not understand", async () => {
    const running = await Running.start();
    const port = ["--port", String(running.port)];
    const changed = await outputOf([...port, "agent", "chat-01", "--fail", "50%", "--latency", "10-20"]);
    expect([changed.status, changed.out]).toEqual([
      0,
      expect.stringMatching(/chat-01 +50% status +10-20 ms/),
    ]);
    const refused = await outputOf([...port, "agent", "chat-99", "--fail", "50%"]);
    expect([refused.status, refused.err]).toEqual([
      2,
      expect.stringMatching(/agent: got "chat-99"; allowed: all, .*chat-01/),
    ]);
    expect((await running.agent("chat-01")).behaviour).toMatchObject({
      failPercent: 50,
      latencyMs: [10, 20],
    });
    await running.stop();
  });
});
