import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UsageError } from "../usageError";

/** A file of the export, relative to the project, with slashes on every system. */
export interface ExportedFile {
  readonly path: string;
  readonly text: string;
}

/** How what is committed differs from what it should be. */
export interface Difference {
  readonly path: string;
  readonly what: "missing" | "stale" | "obsolete";
}

/** A folder that holds nothing but what is exported: what else ends so is obsolete. */
export interface OwnFolder {
  readonly path: string;
  readonly endings: readonly string[];
}

/** @throws UsageError for a file that is there and can't be read */
export function textAt(projectDir: string, path: string): string | undefined {
  try {
    return readFileSync(join(projectDir, path), "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(codeOf(error))) return undefined;
    throw new UsageError(
      `${path}: got ${codeOf(error)}; allowed: a file that can be read; fix: make it one, or remove it`,
    );
  }
}

/** In the order of the files, what is obsolete last. */
export function differencesOf(
  projectDir: string,
  files: readonly ExportedFile[],
  own: OwnFolder,
): readonly Difference[] {
  const wanted = new Set(files.map(({ path }) => path));
  const obsolete = namesIn(projectDir, own.path)
    .filter((name) => own.endings.some((ending) => name.endsWith(ending)))
    .map((name) => `${own.path}/${name}`)
    .filter((path) => !wanted.has(path));
  return [
    ...files.flatMap(({ path, text }): Difference[] => {
      const there = textAt(projectDir, path);
      return there === text ? [] : [{ path, what: there === undefined ? "missing" : "stale" }];
    }),
    ...obsolete.map((path): Difference => ({ path, what: "obsolete" })),
  ];
}

/**
 * Makes the files what they should be. Each is written beside its place and then renamed over it, and nothing is renamed or removed
 * before everything is written: a reader never sees half of one.
 *
 * @throws UsageError when a folder cannot be written
 */
export function settle(
  projectDir: string,
  files: readonly ExportedFile[],
  differences: readonly Difference[],
): void {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const drafts: { readonly draft: string; readonly place: string }[] = [];
  let at = "";
  try {
    for (const { path } of differences) {
      const text = texts.get(path);
      if (text === undefined) continue;
      at = path;
      const place = join(projectDir, path);
      makeFolder(dirname(place));
      const draft = join(dirname(place), `.${basename(place)}.${process.pid}.part`);
      drafts.push({ draft, place });
      writeFileSync(draft, text);
    }
    for (const { draft, place } of drafts) renameSync(draft, place);
    for (const { path, what } of differences) {
      at = path;
      if (what === "obsolete") rmSync(join(projectDir, path));
    }
  } catch (error) {
    for (const { draft } of drafts) rmSync(draft, { force: true });
    throw new UsageError(
      `${at}: got ${codeOf(error)}; allowed: a place that can be written to; fix: make its folder writable`,
    );
  }
}

/**
 * Below a folder that holds what the kernel makes, such as /proc, mkdir says ENOENT though the folder is there, and Node's own `recursive`
 * then never returns: it makes the parent and tries again. https://github.com/nodejs/node/blob/v20.20.2/src/node_file.cc (`MKDirpSync`)
 */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else may have made it since.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

function namesIn(projectDir: string, path: string): readonly string[] {
  try {
    return readdirSync(join(projectDir, path)).sort();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return [];
    throw new UsageError(
      `${path}: got ${codeOf(error)}; allowed: a folder that can be read; fix: make it one, or remove it`,
    );
  }
}

const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.name : typeof error);
