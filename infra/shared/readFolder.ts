import { lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** A file below a folder: its path there, with slashes, and what is in it. */
export interface FoundFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface FolderLimits {
  /** More is no folder of that kind, and would be read for hours. */
  readonly maxFiles: number;
  /** Of a larger one as much is read as shows it: one byte more. */
  readonly maxBytes: number;
  /** Whether there may be folders in it. @default true */
  readonly folders?: boolean;
  /** Makes the error of what cannot be read. */
  readonly refuse: (what: string, got: string) => Error;
}

/**
 * All files below a folder, in the order of their names; none where there is no folder. A draft that a broken-off run left (`.….part`) is
 * no file of it.
 *
 * @throws what `refuse` makes, for a link, or what cannot be read
 */
export function readFolder(
  folder: string,
  { maxFiles, maxBytes, folders = true, refuse }: FolderLimits,
): readonly FoundFile[] {
  const files: FoundFile[] = [];
  const namesIn = (path: string): readonly string[] => {
    try {
      return readdirSync(path).sort();
    } catch (error) {
      if (codeOf(error) === "ENOENT") return [];
      throw refuse(path, codeOf(error));
    }
  };
  const bytesOf = (full: string): Uint8Array => {
    if (statSync(full).size > maxBytes) return new Uint8Array(maxBytes + 1);
    try {
      return readFileSync(full);
    } catch (error) {
      throw refuse(full, codeOf(error));
    }
  };
  const walk = (below: string): void => {
    for (const name of namesIn(join(folder, below))) {
      const path = below === "" ? name : `${below}/${name}`;
      const full = join(folder, path);
      const stat = lstatSync(full);
      if (stat.isDirectory() && folders) walk(path);
      else if (!stat.isFile()) throw refuse(full, stat.isDirectory() ? "a folder" : "no plain file");
      else if (!/^\..*\.part$/.test(name)) files.push({ path, bytes: bytesOf(full) });
      if (files.length > maxFiles) throw refuse(folder, `more than ${maxFiles} files`);
    }
  };
  walk("");
  return files;
}

const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.name : typeof error);
