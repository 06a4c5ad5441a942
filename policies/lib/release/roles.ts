/**
 * Whose signatures count on a letter: `stacks/<stack>/roles.json`. One person may hold several keys, one after the other; which persons
 * they are is told by an opaque id, since no name stands in the repository.
 */
import type { KeyObject } from "node:crypto";
import { isInstant } from "./instant";
import { isSha256, keyIdOf, publicKeyOf } from "./dsse";

/** The three that sign, all of them, on every letter (B0.2). */
export const letterRoles = ["lead-security", "code", "ceo"] as const;
export type Role = (typeof letterRoles)[number];

export interface RoleKey {
  readonly keyId: string;
  readonly publicKey: KeyObject;
  readonly role: Role;
  /** Of whom it is. */
  readonly holder: string;
  readonly validFromMs: number;
  readonly validUntilMs: number;
  readonly revokedAtMs?: number;
}

/** B6.1: no key serves longer. */
const longestLifeMs = 90 * 24 * 60 * 60 * 1000;
const mostKeys = 50;
const mostBytes = 64 * 1024;

const required = ["keyId", "publicKeyPem", "role", "holder", "validFrom", "validUntil"];
const known = new Set([...required, "revokedAt"]);

/** @returns the keys, or as a text what is wrong with the list: of a list with one bad entry no key is believed */
export function readRoles(bytes: Uint8Array): readonly RoleKey[] | string {
  const entries = bytes.length > mostBytes ? undefined : parse(bytes);
  if (!Array.isArray(entries)) return "no list in JSON";
  if (entries.length > mostKeys) return `${entries.length} keys, of at most ${mostKeys}`;
  const keys: RoleKey[] = [];
  for (const [at, entry] of (entries as unknown[]).entries()) {
    const key = readKey(entry);
    if (typeof key === "string") return `at ${at} ${key}`;
    if (keys.some(({ keyId }) => keyId === key.keyId)) return `at ${at} a key that is there already`;
    keys.push(key);
  }
  return keys;
}

/** Why the key was not in force at that time; `undefined` where it was. */
export function whyNotInForce(
  { validFromMs, validUntilMs, revokedAtMs }: RoleKey,
  atMs: number,
): string | undefined {
  if (!(validFromMs <= atMs)) return `in force only from ${iso(validFromMs)} on`;
  if (!(atMs < validUntilMs)) return `in force until ${iso(validUntilMs)}`;
  if (revokedAtMs !== undefined && !(atMs < revokedAtMs)) return `revoked at ${iso(revokedAtMs)}`;
  return undefined;
}

const iso = (ms: number): string => new Date(ms).toISOString();

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // No UTF-8 or no JSON: no list.
    return undefined;
  }
}

function readKey(entry: unknown): RoleKey | string {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) return "no entry of a key";
  const fields = entry as Readonly<Record<string, unknown>>;
  const missing = required.find((name) => !Object.hasOwn(fields, name));
  if (missing !== undefined) return `a key without ${missing}`;
  if (!Object.keys(fields).every((name) => known.has(name))) return "a key with a field that nobody knows";
  const { keyId, publicKeyPem, holder, validFrom, validUntil, revokedAt } = fields;
  const role = letterRoles.find((one) => one === fields.role);
  if (role === undefined) return `a key of none of the roles ${letterRoles.join(", ")}`;
  if (typeof holder !== "string" || !/^[a-z][a-z0-9-]{1,63}$/.test(holder)) return "a key without its holder";
  const publicKey =
    typeof publicKeyPem === "string" && publicKeyPem.length <= 200 ? publicKeyOf(publicKeyPem) : undefined;
  if (!publicKey) return "no public key of Ed25519 in PEM";
  if (!isSha256(keyId) || keyIdOf(publicKey) !== keyId) return "a keyId that is not the key's";
  if (!isInstant(validFrom) || !isInstant(validUntil)) return "a key without the days of its life";
  if (Object.hasOwn(fields, "revokedAt") && !isInstant(revokedAt)) return "a key revoked at no instant";
  const validFromMs = Date.parse(validFrom);
  const validUntilMs = Date.parse(validUntil);
  if (!(validUntilMs > validFromMs && validUntilMs - validFromMs <= longestLifeMs))
    return "a key that is not in force for 1 ms to 90 days";
  const life = { validFromMs, validUntilMs };
  const revoked = isInstant(revokedAt) ? { revokedAtMs: Date.parse(revokedAt) } : {};
  return { keyId, publicKey, role, holder, ...life, ...revoked };
}
