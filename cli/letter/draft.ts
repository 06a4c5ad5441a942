import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { sha256 } from "../../infra/evidence/record/envelope";
import { notInForce } from "../../infra/evidence/record/signerKeys";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { chainOf, lettersPath } from "../../infra/release/chain";
import { incoherence, writePayload } from "../../infra/release/letter";
import { LETTER_TYPE, letterSchema, LONGEST_LIFE_DAYS, type Letter } from "../../infra/release/letter.schema";
import { renderLetter } from "../../infra/release/renderLetter";
import { parseRoleKeys, ROLES, ROLES_FILE } from "../../infra/release/roleKeys";
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
  checkSigners(letters, nowMs);
  const previous = chainOf(files, stack, phase).at(-1);
  const iso = (ms: number): string => new Date(ms).toISOString();
  const { commit, digest } = cleanSource(projectDir);
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
      sha256: digestOf(resolve(letters.from, informe), informe),
    },
    issuedAt: iso(nowMs),
    startsAt: iso(command.startsMs ?? nowMs),
    expiresAt: iso(command.expiresMs ?? nowMs + LONGEST_LIFE_DAYS[phase] * DAY_MS),
    roles: sha256(roles),
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

/** That three people could sign it: a change of the list later would end it. */
function checkSigners({ roles, stack }: Letters, nowMs: number): void {
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
  try {
    return createHash("sha256").update(readFileSync(path)).digest("hex");
  } catch (error) {
    throw new UsageError(
      `--informe ${shown}: got ${codeOf(error)}; allowed: a file that can be read; fix: name the report`,
    );
  }
}

export const draftedFiles = (letter: Letter): string =>
  lettersPath(letter.stack, `${letter.phase}-${String(letter.number).padStart(3, "0")}`);
