import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { UsageError } from "../usageError";
import { codeOf } from "../wholeFile";

/** What a reviewer saw, kept for the update that does it: in one folder, so that none of it is taken for another's. */
export interface Reviewed {
  readonly stack: string;
  /** SHA-256 of the source that the plan was made of. */
  readonly source: string;
  /** The engine's saved plan, as it was when its digest was compared; what is secret in it is encrypted by the stack's key. */
  readonly plan: Uint8Array;
}

/** The engine's answer, which the pull request's comment is made of; also where the plan was refused. */
export const ANSWER_FILE = "preview.json";
const PLAN_FILE = "plan.json";
const REVIEWED_FILE = "reviewed.json";

const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/**
 * Writes the folder whole or not at all.
 *
 * @param plan the engine's saved plan; undefined where it was refused, and nothing may be deployed by it
 * @throws UsageError where something is there already, or it can't be written
 */
export function writeReviewed(
  folder: string,
  answer: string,
  plan: { readonly stack: string; readonly source: string; readonly bytes: Uint8Array } | undefined,
): void {
  const draft = join(dirname(folder), `.${basename(folder)}.${process.pid}.part`);
  try {
    mkdirSync(dirname(folder), { recursive: true });
    // Another review's plan beside this one's answer would be neither's.
    if (isThere(folder)) throw Object.assign(new Error(folder), { code: "EEXIST" });
    mkdirSync(draft);
    writeFileSync(join(draft, ANSWER_FILE), answer);
    if (plan !== undefined) {
      const { stack, source, bytes } = plan;
      writeFileSync(join(draft, PLAN_FILE), bytes);
      writeFileSync(
        join(draft, REVIEWED_FILE),
        `${JSON.stringify({ stack, source, plan: sha256(bytes) }, null, 2)}\n`,
      );
    }
    renameSync(draft, folder);
  } catch (error) {
    throw new UsageError(
      `--out: got ${folder}, where ${codeOf(error) === "EEXIST" ? "something is already" : `nothing can be written (${codeOf(error)})`}; allowed: a folder that is not there yet; fix: name another`,
    );
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** @throws UsageError where the folder is no reviewed plan of the stack, whole and unchanged */
export function readReviewed(folder: string, stack: string): Reviewed {
  const refuse = (got: string): UsageError =>
    new UsageError(
      `--reviewed: ${folder}: got ${got}; allowed: the folder that npm run deploy -- plan --out wrote for ${stack}; fix: name that of the reviewed preview`,
    );
  const read = (file: string): Buffer => {
    const path = join(folder, file);
    try {
      // A link leads out of the folder, and who reads a pipe waits for ever.
      if (lstatSync(path).isFile()) return readFileSync(path);
    } catch (error) {
      throw refuse(`no ${file} (${codeOf(error)})`);
    }
    throw refuse(`a ${file} that is no file`);
  };
  const told = fieldsOf(read(REVIEWED_FILE).toString("utf8"));
  if (told === undefined) throw refuse(`a ${REVIEWED_FILE} that is none`);
  if (told.stack !== stack) throw refuse(`a plan of the stack ${JSON.stringify(told.stack)}`);
  const plan = read(PLAN_FILE);
  if (sha256(plan) !== told.plan) throw refuse(`a ${PLAN_FILE} that is not the one of ${REVIEWED_FILE}`);
  return { stack, source: told.source, plan };
}

const SHA256 = /^[0-9a-f]{64}$/;

function fieldsOf(
  text: string,
): { readonly stack: string; readonly source: string; readonly plan: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { stack, source, plan } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof stack === "string" &&
    typeof source === "string" &&
    SHA256.test(source) &&
    typeof plan === "string" &&
    SHA256.test(plan)
    ? { stack, source, plan }
    : undefined;
}

function isThere(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}
