import { createPublicKey, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { isEd25519, keyIdOf } from "./envelope";
import { EvidenceError } from "./problem";

/** In `stacks/<stack>/`: whose signatures count. It changes through a pull request with two reviews, as all that is here. */
export const COLLECTORS_FILE = "collectors.json";

/** B6.1: a key serves 90 days at most. */
export const MAX_KEY_DAYS = 90;
const DAY_MS = 86_400_000;

const instant = z.iso.datetime({ precision: 3 });

const entry = z.strictObject({
  /** SHA-256 of the key as SPKI in DER. */
  keyId: z.string().regex(/^[0-9a-f]{64}$/),
  publicKeyPem: z.string().max(200),
  /** Of whom: a role, e.g. `evidence-collector`. */
  name: z.string().regex(/^[a-z][a-z0-9-]{1,63}$/),
  validFrom: instant,
  validUntil: instant,
  /** From when on it is not believed any more; it may lie before the day on which somebody saw it. */
  revokedAt: instant.optional(),
});

export type CollectorEntry = z.infer<typeof entry>;

export interface CollectorKey {
  readonly keyId: string;
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly validFromMs: number;
  readonly validUntilMs: number;
  readonly revokedAtMs?: number;
}

/** Where the key was not in force at that time, why. */
export function notInForce(
  { validFromMs, validUntilMs, revokedAtMs }: CollectorKey,
  atMs: number,
): string | undefined {
  const at = (ms: number): string => new Date(ms).toISOString();
  if (atMs < validFromMs) return `is in force only from ${at(validFromMs)} on`;
  if (atMs >= validUntilMs) return `was in force until ${at(validUntilMs)}`;
  if (revokedAtMs !== undefined && atMs >= revokedAtMs) return `was revoked at ${at(revokedAtMs)}`;
  return undefined;
}

/** @throws EvidenceError for whatever is not as it should be: a key that is not believed by mistake is a person's to mend */
export function parseCollectorKeys(text: string, file: string): readonly CollectorKey[] {
  const refuse = (got: string, fix = "npm run evidence -- keygen prints an entry"): EvidenceError =>
    new EvidenceError({
      what: file,
      got,
      allowed: "a list of Ed25519 keys, each with its keyId, name, validFrom and validUntil",
      fix,
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse("no JSON");
  }
  const result = z.array(entry).max(100).safeParse(value);
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
    return {
      keyId: one.keyId,
      name: one.name,
      publicKey,
      validFromMs,
      validUntilMs,
      ...(one.revokedAt === undefined ? {} : { revokedAtMs: Date.parse(one.revokedAt) }),
    };
  });
  if (new Set(keys.map(({ keyId }) => keyId)).size !== keys.length)
    throw refuse("the same key twice", "leave one of them");
  return keys;
}

/**
 * @param folder `stacks/<stack>`
 * @throws EvidenceError
 */
export function readCollectorKeys(folder: string): readonly CollectorKey[] {
  const file = path.join(folder, COLLECTORS_FILE);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new EvidenceError({
      what: file,
      got: "no file that can be read",
      allowed: "the collectors' keys, [] where there are none yet",
      fix: `git checkout ${COLLECTORS_FILE}, or name another folder`,
    });
  }
  return parseCollectorKeys(text, file);
}

export const collectorEntry = (publicKey: KeyObject, name: string, fromMs: number): CollectorEntry => ({
  keyId: keyIdOf(publicKey),
  publicKeyPem: publicKey.export({ type: "spki", format: "pem" }) as string,
  name,
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
