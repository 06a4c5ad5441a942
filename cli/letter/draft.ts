import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { COLLECTORS_FILE } from "../../infra/evidence/record/collectorKeys";
import { sha256 } from "../../infra/evidence/record/envelope";
import { notInForce } from "../../infra/evidence/record/signerKeys";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { chainOf, lettersPath } from "../../infra/release/chain";
import { incoherence, writePayload } from "../../infra/release/letter";
import {
  LETTER_TYPE,
  letterSchema,
  LONGEST_LIFE_DAYS,
  MOST_CONDITIONS,
  MOST_RESOURCES,
  RESOURCE,
  type Letter,
} from "../../infra/release/letter.schema";
import { renderLetter } from "../../infra/release/renderLetter";
import { parseRoleKeys, ROLES, ROLES_FILE } from "../../infra/release/roleKeys";
import { STAGING } from "../../infra/release/stackFacts";
import { checkTrusted } from "../../infra/release/verifyLetter";
import { sourceCommit } from "../sourceCommit";
import { UsageError } from "../usageError";
import { codeOf } from "../wholeFile";
import { writeDraft, type Letters } from "./folder";
import { LetterError } from "./letterError";
import type { Command } from "./options";

type Draft = Extract<Command, { readonly kind: "draft" }>;

const DAY_MS = 86_400_000;

/**
 * Writes the next letter of a stack.
 *
 * @throws LetterError where nobody could sign it, the source is no commit's, or something is there; UsageError for what it cannot say
 */
export function draftLetter(command: Draft, letters: Letters, nowMs: number): Letter {
  const { phase, decision, conditions, unprotect, informe } = command;
  const { stack, files, roles, projectDir } = letters;
  checkAsked(command, nowMs);
  const informeSha256 = digestOf(resolve(letters.from, informe), informe);
  checkSigners(letters, nowMs);
  const previous = chainOf(files, stack, phase).at(-1);
  const iso = (ms: number): string => new Date(ms).toISOString();
  const { commit, digest } = cleanSource(projectDir);
  // Neither list is of the source, and the commit that the letter names has to show whose signatures it means.
  checkCommitted(projectDir, commit, `stacks/${stack}/${ROLES_FILE}`, roles);
  checkCommitted(projectDir, commit, `stacks/${STAGING.stack}/${COLLECTORS_FILE}`, letters.collectors);
  const unsigned: Omit<Letter, "text"> = {
    type: LETTER_TYPE,
    phase,
    number: (previous?.letter.number ?? 0) + 1,
    ...(previous ? { previous: previous.payloadSha256 } : {}),
    stack,
    sourceDigest: digest,
    commit,
    decision,
    conditions: conditions.map((condition, at) => ({ id: `C${at + 1}`, ...condition })),
    unprotect: [...new Set(unprotect)].sort(),
    informe: {
      name: phase === "fase-a" ? "Informe A" : "Informe B",
      sha256: informeSha256,
    },
    issuedAt: iso(nowMs),
    startsAt: iso(command.startsMs ?? nowMs),
    expiresAt: iso(command.expiresMs ?? nowMs + LONGEST_LIFE_DAYS[phase] * DAY_MS),
    roles: sha256(roles),
    collectors: sha256(letters.collectors),
  };
  const letter: Letter = { ...unsigned, text: "0".repeat(64) };
  checkForm(letter);
  const text = renderLetter(unsigned);
  letter.text = sha256(Buffer.from(text));
  writeDraft(letters, letter.number, text, writePayload(letter));
  return letter;
}

function checkForm(letter: Letter): void {
  const result = letterSchema.safeParse(letter);
  const why = result.success
    ? incoherence(letter)
    : `${result.error.issues[0]?.path.join(".") ?? "it"} is not as it should be`;
  if (why !== undefined)
    throw new UsageError(
      `draft: got a letter that says what none may: ${why}; allowed: what infra/release/README.md says; fix: change that option`,
    );
}

