import { COLLECTORS_FILE } from "../evidence/record/collectorKeys";
import { sha256 } from "../evidence/record/envelope";
import type { EvidenceClause } from "../evidence/record/requirements";
import type { FoundFile } from "../shared/readFolder";
import { chainOf, lettersPath, placed } from "./chain";
import { letterFile } from "./letter";
import type { Letter, Phase } from "./letter.schema";
import { ReleaseError } from "./problem";
import { AS_SIGNED, DRAFT_ANOTHER, LetterRefused } from "./refused";
import { renderLetter } from "./renderLetter";
import { parseRoleKeys, ROLES, ROLES_FILE, type Role } from "./roleKeys";
import { signersOf } from "./signatures";
import { howToEnter } from "./trustedRoles";

export interface LetterInput {
  /** Of `stacks/<stack>/letters/`, by their names there. */
  readonly files: readonly FoundFile[];
  /** The bytes of `roles.json`. */
  readonly roles: Uint8Array;
  /** SHA-256 of the `roles.json` whose keys count for this stack (`trustedRoles.ts`); absent where nobody has entered one. */
  readonly trustedRoles: string | undefined;
  /** The bytes of staging's `collectors.json`. */
  readonly collectors: Uint8Array;
  readonly stack: string;
  readonly phase: Phase;
  /** Of the source that is asked about; `fase-a` does not ask. */
  readonly sourceDigest: string;
  /** The clock. A letter of a minute from now is none yet: three people's signatures take longer than clocks differ. */
  readonly nowMs: number;
  /** Whether this piece of evidence is believed and its clause is met. */
  readonly believed: (clause: EvidenceClause, evidenceSha256: string) => boolean;
}

export interface Signer {
  readonly role: Role;
  readonly holder: string;
  readonly keyId: string;
}

export interface ValidLetter {
  readonly letter: Letter;
  readonly payloadSha256: string;
  /** One a role, in the order of {@link ROLES}. */
  readonly signers: readonly Signer[];
}

export interface LetterRefusal {
  /** One line: which file, what, got, allowed, fix. */
  readonly refusal: string;
  /** Whether something could not be read at all, which is a person's to mend before anything is judged. */
  readonly unreadable: boolean;
}

export const isRefusal = (result: ValidLetter | LetterRefusal): result is LetterRefusal =>
  "refusal" in result;

/** Judges the letter that counts, by what is in it, the roles' keys, the source, the evidence and the clock; it asks nobody. */
export function verifyLetter(input: LetterInput): ValidLetter | LetterRefusal {
  try {
    return valid(input);
  } catch (error) {
    if (error instanceof LetterRefused) return { refusal: error.message, unreadable: error.unreadable };
    // The list of keys, which says itself where it stands.
    if (error instanceof ReleaseError) return { refusal: error.message, unreadable: true };
    throw error;
  }
}

