import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import * as path from "node:path";

/** Files, and what they were made from. */
export interface Made {
  /** Relative to the project's folder. */
  readonly inputs: readonly string[];
  /** By name; the names hold no folder. */
  readonly files: Readonly<Record<string, string>>;
}

/** A file as it lies there. */
export interface MadeFile {
  /** Absolute. */
  readonly path: string;
  readonly sha256: string;
}

/** Written last: who finds it finds the files that it names. */
const MANIFEST = "manifest.json";

/** A file's time may be that of the system's last tick, a little before the clock's. */
const CLOCK_GRAIN_MS = 100;

interface Manifest {
  readonly key: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** SHA-256 by name. */
  readonly files: Readonly<Record<string, string>>;
}

const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

/**
 * Makes files in a folder, and makes them again only when an input, the key or a file itself has changed. Runs beside
 * others of its kind: each file appears whole, and the same inputs make the same bytes.
 *
 * @param key whatever else the files depend on, e.g. options
 * @param anew without a look at what lies there: a file that was put there with its hash in the list is as good as one that was made
 * @returns the files, in the order in which they were made
 */
export async function madeFiles(
  projectDir: string,
  folder: string,
  { key, anew = false }: { readonly key: string; readonly anew?: boolean },
  make: () => Made | Promise<Made>,
): Promise<readonly MadeFile[]> {
  const known = anew ? undefined : readManifest(folder);
  if (known?.key === key && isFresh(projectDir, folder, known)) return filesIn(folder, known);
  const startedMs = Date.now();
  const { inputs, files } = await make();
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeWhole(folder, name, content);
  const manifest: Manifest = {
    key,
    inputs: Object.fromEntries(
      inputs.map((input) => {
        const { mtimeMs = Infinity } =
          statSync(path.join(projectDir, input), { throwIfNoEntry: false }) ?? {};
        // Saved while it was read, so that nobody knows which of the two was: made again next time.
        return [
          input,
          mtimeMs >= startedMs - CLOCK_GRAIN_MS ? "unsettled" : (stateOf(projectDir, input) ?? "gone"),
        ];
      }),
    ),
    files: Object.fromEntries(Object.entries(files).map(([name, content]) => [name, sha256(content)])),
  };
  writeWhole(folder, MANIFEST, JSON.stringify(manifest));
  return filesIn(folder, manifest);
}

const filesIn = (folder: string, { files }: Manifest): readonly MadeFile[] =>
  Object.entries(files).map(([name, digest]) => ({ path: path.join(folder, name), sha256: digest }));

function writeWhole(folder: string, name: string, content: string): void {
  const unfinished = path.join(folder, `${name}.${process.pid}`);
  writeFileSync(unfinished, content);
  renameSync(unfinished, path.join(folder, name));
}

/** What cannot be read as a manifest is none. */
function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(path.join(folder, MANIFEST), "utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

const isFresh = (projectDir: string, folder: string, { inputs, files }: Manifest): boolean =>
  Object.entries(files).every(([name, digest]) => digestOf(path.join(folder, name)) === digest) &&
  Object.entries(inputs).every(([input, state]) => stateOf(projectDir, input) === state);

/** Our own sources by content; files of packages, which nobody edits in place, by size and time: there are hundreds. */
function stateOf(projectDir: string, input: string): string | undefined {
  const file = path.join(projectDir, input);
  if (!input.split(path.sep).includes("node_modules")) return digestOf(file);
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && `${stat.size} ${stat.mtimeMs}`;
}

function digestOf(file: string): string | undefined {
  try {
    return sha256(readFileSync(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
