import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { collectorEntry, COLLECTORS_FILE } from "../../infra/evidence/record/collectorKeys";
import { sealEnvelope } from "../../infra/evidence/record/envelope";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { iso, named, NOW_MS, SOURCE, statementOf, type Said } from "../../infra/evidence/record/testSupport";
import { STATEMENT_PAYLOAD_TYPE, writeStatement } from "../../infra/evidence/record/statement";
import { LETTERS_FOLDER } from "../../infra/release/letter";
import type { Letter } from "../../infra/release/letter.schema";
import { ROLES_FILE } from "../../infra/release/roleKeys";
import {
  DAY_MS,
  filesOf,
  HOUR_MS,
  rolesOf,
  testLetter,
  testRoleKeys,
  type TestRoleKey,
} from "../../infra/release/testSupport";

/** What a test may have otherwise than a release that is all as it should be. */
export interface Otherwise {
  /** What is said of a piece of evidence instead, by clause and kind; undefined leaves it out. */
  readonly evidence?: (said: Said) => Said | undefined;
  readonly letter?: Partial<Letter> | ((digests: ReadonlyMap<string, string>) => Partial<Letter>);
  readonly signers?: (keys: readonly TestRoleKey[]) => readonly TestRoleKey[];
  readonly nowMs?: number;
}

/** All that is asked for, each with what follows from the others. */
const PIECES: readonly (Said & { readonly follows?: boolean })[] = [
  { clause: "B6.2", kind: "sbom" },
  { clause: "B6.3", kind: "findings" },
  { clause: "B8.1", kind: "metrics" },
  { clause: "B8.2", kind: "metrics" },
  { clause: "B8.3", kind: "logScan" },
  { clause: "B8.4", kind: "certificates" },
  { clause: "B8.4", kind: "configurations", follows: true },
  { clause: "B8.5", kind: "findings" },
  { clause: "B8.6", kind: "proofRun" },
  { clause: "B8.7", kind: "proofRun" },
  { clause: "B8.8", kind: "proofRun" },
];

/**
 * Releases a stack of a copy of the program as people would: evidence of the copy's own source, collected an hour ago and signed by a key
 * that the test made, and a letter with three signatures, issued today.
 *
 * @returns digests of the pieces of evidence, by clause
 */
export function release(
  folder: string,
  stack: string,
  otherwise: Otherwise = {},
): ReadonlyMap<string, string> {
  const { evidence = (said) => said, nowMs = Date.now() } = otherwise;
  const source = sourceDigest(folder);
  for (const before of ["stacks/staging/evidence", `stacks/${stack}/${LETTERS_FOLDER}`])
    rmSync(path.join(folder, before), { recursive: true, force: true });
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const keys = [collectorEntry(publicKey, "evidence-collector", nowMs - 30 * DAY_MS)];
  write(folder, `stacks/staging/${COLLECTORS_FILE}`, JSON.stringify(keys));
  const digests = new Map<string, string>();
  for (const { follows = false, ...piece } of PIECES) {
    const said = evidence(piece);
    if (said === undefined) continue;
    const previous = follows ? { previous: digests.get(said.clause) } : {};
    const file = pieceOf(
      { ...said, predicate: { ...previous, ...said.predicate } },
      source,
      nowMs,
      privateKey,
    );
    digests.set(said.clause, file.sha256);
    write(folder, `stacks/staging/evidence/${file.path}`, file.bytes);
  }
  sign(folder, stack, source, nowMs, otherwise, digests);
  return digests;
}

function sign(
  folder: string,
  stack: string,
  source: string,
  nowMs: number,
  { letter: changes = {}, signers = (all) => all }: Otherwise,
  digests: ReadonlyMap<string, string>,
): void {
  const shift = nowMs - NOW_MS;
  const keys = testRoleKeys().map(({ privateKey, entry }) => ({
    privateKey,
    entry: {
      ...entry,
      validFrom: iso(Date.parse(entry.validFrom) + shift),
      validUntil: iso(Date.parse(entry.validUntil) + shift),
    },
  }));
  const roles = rolesOf(keys);
  write(folder, `stacks/${stack}/${ROLES_FILE}`, roles);
  const letter = testLetter(roles, {
    stack,
    sourceDigest: source,
    issuedAt: iso(nowMs - 2 * HOUR_MS),
    startsAt: iso(nowMs - HOUR_MS),
    expiresAt: iso(nowMs + DAY_MS),
    ...(typeof changes === "function" ? changes(digests) : changes),
  });
  for (const { path: name, bytes } of filesOf(letter, signers(keys)))
    write(folder, `stacks/${stack}/${LETTERS_FOLDER}/${name}`, bytes);
}

/** As the evidence of other tests, at another time and of another source. */
function pieceOf(
  said: Said,
  source: string,
  nowMs: number,
  key: KeyObject,
): { readonly path: string; readonly bytes: Uint8Array; readonly sha256: string } {
  const text = JSON.stringify(statementOf(said))
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, (at) => iso(Date.parse(at) - NOW_MS + nowMs))
    .replaceAll(SOURCE, source);
  const statement = JSON.parse(text) as ReturnType<typeof statementOf>;
  const bytes = sealEnvelope(STATEMENT_PAYLOAD_TYPE, writeStatement(statement), [key]);
  return named(said, statement.predicate.collectedAt, bytes);
}

function write(folder: string, file: string, content: string | Uint8Array): void {
  const target = path.join(folder, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, content);
}
