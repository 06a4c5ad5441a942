import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { formatLedger, LEDGER_FILE, readLedger, type Ledger } from "../../infra/trust/ledger";
import { ClientError } from "./errors";

/** A request is smaller; more is another file. */
const MAX_REQUEST_BYTES = 65_536;

/** @throws ClientError; nothing of the file is in its message */
export function readRequestFile(path: string): string {
  try {
    if (statSync(path).size > MAX_REQUEST_BYTES)
      throw new ClientError({
        what: `--csr ${path}`,
        got: `more than ${MAX_REQUEST_BYTES} bytes`,
        allowed: "a certificate request in PEM",
        fix: "name the request",
      });
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof ClientError) throw error;
    throw new ClientError({
      what: `--csr ${path}`,
      got: codeOf(error),
      allowed: "a file that can be read",
      fix: "name the request that the client sent",
    });
  }
}

/** What stands at a place, if anything. */
export const textAt = (path: string): string | undefined =>
  existsSync(path) ? readFileSync(path, "utf8") : undefined;

/**
 * A file that appears whole or not at all. Opened before anything is issued, so that a folder that can't be written to is
 * told while it costs nothing.
 */
export class FileToBe {
  private constructor(
    private readonly path: string,
    private readonly draft: string,
    private readonly handle: number,
    private readonly overwrite: boolean,
  ) {}

  /** @throws ClientError where something stands that may not be overwritten, or nothing can be written */
  static open(path: string, overwrite: boolean): FileToBe {
    const draft = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
    try {
      return new FileToBe(path, draft, openSync(draft, "wx", 0o644), overwrite);
    } catch (error) {
      throw new ClientError({
        what: path,
        got: codeOf(error),
        allowed: "a place in a folder that is there and can be written to",
        fix: "name another with --out, or make the folder",
      });
    }
  }

  /** @throws ClientError where something stands by now */
  write(text: string): void {
    writeSync(this.handle, text);
    fsyncSync(this.handle);
    if (this.overwrite) return renameSync(this.draft, this.path);
    try {
      // Unlike a renaming it never takes the place of what stands there.
      linkSync(this.draft, this.path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      throw isThere(this.path);
    }
  }

  /** Leaves no draft behind. */
  close(): void {
    closeSync(this.handle);
    rmSync(this.draft, { force: true });
  }
}

export const isThere = (path: string): ClientError =>
  new ClientError({
    what: path,
    got: "a file that is there",
    allowed: "a place without one",
    fix: "name another with --out, or overwrite it with --force",
  });

export interface LedgerFile {
  read(): Ledger;
  /** Reads, changes and writes while no other run does. */
  change(how: (ledger: Ledger) => Ledger): Promise<void>;
}

/** A run holds the ledger for milliseconds. */
const LOCK_WAIT_MS = 10_000;
const LOCK_RETRY_MS = 25;

/** @param folder `stacks/<stack>` */
export const ledgerIn = (folder: string, lockWaitMs = LOCK_WAIT_MS): LedgerFile => ({
  read: () => readLedger(folder),
  change: (how) =>
    whileLocked(join(folder, `${LEDGER_FILE}.lock`), lockWaitMs, () => {
      const before = readLedger(folder);
      const text = formatLedger(how(before));
      if (text === formatLedger(before)) return;
      const file = FileToBe.open(join(folder, LEDGER_FILE), true);
      try {
        file.write(text);
      } finally {
        file.close();
      }
    }),
});

/**
 * A file that only one can make (`wx`): without it two runs that read at the same time would lose what one of them wrote.
 *
 * @throws ClientError where another run does not let go of it
 */
export async function whileLocked(path: string, waitMs: number, act: () => void): Promise<void> {
  const handle = await lock(path, waitMs);
  try {
    // For people who find it.
    writeSync(handle, `${process.pid}\n`);
    act();
  } finally {
    closeSync(handle);
    rmSync(path, { force: true });
  }
}

async function lock(path: string, waitMs: number): Promise<number> {
  for (const giveUpAt = performance.now() + waitMs; ; await sleep(LOCK_RETRY_MS)) {
    try {
      return openSync(path, "wx", 0o644);
    } catch (error) {
      if (codeOf(error) !== "EEXIST")
        throw new ClientError({
          what: path,
          got: codeOf(error),
          allowed: "a place in a folder that is there and can be written to",
          fix: "make the folder, or get the right to write in it",
        });
      if (performance.now() >= giveUpAt)
        throw new ClientError({
          what: path,
          got: `the lock of another run, still there after ${waitMs / 1000} s`,
          allowed: "one run at a time that changes the ledger",
          fix: "wait and run the command again; if no other run is under way, one was broken off: remove the file",
        });
    }
  }
}

const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.name : typeof error);
