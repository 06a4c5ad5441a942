import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { referenceUrl } from "./referenceClient";

const port = Number(new URL(referenceUrl).port);

const answers = (host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2_000 });
    const settle = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", settle(true)).once("error", settle(false)).once("timeout", settle(false));
  });

const lives = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("the process of DynamoDB Local", () => {
  it("listens on the loopback and on no other address of the machine", async () => {
    const others = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, scopeid }) => !internal && !scopeid)
      .map(({ address }) => address);
    expect(await answers("127.0.0.1")).toBe(true);
    for (const address of others) expect([address, await answers(address)]).toEqual([address, false]);
  });

  it("ends with whoever started it, also where that is killed", async () => {
    const starter = spawn(
      process.execPath,
      [`--require=${join(__dirname, "../../runtime/register.cjs")}`, join(__dirname, "starter.ts")],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const [line] = (await once(createInterface(starter.stdout), "line")) as [string];
    const pid = Number(line);
    expect(lives(pid)).toBe(true);
    starter.kill("SIGKILL");
    for (let tried = 0; tried < 100 && lives(pid); tried += 1) await sleep(100);
    expect(lives(pid)).toBe(false);
  });
});
