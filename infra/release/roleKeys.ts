import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { parseSignerKeys, signerEntry, signerFields, type SignerKey } from "../evidence/record/signerKeys";
import { ReleaseError } from "./problem";

/** In `stacks/<stack>/`: whose signatures count on a letter. Each letter names its digest, so that whoever changes it ends the letter. */
export const ROLES_FILE = "roles.json";

/** B0.2: a letter has the signature of each. */
export const ROLES = ["lead-security", "code", "ceo"] as const;
export type Role = (typeof ROLES)[number];
export const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text);

/** Of a person, who has one and keeps it whatever the role; never a name. */
export const HOLDER = /^[a-z][a-z0-9-]{1,63}$/;

const MAX_KEYS = 50;
const MAX_BYTES = 64 * 1024;

const entry = z.strictObject({
  ...signerFields,
  role: z.enum(ROLES),
  holder: z.string().regex(HOLDER),
});
export type RoleEntry = z.infer<typeof entry>;

export interface RoleKey extends SignerKey {
  readonly role: Role;
  readonly holder: string;
}

/** @throws ReleaseError */
export function parseRoleKeys(bytes: Uint8Array, file: string = ROLES_FILE): readonly RoleKey[] {
  const refuse = (got: string, fix = "npm run letter -- keygen prints an entry"): ReleaseError =>
    new ReleaseError({
      what: file,
      got,
      allowed: `a list of up to ${MAX_KEYS} Ed25519 keys, each with its keyId, role, holder, validFrom and validUntil`,
      fix,
    });
  if (bytes.length > MAX_BYTES) throw refuse(`more than ${MAX_BYTES} bytes`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refuse("no UTF-8");
  }
  return parseSignerKeys(text, entry, MAX_KEYS, refuse).map(({ entry: { role, holder }, key }) => ({
    ...key,
    role,
    holder,
  }));
}

/**
 * The file's bytes, of which nothing is believed yet.
 *
 * @param folder `stacks/<stack>`
 * @throws ReleaseError
 */
export function readRoles(folder: string): Buffer {
  const file = join(folder, ROLES_FILE);
  try {
    return readFileSync(file);
  } catch {
    throw new ReleaseError({
      what: file,
      got: "no file that can be read",
      allowed: "the keys of those who sign letters, [] where there are none yet",
      fix: "make it with what npm run letter -- keygen prints, by a pull request",
    });
  }
}

export const roleEntry = (publicKey: KeyObject, role: Role, holder: string, fromMs: number): RoleEntry => ({
  ...signerEntry(publicKey, fromMs),
  role,
  holder,
});
