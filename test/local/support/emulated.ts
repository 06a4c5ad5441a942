import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmulator, type Emulator } from "../../../cli/local/emulator/emulator";
import { preparePython } from "../../../cli/local/emulator/python";
import { projectDir } from "./running";

export const accountId = "123456789012";
export const region = "eu-west-1";

export interface Emulated {
  readonly emulator: Emulator;
  /** For what the test writes itself. */
  readonly folder: string;
  /** Of the SDK's clients. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

/** An emulator of its own, with nothing in it. */
export async function startEmulated(what: string): Promise<Emulated> {
  const { signal } = new AbortController();
  const cacheDir = join(projectDir, ".local");
  mkdirSync(cacheDir, { recursive: true });
  const python = await preparePython({
    cacheDir,
    requirements: join(projectDir, "cli", "local", "emulator", "requirements.txt"),
    onProgress: () => undefined,
    signal,
  });
  const folder = mkdtempSync(join(tmpdir(), `fase-b-${what}-`));
  const emulator = await startEmulator({ python, folder, accountId, region }, signal);
  const credentials = { accessKeyId: accountId, secretAccessKey: "example" };
  return { emulator, folder, client: { endpoint: emulator.api.url, region, credentials } };
}
