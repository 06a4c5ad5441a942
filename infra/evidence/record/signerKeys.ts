import { createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { isEd25519, keyIdOf } from "./envelope";

/** Keys whose signatures count, as a list of JSON in the repository has them: collectors' on evidence, roles' on a letter. */

/** B6.1: a key serves 90 days at most. */
export const MAX_KEY_DAYS = 90;
const DAY_MS = 86_400_000;

const instant = z.iso.datetime({ precision: 3 });

/** What every entry has; whose key it is, is each list's own. */
export const signerFields = {
  /** SHA-256 of the key as SPKI in DER. */
  keyId: z.string().regex(/^[0-9a-f]{64}$/),
  publicKeyPem: z.string().max(200),
  validFrom: instant,
  validUntil: instant,
  /** From when on it is not believed any more; it may lie before the day on which somebody saw it. */
  revokedAt: instant.optional(),
};
type SignerEntry = z.infer<z.ZodObject<typeof signerFields>>;

export interface SignerKey {
  readonly keyId: string;
  readonly publicKey: KeyObject;
  readonly validFromMs: number;
  readonly validUntilMs: number;
  readonly revokedAtMs?: number;
}

/** Where the key was not in force at that time, why. */
export function notInForce(
  { validFromMs, validUntilMs, revokedAtMs }: SignerKey,
  atMs: number,
): string | undefined {
  const at = (ms: number): string => new Date(ms).toISOString();
  if (atMs < validFromMs) return `is in force only from ${at(validFromMs)} on`;
  if (atMs >= validUntilMs) return `was in force until ${at(validUntilMs)}`;
  if (revokedAtMs !== undefined && atMs >= revokedAtMs) return `was revoked at ${at(revokedAtMs)}`;
  return undefined;
}

/**
 * @param refuse makes the error of what is there, and of what to do where that is not the usual
 * @throws what `refuse` makes, for whatever is not as it should be: a key that is not believed by mistake is a person's to mend
 */
export function parseSignerKeys<Entry extends SignerEntry>(
  text: string,
  entry: z.ZodType<Entry>,
  maximum: number,
  refuse: (got: string, fix?: string) => Error,
): readonly { readonly entry: Entry; readonly key: SignerKey }[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse("no JSON");
  }
  const result = z.array(entry).max(maximum).safeParse(value);
  if (!result.success)
    throw refuse(`something else at ${result.error.issues[0]?.path.join(".") || "its top"}`);
  const keys = result.data.map((one, at) => {
    const publicKey = publicKeyOf(one.publicKeyPem);
    if (!publicKey) throw refuse(`no public key of Ed25519 at ${at}.publicKeyPem`);
    if (keyIdOf(publicKey) !== one.keyId)
      throw refuse(`at ${at}.keyId what is not the SHA-256 of the key beside it`);
    const [validFromMs, validUntilMs] = [Date.parse(one.validFrom), Date.parse(one.validUntil)];
    if (validUntilMs <= validFromMs || validUntilMs - validFromMs > MAX_KEY_DAYS * DAY_MS)
      throw refuse(`at ${at} a key that is not in force for 1 to ${MAX_KEY_DAYS} days`, "make another key");
    const revoked = one.revokedAt === undefined ? {} : { revokedAtMs: Date.parse(one.revokedAt) };
    return { entry: one, key: { keyId: one.keyId, publicKey, validFromMs, validUntilMs, ...revoked } };
  });
  if (new Set(keys.map(({ key }) => key.keyId)).size !== keys.length)
    throw refuse("the same key twice", "leave one of them");
  return keys;
}

/** What every list says of a key that was just made. */
export const signerEntry = (publicKey: KeyObject, fromMs: number): Omit<SignerEntry, "revokedAt"> => ({
  keyId: keyIdOf(publicKey),
  publicKeyPem: publicKey.export({ type: "spki", format: "pem" }) as string,
  validFrom: new Date(fromMs).toISOString(),
  validUntil: new Date(fromMs + MAX_KEY_DAYS * DAY_MS).toISOString(),
});

function publicKeyOf(pem: string): KeyObject | undefined {
  try {
    // A private key would do as well: nobody may put one there.
    if (!pem.startsWith("-----BEGIN PUBLIC KEY-----")) return undefined;
    const key = createPublicKey(pem);
    return isEd25519(key) ? key : undefined;
  } catch {
    return undefined;
  }
}
