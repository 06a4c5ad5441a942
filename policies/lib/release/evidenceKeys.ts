/** Whose signatures count on evidence: `stacks/staging/collectors.json`. */
import type { KeyObject } from "node:crypto";
import { isSha256, keyIdOf, publicKeyOf } from "./dsse";
import { instant, listOf, optional, readForm, shape, text } from "./evidenceForm";

export interface CollectorKey {
  readonly keyId: string;
  /** Of a role, e.g. `evidence-collector`. */
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly validFromMs: number;
  readonly validUntilMs: number;
  readonly revokedAtMs: number;
}

/** B6.1: a key serves so long at most. */
const longestDays = 90;
const dayMs = 86_400_000;

const entries = listOf(
  shape({
    keyId: text(64, 64),
    publicKeyPem: text(0, 200),
    name: text(2, 64, /^[a-z][a-z0-9-]{1,63}$/),
    validFrom: instant,
    validUntil: instant,
    /** From when on nothing of it is believed. */
    revokedAt: optional(instant),
  }),
  0,
  100,
);

/** @returns what is wrong, as a text: one entry that is not as it should be makes the whole file none */
export function readCollectors(bytes: Uint8Array | undefined): readonly CollectorKey[] | string {
  if (!bytes) return "is not there";
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // No UTF-8, or no JSON.
    return "is no JSON";
  }
  const read = readForm(entries, value);
  if (typeof read === "string") return `has something else at ${read}`;
  const keys: CollectorKey[] = [];
  for (const { keyId, publicKeyPem, name, validFrom, validUntil, revokedAt } of read) {
    const publicKey = publicKeyOf(publicKeyPem);
    if (!publicKey || !isSha256(keyId) || keyIdOf(publicKey) !== keyId)
      return `has a key of ${name} that is not Ed25519 or not the one of its keyId`;
    const [validFromMs, validUntilMs] = [Date.parse(validFrom), Date.parse(validUntil)];
    if (validUntilMs <= validFromMs || validUntilMs - validFromMs > longestDays * dayMs)
      return `has a key of ${name} that does not serve 1 to ${longestDays} days`;
    if (keys.some((other) => other.keyId === keyId)) return `has the key ${keyId} twice`;
    const revokedAtMs = revokedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(revokedAt);
    keys.push({ keyId, name, publicKey, validFromMs, validUntilMs, revokedAtMs });
  }
  return keys;
}

export const inForce = ({ validFromMs, validUntilMs, revokedAtMs }: CollectorKey, atMs: number): boolean =>
  validFromMs <= atMs && atMs < validUntilMs && atMs < revokedAtMs;