/** What the options say that no letter may, by the option: before anything is asked of the folder. */
function checkAsked(command: Draft, nowMs: number): void {
  const { phase, decision, conditions, unprotect } = command;
  const iso = (ms: number): string => new Date(ms).toISOString();
  const refuse = (option: string, got: string, allowed: string, fix: string): UsageError =>
    new UsageError(`--${option}: got ${got}; allowed: ${allowed}; fix: ${fix}`);
  const strange = unprotect.find((name) => !RESOURCE.safeParse(name).success);
  if (strange !== undefined)
    throw refuse(
      "unprotect",
      JSON.stringify(strange),
      "<type>::<name>",
      "name the resource as the preview does",
    );
  if (new Set(unprotect).size > MOST_RESOURCES)
    throw refuse("unprotect", `${unprotect.length} resources`, `up to ${MOST_RESOURCES}`, "name fewer");
  if (decision === "NO-GO" && unprotect.length > 0)
    throw refuse("unprotect", "a resource, with NO-GO", "none: it takes no protection away", "leave it out");
  if ((decision === "GO condicional") !== conditions.length > 0)
    throw refuse(
      "condition",
      `${conditions.length === 0 ? "none" : conditions.length} with ${decision}`,
      'one at least with "GO condicional", none with another decision',
      "add one, or change --decision",
    );
  if (conditions.length > MOST_CONDITIONS)
    throw refuse("condition", `${conditions.length} of them`, `up to ${MOST_CONDITIONS}`, "name fewer");
  const startsMs = command.startsMs ?? nowMs;
  const lastMs = nowMs + LONGEST_LIFE_DAYS[phase] * DAY_MS;
  if (startsMs < nowMs || startsMs >= lastMs)
    throw refuse(
      "starts",
      iso(startsMs),
      `from now, ${iso(nowMs)}, to before ${iso(lastMs)}`,
      "leave it out",
    );
  const expiresMs = command.expiresMs ?? lastMs;
  if (expiresMs <= startsMs || expiresMs > lastMs)
    throw refuse(
      "expires",
      iso(expiresMs),
      `after ${iso(startsMs)}, and up to ${iso(lastMs)}: ${LONGEST_LIFE_DAYS[phase]} days from now`,
      "name another, or leave it out",
    );
}

/** @throws LetterError where the file is not, to the byte, the one of the commit */
function checkCommitted(projectDir: string, commit: string, file: string, bytes: Buffer): void {
  let committed: Buffer | undefined;
  try {
    committed = execFileSync("git", ["show", `${commit}:./${file}`], {
      cwd: projectDir,
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    // The commit has no such file.
  }
  if (committed?.equals(bytes) !== true)
    throw new LetterError({
      what: file,
      got: committed === undefined ? "a file that is not committed" : "another file than is committed",
      allowed: `the one of the commit ${commit}, which the letter names`,
      fix: "commit it, or draft in a clean checkout",
    });
}

/** That three people could sign it: a change of the list later would end it. */
function checkSigners(letters: Letters, nowMs: number): void {
  const { roles, stack } = letters;
  const file = `stacks/${stack}/${ROLES_FILE}`;
  const inForce = parseRoleKeys(roles, file).filter((key) => notInForce(key, nowMs) === undefined);
  const missing = ROLES.filter((role) => !inForce.some((key) => key.role === role));
  if (missing.length > 0)
    throw new LetterError({
      what: file,
      got: `no key in force of ${missing.join(", ")}`,
      allowed: `one at least of each of ${ROLES.join(", ")}, since a letter names this list`,
      fix: "npm run letter -- keygen makes one; its entry goes into the list by a pull request",
    });
  checkTrusted(letters);
}

function cleanSource(projectDir: string): { readonly commit: string; readonly digest: string } {
  const { commit, changed } = sourceCommit(projectDir);
  const [first] = changed;
  if (commit === undefined)
    throw new LetterError({
      what: "the source",
      got:
        first === undefined
          ? "no commit"
          : `changes in ${changed.length === 1 ? first : `${first} and ${changed.length - 1} more`}`,
      allowed: "a checkout of a commit, with nothing of the source changed",
      fix: "commit it, or draft in a clean checkout",
    });
  return { commit, digest: sourceDigest(projectDir) };
}

function digestOf(path: string, shown: string): string {
  const refuse = (got: string): UsageError =>
    new UsageError(
      `--informe ${shown}: got ${got}; allowed: a file that can be read, with something in it; fix: name the report`,
    );
  let report: Buffer;
  try {
    report = readFileSync(path);
  } catch (error) {
    throw refuse(codeOf(error));
  }
  if (report.length === 0) throw refuse("0 bytes");
  return sha256(report);
}

export const draftedFiles = (letter: Letter): string =>
  lettersPath(letter.stack, `${letter.phase}-${String(letter.number).padStart(3, "0")}`);
