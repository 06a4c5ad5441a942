import { mkdirSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmulator } from "../../cli/local/emulator/emulator";
import { preparePython } from "../../cli/local/emulator/python";
import { LocalError } from "../../cli/local/errors";

const root = join(__dirname, "../..");

/** Names a DynamoDB-compatible store that already runs on this machine, e.g. `http://127.0.0.1:8000`. */
export const ENDPOINT_VARIABLE = "FASE_B_DYNAMODB_ENDPOINT";

export interface ReferenceStore {
  readonly url: string;
  stop(): Promise<void>;
}

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/**
 * The store that was named, or the emulator's own.
 *
 * @throws LocalError naming what is missing, or for an address that is not this machine's
 */
export async function startReferenceStore(): Promise<ReferenceStore> {
  const named = process.env[ENDPOINT_VARIABLE];
  if (named !== undefined && named !== "") return { url: checked(named), stop: () => Promise.resolve() };
  const signal = new AbortController().signal;
  const cacheDir = join(root, ".local");
  mkdirSync(cacheDir, { recursive: true });
  const python = await preparePython({
    cacheDir,
    requirements: join(root, "cli", "local", "emulator", "requirements.txt"),
    onProgress: console.log,
    signal,
  });
  const folder = mkdtempSync(join(tmpdir(), "fase-b-reference-"));
  const { api, stop } = await startEmulator(
    { python, folder, accountId: "123456789012", region: "eu-west-1" },
    signal,
  );
  return { url: api.url, stop };
}

/** Tests write, delete and fill tables: never those of somebody's account. */
function checked(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url !== undefined && url.protocol === "http:" && LOOPBACK.has(url.hostname)) return url.origin;
  throw new LocalError({
    what: ENDPOINT_VARIABLE,
    got: endpoint,
    allowed: "http:// with an address of this machine: the tests fill and delete tables",
    fix: "start a store here and name it, or leave the variable out",
  });
}
