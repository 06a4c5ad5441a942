/** Reading a folder without trusting what lies in it: no link is followed, nothing is read that is too large, and nothing throws. */
import { lstatSync, readdirSync, readFileSync, type Dirent } from "node:fs";
import type { FoundFile } from "../lib/release/record";

export interface Limits {
  readonly files: number;
  readonly bytes: number;
  readonly depth: number;
}

/**
 * A file's bytes; `undefined` where there is none.
 *
 * @param path from the repository's root, as it is named in a defect
 */
export function readFileAt(
  root: string,
  path: string,
  bytes: number,
  defects: string[],
): Uint8Array | undefined {
  const place = `${root}/${path}`;
  try {
    const stat = lstatSync(place, { throwIfNoEntry: false });
    if (!stat) return undefined;
    if (!stat.isFile()) defects.push(`${path}, which is ${stat.isSymbolicLink() ? "a link" : "no file"}`);
    else if (stat.size > bytes) defects.push(`${path}, which has more than ${bytes} bytes`);
    else return readFileSync(place);
  } catch (error) {
    defects.push(`${path}, which cannot be read${codeOf(error)}`);
  }
  return undefined;
}

/** Every file below a folder, by its path there, in the order of paths; none where the folder is not there. */
export function readFilesBelow(
  root: string,
  folder: string,
  limits: Limits,
  defects: string[],
): readonly FoundFile[] {
  const found: FoundFile[] = [];
  let count = 0;
  const walk = (below: string, depth: number): void => {
    const at = below === "" ? folder : `${folder}/${below}`;
    const entries = entriesOf(root, at, defects);
    for (const { name } of entries) {
      // A draft that a broken-off run has left.
      if (/^\..*\.part$/.test(name)) continue;
      count += 1;
      if (count > limits.files) return;
      const path = below === "" ? name : `${below}/${name}`;
      const stat = statOf(root, `${folder}/${path}`, defects);
      if (stat === "folder") {
        if (depth >= limits.depth) defects.push(`${folder}/${path}, which is a folder`);
        else walk(path, depth + 1);
        continue;
      }
      const bytes = readFileAt(root, `${folder}/${path}`, limits.bytes, defects);
      if (bytes) found.push({ path, bytes });
    }
  };
  walk("", 0);
  if (count > limits.files) defects.push(`${folder}, which has more than ${limits.files} files`);
  return found.sort((one, other) => (one.path < other.path ? -1 : 1));
}

function entriesOf(root: string, path: string, defects: string[]): readonly Dirent[] {
  const kind = statOf(root, path, defects);
  if (kind === undefined) return [];
  if (kind !== "folder") {
    defects.push(`${path}, which is no folder`);
    return [];
  }
  try {
    return readdirSync(`${root}/${path}`, { withFileTypes: true });
  } catch (error) {
    defects.push(`${path}, which cannot be read${codeOf(error)}`);
    return [];
  }
}

function statOf(root: string, path: string, defects: string[]): "folder" | "other" | undefined {
  try {
    const stat = lstatSync(`${root}/${path}`, { throwIfNoEntry: false });
    return stat && (stat.isDirectory() ? "folder" : "other");
  } catch (error) {
    defects.push(`${path}, which cannot be read${codeOf(error)}`);
    return undefined;
  }
}

/** ` (EACCES)`: what the system says of it, without the path on this machine. */
const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? ` (${error.code})` : "";
