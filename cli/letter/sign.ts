import { sign, type KeyObject } from "node:crypto";
import { keyIdOf, signedBytes, writeEnvelope, type Signature } from "../../infra/evidence/record/envelope";
import { notInForce } from "../../infra/evidence/record/signerKeys";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { ReleaseError } from "../../infra/release/problem";
import {
  parseRoleKeys,
  ROLES_FILE,
  roleEntry,
  type Role,
  type RoleEntry,
  type RoleKey,
} from "../../infra/release/roleKeys";
import { signersOf } from "../../infra/release/signatures";
import { checkBasis, checkTrusted } from "../../infra/release/verifyLetter";
import { newSigningKey, readPrivateKey } from "../signingKey";
import { writeWhole } from "../wholeFile";
import { findLetter, writeSigned, type Current, type Letters } from "./folder";
import { LetterError } from "./letterError";

/** Makes a role's key, and writes its private half where nothing stands. */
export function makeRoleKey(path: string, role: Role, holder: string, nowMs: number): RoleEntry {
  const { privatePem, publicKey } = newSigningKey();
  writeWhole(path, privatePem, {
    mode: 0o600,
    refuse: (got) =>
      new LetterError({
        what: path,
        got,
        allowed: "a place without one, in a folder that can be written to",
        fix: "name another with --out",
      }),
  });
  return roleEntry(publicKey, role, holder, nowMs);
}

export interface Signing {
  readonly current: Current;
  readonly role: Role;
  /** Signs, and keeps it; returns where. */
  readonly sign: () => string;
}

/**
 * All that is checked before anybody is asked: what is signed is what people read, of this source, in its place; and the key's signature
 * would count.
 *
 * @param keyPath resolved
 * @throws ReleaseError for a key that cannot be used; LetterError or LetterRefused for what stands against it
 */
export function prepareSigning(letters: Letters, keyPath: string, nowMs: number): Signing {
  const { roles, stack, projectDir } = letters;
  const keys = parseRoleKeys(roles, `stacks/${stack}/${ROLES_FILE}`);
  const key = readPrivateKey(
    keyPath,
    (got, fix = "npm run letter -- keygen makes one") =>
      new ReleaseError({
        what: `--key ${keyPath}`,
        got,
        allowed: "a role's private key of Ed25519 in PEM, readable by its owner alone",
        fix,
      }),
  );
  const own = roleOf(key, keys, keyPath);
  const current = findLetter(letters);
  const { letter, where } = current;
  const refuse = (got: string, allowed: string, fix: string): LetterError =>
    new LetterError({ what: where, got, allowed, fix });
  for (const atMs of [Date.parse(letter.issuedAt), nowMs]) {
    const why = notInForce(own, atMs);
    if (why !== undefined)
      throw refuse(
        `the key ${own.keyId}, which ${why}`,
        "a key in force when the letter was issued and now",
        "make a key with keygen, then another letter",
      );
  }
  checkTrusted(letters);
  checkBasis(letter, letters, where);
  const now = new Date(nowMs).toISOString();
  const again = "draft another";
  if (Date.parse(letter.issuedAt) > nowMs)
    throw refuse(`a letter issued at ${letter.issuedAt}`, `not after ${now}`, again);
  if (Date.parse(letter.expiresAt) <= nowMs)
    throw refuse(`a letter that ends at ${letter.expiresAt}`, `after ${now}`, again);
  const digest = letter.phase === "fase-b" ? sourceDigest(projectDir) : letter.sourceDigest;
  if (digest !== letter.sourceDigest)
    throw refuse(
      `the source ${letter.sourceDigest}`,
      `the one of this checkout, ${digest}`,
      `git checkout ${letter.commit}, with this letter, or draft another`,
    );
  const before = signersOf(current, keys, nowMs, where);
  const same = before.find(
    ({ keyId, role, holder }) => keyId === own.keyId || role === own.role || holder === own.holder,
  );
  if (same)
    throw refuse(
      same.keyId === own.keyId
        ? `the signature of this key (${own.role}) already`
        : `the signature of ${same.holder} as ${same.role} already`,
      "one signature a role, by three different people",
      "nothing to do, or another person signs with another role's key",
    );
  return {
    current,
    role: own.role,
    sign: () => keep(letters, current, [signatureOf(current, key)]),
  };
}

function roleOf(key: KeyObject, keys: readonly RoleKey[], path: string): RoleKey {
  const own = keys.find(({ keyId }) => keyId === keyIdOf(key));
  if (own) return own;
  throw new LetterError({
    what: `--key ${path}`,
    got: `a key that is in no role (${keyIdOf(key)})`,
    allowed: `a key of ${ROLES_FILE}`,
    fix: "add the entry that keygen printed, by a pull request, then draft again: a letter names the list",
  });
}

const signatureOf = ({ envelope }: Current, key: KeyObject): Signature => ({
  keyId: keyIdOf(key),
  sig: sign(null, signedBytes(envelope.payloadType, envelope.payload), key),
});

function keep(letters: Letters, { envelope, letter }: Current, added: readonly Signature[]): string {
  return writeSigned(
    letters,
    letter.number,
    writeEnvelope({ ...envelope, signatures: [...envelope.signatures, ...added] }),
  );
}

/**
 * Adds the signatures that another copy of the same letter has.
 *
 * @returns where it is kept, and whose were added
 * @throws LetterError or LetterRefused for another letter, and for signatures that would not count beside those that are here
 */
export function joinSignatures(
  letters: Letters,
  other: Pick<Current, "envelope" | "letter" | "payloadSha256">,
  otherPath: string,
  nowMs: number,
): { readonly where: string; readonly added: readonly RoleKey[] } {
  const keys = parseRoleKeys(letters.roles, `stacks/${letters.stack}/${ROLES_FILE}`);
  const current = findLetter(letters);
  const { letter, envelope, where } = current;
  if (!other.envelope.payload.equals(envelope.payload))
    throw new LetterError({
      what: `--from ${otherPath}`,
      got: `signatures of another letter (SHA-256 ${other.payloadSha256})`,
      allowed: `of ${where} (SHA-256 ${current.payloadSha256})`,
      fix: "let that copy be signed again",
    });
  checkTrusted(letters);
  checkBasis(letter, letters, where);
  signersOf(current, keys, nowMs, where);
  signersOf(other, keys, nowMs, `--from ${otherPath}`);
  const here = new Set(envelope.signatures.map(({ keyId }) => keyId));
  const added = other.envelope.signatures.filter(({ keyId }) => !here.has(keyId));
  if (added.length === 0)
    throw new LetterError({
      what: `--from ${otherPath}`,
      got: "no signature that is not here already",
      allowed: "one at least",
      fix: "nothing to do",
    });
  const joined = { ...envelope, signatures: [...envelope.signatures, ...added] };
  const signers = signersOf({ ...current, envelope: joined }, keys, nowMs, `--from ${otherPath}`);
  return { where: keep(letters, current, added), added: signers.filter(({ keyId }) => !here.has(keyId)) };
}
