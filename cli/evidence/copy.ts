import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { MAX_ENVELOPE_BYTES } from "../../infra/evidence/record/envelope";
import { EvidenceError } from "../../infra/evidence/record/problem";
import type { EvidenceFile } from "../../infra/evidence/record/verify";

/** More is no copy of ours, and would be read for hours. */
const MAX_FILES = 100_000;

/**
 * All files below a folder; none where there is no folder. A draft that a broken-off run left (`.….part`) is no file of it.
 *
 * @throws EvidenceError for a link, or what cannot be read
 */
export function readCopy(folder: string): readonly EvidenceFile[] {
  const files: EvidenceFile[] = [];
  const walk = (below: string): void => {
    for (const name of namesIn(join(folder, below))) {
      const path = below === "" ? name : `${below}/${name}`;
      const full = join(folder, path);
      const stat = lstatSync(full);
      if (stat.isDirectory()) walk(path);
      else if (!stat.isFile())
        throw new EvidenceError({
          what: full,
          got: "no plain file",
          allowed: "files and folders",
          fix: "take a copy that has no links",
        });
      else if (!/^\..*\.part$/.test(name)) files.push({ path, bytes: bytesOf(full) });
      if (files.length > MAX_FILES)
        throw new EvidenceError({
          what: folder,
          got: `more than ${MAX_FILES} files`,
          allowed: "a copy of the evidence",
          fix: "name its folder with --from",
        });
    }
  };
  walk("");
  return files;
}

/** Of what is too large only as much as shows it. */
function bytesOf(full: string): Uint8Array {
  if (statSync(full).size > MAX_ENVELOPE_BYTES) return new Uint8Array(MAX_ENVELOPE_BYTES + 1);
  try {
    return readFileSync(full);
  } catch (error) {
    throw new EvidenceError({
      what: full,
      got: codeOf(error),
      allowed: "a file that can be read",
      fix: "get the right to read it",
    });
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw new EvidenceError({
      what: folder,
      got: codeOf(error),
      allowed: "a folder that can be read",
      fix: "name the copy's folder with --from",
    });
  }
}

/**
 * Writes a file whole or not at all, and never over another.
 *
 * @throws EvidenceError
 */
export function writeOnce(path: string, bytes: Uint8Array, mode = 0o644): void {
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
    // Unlike a renaming it never takes the place of what stands there.
    linkSync(draft, path);
  } catch (error) {
    throw new EvidenceError({
      what: path,
      got: codeOf(error) === "EEXIST" ? "a file that is there" : codeOf(error),
      allowed: "a place without one, in a folder that can be written to",
      fix: "name another with --out",
    });
  } finally {
    rmSync(draft, { force: true });
  }
}

export const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.name : typeof error);
