import { sha256, signatureHolds } from "../evidence/record/envelope";
import { notInForce } from "../evidence/record/signerKeys";
import type { EvidenceClause } from "../evidence/record/requirements";
import type { FoundFile } from "../shared/readFolder";
import {
  letterFile,
  LETTERS_FOLDER,
  openLetter,
  parseLetterFile,
  type LetterPlace,
  type OpenLetter,
} from "./letter";
import type { Letter, Phase } from "./letter.schema";
import { ReleaseError } from "./problem";
import { renderLetter } from "./renderLetter";
import { parseRoleKeys, ROLES, ROLES_FILE, type Role, type RoleKey } from "./roleKeys";

export interface LetterInput {
  /** Of `stacks/<stack>/letters/`, by their names there. */
  readonly files: readonly FoundFile[];
  /** The bytes of `roles.json`. */
  readonly roles: Uint8Array;
  readonly stack: string;
  readonly phase: Phase;
  /** Of the source that is asked about. */
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
  /** One line: which file, what, got, allowed. */
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
    if (error instanceof Refused) return { refusal: oneLine(error.message), unreadable: error.unreadable };
    // The list of keys, which says itself where it stands.
    if (error instanceof ReleaseError) return { refusal: error.message, unreadable: true };
    throw error;
  }
}

class Refused extends Error {
  constructor(
    message: string,
    readonly unreadable = false,
  ) {
    super(message);
  }
}

/** What somebody else wrote may stand in it. */
const oneLine = (text: string): string => text.replace(/[\p{C}\s]+/gu, " ");

function valid(input: LetterInput): ValidLetter {
  const { files, stack, phase, nowMs } = input;
  const place = (name: string): string => `stacks/${stack}/${LETTERS_FOLDER}/${name}`;
  const keys = parseRoleKeys(input.roles, `stacks/${stack}/${ROLES_FILE}`);
  const open = newest(files, stack, phase);
  const { letter, payloadSha256 } = open;
  const file = place(letterFile(phase, letter.number, "envelope"));
  const refuse = (what: string, got: string, allowed: string): Refused =>
    new Refused(`${file}: ${what}: got ${got}; allowed: ${allowed}`);

  const signers = signersOf(open, keys, nowMs, refuse);
  const rolesDigest = sha256(input.roles);
  if (letter.roles !== rolesDigest)
    throw refuse(
      "who may sign",
      `a ${ROLES_FILE} of the digest ${rolesDigest}`,
      `the one of ${letter.roles}`,
    );
  checkText(letter, files, place);

  const now = new Date(nowMs).toISOString();
  if (!(Date.parse(letter.issuedAt) <= nowMs)) throw refuse("issuedAt", letter.issuedAt, `not after ${now}`);
  if (!(Date.parse(letter.startsAt) <= nowMs)) throw refuse("startsAt", letter.startsAt, `not after ${now}`);
  if (!(nowMs < Date.parse(letter.expiresAt))) throw refuse("expiresAt", letter.expiresAt, `after ${now}`);

  if (letter.decision === "NO-GO")
    throw refuse("decision", "NO-GO: the letter says NO-GO", "GO or GO condicional");
  for (const { id, clause, evidence } of letter.conditions)
    if (!input.believed(clause, evidence))
      throw refuse(
        `condition ${id}`,
        `no evidence ${evidence} of ${clause} that is believed, or ${clause} is not met`,
        "that piece, with its clause met",
      );
  if (phase === "fase-b" && letter.sourceDigest !== input.sourceDigest)
    throw refuse(
      "source",
      `a source of the digest ${input.sourceDigest}`,
      `the one that the letter releases, ${letter.sourceDigest}`,
    );
  return { letter, payloadSha256, signers };
}

