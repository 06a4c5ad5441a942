import { signatureHolds } from "../evidence/record/envelope";
import { notInForce } from "../evidence/record/signerKeys";
import type { OpenLetter } from "./letter";
import { AS_SIGNED, DRAFT_ANOTHER, LetterRefused } from "./refused";
import { ROLES_FILE, type RoleKey } from "./roleKeys";

/**
 * Whose signatures a letter has, be they all or not yet.
 *
 * @throws LetterRefused where one is of nobody's key, not of this letter, or by a key that was not in force when the letter was issued or is
 *   not now; where two are of one role, or of one person
 */
export function signersOf(
  { envelope, letter }: OpenLetter,
  keys: readonly RoleKey[],
  nowMs: number,
  where: string,
): readonly RoleKey[] {
  const signers = envelope.signatures.map((signature) => {
    const key = keys.find(({ keyId }) => keyId === signature.keyId);
    if (!key)
      throw new LetterRefused(
        where,
        "a signature",
        `one by the key ${signature.keyId}`,
        `keys of ${ROLES_FILE}`,
        "let a key of the list sign it, or enter this one and draft another letter",
      );
    const whose = `the signature of ${key.role} (${key.keyId})`;
    if (!signatureHolds(envelope, signature, key.publicKey))
      throw new LetterRefused(
        where,
        whose,
        "one that is not of this letter",
        "one that the key made of it",
        AS_SIGNED,
      );
    for (const atMs of [Date.parse(letter.issuedAt), nowMs]) {
      const why = notInForce(key, atMs);
      if (why !== undefined)
        throw new LetterRefused(
          where,
          whose,
          `a key that ${why}`,
          `one in force at ${new Date(atMs).toISOString()}`,
          `make another key with keygen, enter it, then ${DRAFT_ANOTHER}`,
        );
    }
    return key;
  });
  const said = signers.map(({ role, holder }) => `${holder} as ${role}`).join(", ");
  if (!differ(signers.map(({ role }) => role)))
    throw new LetterRefused(where, "who signed", said, "one signature a role", DRAFT_ANOTHER);
  if (!differ(signers.map(({ holder }) => holder)))
    throw new LetterRefused(
      where,
      "who signed",
      said,
      "three different people, each for one role",
      DRAFT_ANOTHER,
    );
  return signers;
}

const differ = (texts: readonly string[]): boolean => new Set(texts).size === texts.length;