function valid(input: LetterInput): ValidLetter {
  const { files, stack, phase, nowMs } = input;
  // Every comparison with no time at all is false, and none may pass for it.
  if (!Number.isFinite(nowMs))
    throw new LetterRefused(lettersPath(stack), "the clock", String(nowMs), "a time", "set the clock");
  const keys = parseRoleKeys(input.roles, `stacks/${stack}/${ROLES_FILE}`);
  const open = chainOf(files, stack, phase).at(-1);
  if (!open) throw noneSigned(files, stack, phase);
  const { letter, payloadSha256 } = open;
  const where = lettersPath(stack, letterFile(phase, letter.number, "envelope"));
  const refuse = (what: string, got: string, allowed: string, fix = DRAFT_ANOTHER): LetterRefused =>
    new LetterRefused(where, what, got, allowed, fix);

  checkTrusted(input);
  const signed = signersOf(open, keys, nowMs, where);
  if (signed.length !== ROLES.length)
    throw refuse(
      "signatures",
      `of ${signed.map(({ role }) => role).join(", ")}`,
      `of ${ROLES.join(", ")}`,
      SIGN,
    );
  checkBasis(letter, input, where);

  const now = new Date(nowMs).toISOString();
  if (!(Date.parse(letter.issuedAt) <= nowMs)) throw refuse("issuedAt", letter.issuedAt, `not after ${now}`);
  if (!(Date.parse(letter.startsAt) <= nowMs))
    throw refuse("startsAt", letter.startsAt, `not after ${now}`, "wait until then");
  if (!(nowMs < Date.parse(letter.expiresAt))) throw refuse("expiresAt", letter.expiresAt, `after ${now}`);

  if (letter.decision === "NO-GO")
    throw refuse("decision", "NO-GO: the letter says NO-GO", "GO or GO condicional");
  for (const { id, clause, evidence } of letter.conditions)
    if (!input.believed(clause, evidence))
      throw refuse(
        `condition ${id}`,
        `no evidence ${evidence} of ${clause} that is believed, or ${clause} is not met`,
        "that piece, with its clause met",
        `npm run evidence -- verify says what is wrong with ${clause}; a new piece needs another letter`,
      );
  if (phase === "fase-b" && letter.sourceDigest !== input.sourceDigest)
    throw refuse(
      "source",
      `a source of the digest ${input.sourceDigest}`,
      `the one that the letter releases, ${letter.sourceDigest}`,
      `git checkout ${letter.commit}, with this letter, or ${DRAFT_ANOTHER}`,
    );
  return {
    letter,
    payloadSha256,
    signers: ROLES.flatMap((role) => signed.filter((key) => key.role === role)).map(
      ({ role, holder, keyId }) => ({ role, holder, keyId }),
    ),
  };
}

const SIGN = "npm run letter -- sign, or join, by those who have not signed";

function noneSigned(files: readonly FoundFile[], stack: string, phase: Phase): LetterRefused {
  const draft = placed(files, stack).find((file) => file.phase === phase && file.part === "draft");
  return new LetterRefused(
    lettersPath(stack),
    `letters of ${phase}`,
    draft === undefined ? "none" : `none: ${draft.path} is a draft that nobody has signed`,
    "one with its three signatures",
    draft === undefined ? DRAFT_ANOTHER : SIGN,
  );
}

/** @throws LetterRefused where the list of keys is none that the code knows */
export function checkTrusted({
  roles,
  trustedRoles,
  stack,
}: Pick<LetterInput, "roles" | "trustedRoles" | "stack">): void {
  const digest = sha256(roles);
  if (digest === trustedRoles) return;
  throw new LetterRefused(
    `stacks/${stack}/${ROLES_FILE}`,
    "whose keys count",
    trustedRoles === undefined
      ? `a list of the digest ${digest}, while whose keys count here nobody has entered`
      : `a list of the digest ${digest}`,
    trustedRoles === undefined ? "a list that is entered" : `the one that is entered, of ${trustedRoles}`,
    howToEnter(stack, digest),
  );
}

/**
 * Who may sign, and whose evidence counts, is as it was when it was written, and what people read is what is signed: the text's digest is in the letter, and the text
 * follows from the letter.
 *
 * @throws LetterRefused
 */
export function checkBasis(
  letter: Letter,
  { files, roles, collectors }: Pick<LetterInput, "files" | "roles" | "collectors">,
  where: string,
): void {
  for (const [what, file, pinned, bytes] of [
    ["who may sign", ROLES_FILE, letter.roles, roles],
    ["whose evidence counts", COLLECTORS_FILE, letter.collectors, collectors],
  ] as const) {
    const digest = sha256(bytes);
    if (pinned !== digest)
      throw new LetterRefused(
        where,
        what,
        `a ${file} of the digest ${digest}`,
        `the one of ${pinned}`,
        DRAFT_ANOTHER,
      );
  }
  const name = letterFile(letter.phase, letter.number, "text");
  const text = files.find(({ path }) => path === name);
  const refuse = (got: string, allowed: string): LetterRefused =>
    new LetterRefused(
      lettersPath(letter.stack, name),
      "the letter as people read it",
      got,
      allowed,
      AS_SIGNED,
    );
  if (!text) throw refuse("no file", `the one whose digest is ${letter.text}`);
  const digest = sha256(text.bytes);
  if (digest !== letter.text) throw refuse(`the digest ${digest}`, letter.text);
  if (!Buffer.from(renderLetter(letter)).equals(text.bytes))
    throw refuse("another text than follows from what is signed", "what npm run letter -- show prints");
}