/** The letter that counts, which is the one of the highest number, behind an unbroken chain of those before it. */
function newest(files: readonly FoundFile[], stack: string, phase: Phase): OpenLetter {
  const folder = `stacks/${stack}/${LETTERS_FOLDER}`;
  const places = files.map((file): LetterPlace & FoundFile => {
    const place = parseLetterFile(file.path);
    // One that is called otherwise could be the letter that takes back the one that counts.
    if (!place)
      throw new Refused(
        `${folder}/${file.path}: its name: got ${JSON.stringify(file.path)}; allowed: <phase>-<number>.md, .json, .dsse.json`,
        true,
      );
    return { ...place, ...file };
  });
  const envelopes = places
    .filter((place) => place.part === "envelope" && place.phase === phase)
    .sort((one, other) => one.number - other.number);
  let last: OpenLetter | undefined;
  for (const [at, { number, path, bytes }] of envelopes.entries()) {
    const refuse = (what: string, got: string, allowed: string, unreadable = false): Refused =>
      new Refused(`${folder}/${path}: ${what}: got ${got}; allowed: ${allowed}`, unreadable);
    if (number !== at + 1)
      throw refuse("its number", String(number), `${at + 1}, as letters of a phase count without a gap`);
    const open = openLetter(bytes);
    if (typeof open === "string") throw refuse("what it is", open, "a letter in its signed envelope", true);
    const { letter } = open;
    if (letter.phase !== phase || letter.number !== number || letter.stack !== stack)
      throw refuse(
        "whose letter it is",
        `${letter.phase} number ${letter.number} of ${letter.stack}`,
        `${phase} number ${number} of ${stack}, as it lies here`,
      );
    if (letter.previous !== last?.payloadSha256)
      throw refuse("the letter before it", letter.previous ?? "none", last?.payloadSha256 ?? "none");
    last = open;
  }
  if (!last)
    throw new Refused(`${folder}: letters of ${phase}: got none; allowed: one with its three signatures`);
  return last;
}

function signersOf(
  { envelope, letter }: OpenLetter,
  keys: readonly RoleKey[],
  nowMs: number,
  refuse: (what: string, got: string, allowed: string) => Refused,
): readonly Signer[] {
  const signed = envelope.signatures.map((signature) => {
    const key = keys.find(({ keyId }) => keyId === signature.keyId);
    if (!key) throw refuse("a signature", `one by the key ${signature.keyId}`, `keys of ${ROLES_FILE}`);
    const whose = `the signature of ${key.role} (${key.keyId})`;
    if (!signatureHolds(envelope, signature, key.publicKey))
      throw refuse(whose, "one that is not of this letter", "one that the key made of it");
    for (const atMs of [Date.parse(letter.issuedAt), nowMs]) {
      const why = notInForce(key, atMs);
      if (why !== undefined)
        throw refuse(whose, `a key that ${why}`, `one in force at ${new Date(atMs).toISOString()}`);
    }
    return key;
  });
  const count = (of: (key: RoleKey) => string): number => new Set(signed.map(of)).size;
  const list = ROLES.join(", ");
  if (signed.length !== ROLES.length || count(({ role }) => role) !== ROLES.length)
    throw refuse("signatures", signed.map(({ role }) => role).join(", "), `one each of ${list}`);
  if (count(({ holder }) => holder) !== ROLES.length)
    throw refuse(
      "who signed",
      signed.map(({ role, holder }) => `${holder} as ${role}`).join(", "),
      "three different people",
    );
  return ROLES.flatMap((role) => signed.filter((key) => key.role === role)).map(
    ({ role, holder, keyId }) => ({
      role,
      holder,
      keyId,
    }),
  );
}

/** What people read is what is signed: the text's digest is in the letter, and the text follows from the letter. */
function checkText(letter: Letter, files: readonly FoundFile[], place: (name: string) => string): void {
  const name = letterFile(letter.phase, letter.number, "text");
  const text = files.find(({ path }) => path === name);
  const refuse = (got: string, allowed: string): Refused =>
    new Refused(`${place(name)}: the letter as people read it: got ${got}; allowed: ${allowed}`);
  if (!text) throw refuse("no file", `the one whose digest is ${letter.text}`);
  const digest = sha256(text.bytes);
  if (digest !== letter.text) throw refuse(`the digest ${digest}`, letter.text);
  if (!Buffer.from(renderLetter(letter)).equals(text.bytes))
    throw refuse("another text than follows from what is signed", "what npm run letter -- show prints");
}
