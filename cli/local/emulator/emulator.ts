import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalError } from "../errors";
import { EmulatorApi } from "./emulatorApi";

/** On a busy machine Python takes a while to load a hundred services. */
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;
const POLL_MS = 50;
const SHOWN_LOG_CHARACTERS = 600;

export interface EmulatorOptions {
  readonly python: string;
  /** The run's folder, which is removed with everything in it when the run ends. */
  readonly folder: string;
  readonly accountId: string;
  readonly region: string;
}

export interface Emulator {
  readonly api: EmulatorApi;
  /** Ends when the emulator has ended by itself. */
  readonly ended: Promise<LocalError>;
  /** Ends everything that it started and removes the folder. */
  stop(): Promise<void>;
}

/** Starts ministack on loopback, in a process group that ends when this process does, however it ends. */
export async function startEmulator(options: EmulatorOptions, signal: AbortSignal): Promise<Emulator> {
  const { python, folder, accountId, region } = options;
  const port = await freePort();
  const temporary = join(folder, "tmp");
  mkdirSync(temporary, { recursive: true });
  const logFile = join(folder, "emulator.log");
  const log = openSync(logFile, "a");
  const guard = spawn(python, ["-u", join(__dirname, "guard.py"), folder, "ministack"], {
    detached: true,
    stdio: ["pipe", log, log],
    cwd: folder,
    // Only what is named here: nothing of the caller's environment, credentials least of all, reaches a function.
    env: {
      PATH: [dirname(process.execPath), process.env["PATH"] ?? ""].join(":"),
      HOME: temporary,
      TMPDIR: temporary,
      BIND_HOST: "127.0.0.1",
      GATEWAY_PORT: String(port),
      MINISTACK_HOST: "127.0.0.1",
      MINISTACK_REGION: region,
      MINISTACK_ACCOUNT_ID: accountId,
      MINISTACK_WORKER_THREADS: "256",
      LAMBDA_EXECUTOR: "local",
      LAMBDA_ACCOUNT_CONCURRENCY: "1000",
      STATE_DIR: join(temporary, "state"),
      S3_DATA_DIR: join(temporary, "s3"),
      // No container is ours to remove: the emulator sweeps its own when it finds Docker.
      DOCKER_HOST: "unix:///nonexistent.sock",
      SFTP_ENABLED: "0",
      LOG_LEVEL: "WARNING",
    },
  });
  closeSync(log);
  let stopping = false;
  const exited = new Promise<string>((resolve) => {
    guard.once("error", (error) => resolve(error.message));
    guard.once("exit", (status, byWhat) => resolve(byWhat ?? `status ${status}`));
  });
  const died = exited.then(
    (how) =>
      new LocalError({
        what: "the emulator",
        got: `its end (${how}) ${lastWords(logFile)}`,
        allowed: "a running one",
        fix: "start again; if it happens again, look at cli/local/README.md",
      }),
  );
  // The other end of the pipe: what is written to it after the guard's end is no news.
  guard.stdin?.on("error", () => undefined);

  const stop = async (): Promise<void> => {
    stopping = true;
    guard.stdin?.end();
    await Promise.race([exited, sleep(STOP_LIMIT_MS, undefined, { ref: false })]);
    // Only of use when the guard itself was killed.
    if (guard.pid !== undefined) killGroup(guard.pid);
  };
  const api = new EmulatorApi({ port, accountId, region });
  try {
    await Promise.race([
      api.ready(START_LIMIT_MS, POLL_MS, signal),
      died.then((error) => Promise.reject(error)),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    api,
    ended: new Promise((resolve) => void died.then((error) => (stopping ? undefined : resolve(error)))),
    stop,
  };
}

function killGroup(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch {
    // Nobody is left in it.
  }
}

function lastWords(logFile: string): string {
  try {
    return readFileSync(logFile, "utf8").trim().slice(-SHOWN_LOG_CHARACTERS);
  } catch {
    return "";
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
