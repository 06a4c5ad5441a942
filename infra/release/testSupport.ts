import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { sealEnvelope, sha256 } from "../evidence/record/envelope";
import type { FoundFile } from "../shared/readFolder";
import { letterFile, writePayload } from "./letter";
import { LETTER_PAYLOAD_TYPE, LETTER_TYPE, type Letter } from "./letter.schema";
import { renderLetter } from "./renderLetter";
import { roleEntry, ROLES, type Role, type RoleEntry } from "./roleKeys";
import { verifyLetter, type LetterInput } from "./verifyLetter";

export const NOW_MS = Date.UTC(2026, 10, 26, 12);
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const SOURCE = "5".repeat(64);
export const EVIDENCE = "e".repeat(64);
export const COLLECTORS = Buffer.from("[]\n");
export const iso = (ms: number): string => new Date(ms).toISOString();

export interface TestRoleKey {
  readonly privateKey: KeyObject;
  readonly entry: RoleEntry;
}

/** In force for the 90 days around NOW, but for what is changed. */
export function testRoleKey(
  role: Role,
  holder = `holder-${role}`,
  changes: Partial<RoleEntry> = {},
): TestRoleKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { privateKey, entry: { ...roleEntry(publicKey, role, holder, NOW_MS - 30 * DAY_MS), ...changes } };
}

/** One a role, of three people. */
export const testRoleKeys = (): readonly TestRoleKey[] => ROLES.map((role) => testRoleKey(role));

export const rolesOf = (keys: readonly TestRoleKey[]): Buffer =>
  Buffer.from(
    `${JSON.stringify(
      keys.map(({ entry }) => entry),
      undefined,
      2,
    )}\n`,
  );

/** A letter that was issued two hours ago, started one ago and ends in a day, but for what is changed. Its text is rendered. */
export function testLetter(roles: Uint8Array, changes: Partial<Letter> = {}): Letter {
  const { text, ...others } = changes;
  const phase = changes.phase ?? "fase-b";
  const letter: Omit<Letter, "text"> = {
    type: LETTER_TYPE,
    phase,
    number: 1,
    stack: phase === "fase-a" ? "staging" : "production",
    sourceDigest: SOURCE,
    commit: "c".repeat(40),
    decision: "GO",
    conditions: [],
    unprotect: [],
    informe: { name: phase === "fase-a" ? "Informe A" : "Informe B", sha256: "f".repeat(64) },
    issuedAt: iso(NOW_MS - 2 * HOUR_MS),
    startsAt: iso(NOW_MS - HOUR_MS),
    expiresAt: iso(NOW_MS + DAY_MS),
    roles: sha256(roles),
    collectors: sha256(COLLECTORS),
    ...others,
  };
  return { ...letter, text: text ?? sha256(Buffer.from(renderLetter(letter))) };
}

/** As it lies in `letters/`: the text, and the envelope with the signatures of these keys. */
export const filesOf = (letter: Letter, signers: readonly TestRoleKey[]): readonly FoundFile[] => [
  { path: letterFile(letter.phase, letter.number, "text"), bytes: Buffer.from(renderLetter(letter)) },
  {
    path: letterFile(letter.phase, letter.number, "envelope"),
    bytes: sealEnvelope(
      LETTER_PAYLOAD_TYPE,
      writePayload(letter),
      signers.map(({ privateKey }) => privateKey),
    ),
  },
];

/** The production stack's release, asked for at NOW, by a list of keys that is entered, but for what is changed. */
export const verifyOf = (
  files: readonly FoundFile[],
  roles: Uint8Array,
  changes: Partial<LetterInput> = {},
): ReturnType<typeof verifyLetter> =>
  verifyLetter({
    files,
    roles,
    trustedRoles: sha256(roles),
    collectors: COLLECTORS,
    stack: "production",
    phase: "fase-b",
    sourceDigest: SOURCE,
    nowMs: NOW_MS,
    believed: () => true,
    ...changes,
  });
