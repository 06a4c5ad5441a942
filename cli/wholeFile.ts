import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";

export interface WholeFile {
  /** @default 0o644 */
  readonly mode?: number;
  /** Whether it may take the place of what stands there. @default false */
  readonly over?: boolean;
  /** Makes the error of what stands against it. */
  readonly refuse: (got: string) => Error;
}

/**
 * Writes a file whole or not at all.
 *
 * @throws what `refuse` makes
 */
export function writeWhole(
  path: string,
  bytes: Uint8Array,
  { mode = 0o644, over = false, refuse }: WholeFile,
): void {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    mkdirSync(dirname(path), { recursive: true });
    const handle = openSync(draft, "wx", mode);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    if (over) renameSync(draft, path);
    // Unlike a renaming it never takes the place of what stands there.
    else linkSync(draft, path);
  } catch (error) {
    throw refuse(codeOf(error) === "EEXIST" ? "a file that is there" : codeOf(error));
  } finally {
    forget(draft);
  }
}

/** Where there is no folder to write in there is no draft either, and the first error is the one to tell. */
function forget(draft: string): void {
  try {
    rmSync(draft, { force: true });
  } catch {
    // It was told why nothing could be written.
  }
}

export const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.name : typeof error);
