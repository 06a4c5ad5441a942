import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../usageError";
import { diffResources, diffValues, type PropertyChange, type ResourceChange } from "./diff";
import { digestText } from "./digestJson";
import { isObject, type JsonObject } from "./json";
import type { Json, PreviewResult, PreviewStep } from "./model";
import { settledPacks, verdictsJson, type JudgedPack } from "./view";

/** The preview that is committed for reviewers, `stacks/<stack>/preview.json` and `preview.md`. */

export const JSON_FILE = "preview.json";
export const MARKDOWN_FILE = "preview.md";

export interface PreviewFiles {
  readonly json: string;
  readonly markdown: string;
}

/** How the files are named in messages: relative to the project, with slashes on every system. */
export const committedFolder = (stack: string): string => `stacks/${stack}`;

/** `preview.json`: the CLI's digest, then what it has no place for. Tools for the CLI's digest pass over the rest. */
export function previewJson(result: PreviewResult, packs: readonly JudgedPack[]): string {
  return digestText(result.digest, { outputs: result.outputs, policies: verdictsJson(settledPacks(packs)) });
}

/** A file's text, `undefined` where there is no such file. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT") || isCode(error, "ENOTDIR")) return undefined;
    throw new UsageError(`${path}: cannot be read (${message(error)}); make it a readable file`);
  }
}

export const hasCommitted = (projectDir: string, stack: string): boolean =>
  [JSON_FILE, MARKDOWN_FILE].some((file) => existsSync(join(projectDir, committedFolder(stack), file)));

/** What is committed; a file that is not there is absent. */
export function readCommitted(projectDir: string, stack: string): Partial<PreviewFiles> {
  const folder = join(projectDir, committedFolder(stack));
  const json = readIfThere(join(folder, JSON_FILE));
  const markdown = readIfThere(join(folder, MARKDOWN_FILE));
  return { ...(json === undefined ? {} : { json }), ...(markdown === undefined ? {} : { markdown }) };
}

/**
 * Writes both files so that a reader never sees half of one: each is written beside its place and then renamed
 * over it, and nothing is renamed before everything is written.
 *
 * @returns the names of the files whose contents changed
 * @throws UsageError when the folder cannot be written
 */
export function writeCommitted(projectDir: string, stack: string, files: PreviewFiles): readonly string[] {
  const committed = readCommitted(projectDir, stack);
  const changed = (
    [
      [JSON_FILE, files.json, committed.json],
      [MARKDOWN_FILE, files.markdown, committed.markdown],
    ] as const
  ).filter(([, text, before]) => text !== before);

  const folder = join(projectDir, committedFolder(stack));
  const temporary = (file: string): string => join(folder, `.${file}.${process.pid}.tmp`);
  try {
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of changed) writeFileSync(temporary(file), text);
    for (const [file] of changed) renameSync(temporary(file), join(folder, file));
  } catch (error) {
    for (const [file] of changed) rmQuietly(temporary(file));
    throw new UsageError(
      `${committedFolder(stack)}: cannot be written (${message(error)}); make it a writable folder`,
    );
  }
  return changed.map(([file]) => file);
}

/** Clearing up after a failure must not replace that failure's message; what stays is a hidden temporary file. */
function rmQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    if (!isSystemError(error)) throw error;
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "code" in error;
const isCode = (error: unknown, code: string): boolean => isSystemError(error) && error.code === code;
const message = (error: unknown): string =>
  isSystemError(error) ? (error.code ?? error.message) : String(error);

/** How what is declared now differs from what is committed. */
export interface Comparison {
  /** `absent`: nothing is committed. */
  readonly state: "absent" | "same" | "stale";
  readonly resources: readonly ResourceChange[];
  /** Configuration, stack outputs and policies' verdicts. */
  readonly other: readonly PropertyChange[];
  /** What cannot be said property by property, a sentence each. */
  readonly notes: readonly string[];
}

/** Whether the value has what the comparison reads of a step. */
const isStep = (value: Json): boolean =>
  isObject(value) &&
  typeof value["urn"] === "string" &&
  isObject(value["newState"]) &&
  typeof value["newState"]["type"] === "string";

/**
 * The steps of a preview that was written.
 *
 * @returns undefined where the text is no digest
 */
export function stepsIn(text: string): readonly PreviewStep[] | undefined {
  const document = parse(text);
  return document === undefined ? undefined : stepsOf(document);
}

/** The committed steps; `undefined` when the document is not a digest. */
function stepsOf(document: Json): readonly PreviewStep[] | undefined {
  if (!isObject(document)) return undefined;
  const steps = document["steps"] ?? [];
  if (!Array.isArray(steps) || !steps.every(isStep)) return undefined;
  const read: unknown = steps;
  return read as readonly PreviewStep[];
}

/** @param expected without `markdown` only `preview.json` is compared */
export function compare(
  committed: Partial<PreviewFiles>,
  expected: { readonly json: string; readonly markdown?: string },
  stack: string,
): Comparison {
  const nothing = { resources: [], other: [], notes: [] };
  const jsonSame = committed.json === expected.json;
  const markdownSame = expected.markdown === undefined || committed.markdown === expected.markdown;
  if (jsonSame && markdownSame) return { state: "same", ...nothing };
  if (committed.json === undefined && committed.markdown === undefined)
    return { state: "absent", ...nothing };

  const folder = committedFolder(stack);
  const notes: string[] = [];
  if (committed.json === undefined) notes.push(`${folder}/${JSON_FILE} is missing.`);
  if (expected.markdown !== undefined && committed.markdown === undefined)
    notes.push(`${folder}/${MARKDOWN_FILE} is missing.`);

  let resources: readonly ResourceChange[] = [];
  let other: readonly PropertyChange[] = [];
  if (committed.json !== undefined && !jsonSame) {
    const before = parse(committed.json);
    const after = parse(expected.json);
    const was = before === undefined ? undefined : stepsOf(before);
    if (was === undefined || !isObject(before) || !isObject(after)) {
      notes.push(
        `${folder}/${JSON_FILE} is not a preview's digest, perhaps a conflict that was not resolved.`,
      );
    } else {
      resources = diffResources(was, stepsOf(after) ?? []);
      other = diffValues(siblings(before), siblings(after));
      if (resources.length + other.length === 0)
        notes.push(`${folder}/${JSON_FILE} differs in order or white space only.`);
    }
  }
  if (jsonSame && committed.markdown !== undefined && !markdownSame) {
    notes.push(`${folder}/${MARKDOWN_FILE} does not say what ${JSON_FILE} says.`);
  }
  return { state: "stale", resources, other, notes };
}

/** Everything but the steps and what follows from them. */
function siblings({ steps: _steps, changeSummary: _summary, ...rest }: JsonObject): JsonObject {
  return rest;
}

function parse(text: string): Json | undefined {
  try {
    const parsed: Json = JSON.parse(text);
    return parsed;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
