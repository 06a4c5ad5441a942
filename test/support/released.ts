import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { collectorEntry, COLLECTORS_FILE } from "../../infra/evidence/record/collectorKeys";
import { sealEnvelope, sha256 } from "../../infra/evidence/record/envelope";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { iso, named, NOW_MS, SOURCE, statementOf, type Said } from "../../infra/evidence/record/testSupport";
import { STATEMENT_PAYLOAD_TYPE, writeStatement } from "../../infra/evidence/record/statement";
import { LETTERS_FOLDER } from "../../infra/release/letter";
import type { Letter } from "../../infra/release/letter.schema";
import { ROLES_FILE } from "../../infra/release/roleKeys";
import type { TrustedRoles } from "../../infra/release/trustedRoles";
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
 * Releases a stack of a copy of the program as people would: three keys that the copy's code has entered, evidence of the copy's own
 * source, collected an hour ago and signed by a key that the test made, and a letter with three signatures, issued today.
 *
 * @returns digests of the pieces of evidence, by clause
 */
export function release(
  folder: string,
  stack: string,
  otherwise: Otherwise = {},
): ReadonlyMap<string, string> {
  const { nowMs = Date.now() } = otherwise;
  rmSync(path.join(folder, `stacks/${stack}/${LETTERS_FOLDER}`), { recursive: true, force: true });
  const signers = keysAt(nowMs);
  const roles = rolesOf(signers);
  write(folder, `stacks/${stack}/${ROLES_FILE}`, roles);
  // Before the source is counted: it is of it.
  enter(folder, stack, sha256(roles));
  const digests = collect(folder, nowMs, otherwise.evidence);
  sign(folder, stack, nowMs, otherwise, digests, signers);
  return digests;
}

const ENTRY = /^ {2}"?([\w.-]+)"?: "([0-9a-f]{64})",$/gm;
const programs = (folder: string): string => path.join(folder, "infra/release/trustedRoles.ts");

/** Enters whose keys count for a stack into the copy's code, the program's and the pack's. */
function enter(folder: string, stack: string, digest: string): void {
  const packs = path.join(folder, "policies/lib/trustedRoles.ts");
  for (const [file, line, before, end] of [
    [programs(folder), `  ${JSON.stringify(stack)}: "${digest}",\n`, ENTRY, "};\n"],
    [
      packs,
      `  [${JSON.stringify(stack)}, "${digest}"],\n`,
      /^ {2}\["([\w.-]+)", "[0-9a-f]{64}"\],$/gm,
      "]);\n",
    ],
  ] as const) {
    const text = readFileSync(file, "utf8").replace(before, (entry, of) => (of === stack ? "" : entry));
    const at = text.indexOf(end);
    if (at < 0) throw new Error(`${file} has no list`);
    writeFileSync(file, text.slice(0, at) + line + text.slice(at));
  }
}

/** What the copy's program holds as whose keys count: for tests in a process that has loaded another program. */
export const trustedIn = (folder: string): TrustedRoles =>
  Object.fromEntries(
    [...readFileSync(programs(folder), "utf8").matchAll(ENTRY)].map(([, of = "", one = ""]) => [of, one]),
  );

/**
 * Staging's evidence for every clause, of the source that is in the folder.
 *
 * @returns digests of the pieces, by clause
 */
export function collect(
  folder: string,
  nowMs: number,
  evidence: NonNullable<Otherwise["evidence"]> = (said) => said,
): ReadonlyMap<string, string> {
  const source = sourceDigest(folder);
  rmSync(path.join(folder, "stacks/staging/evidence"), { recursive: true, force: true });
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
  return digests;
}

/** Three keys that are in force then. */
function keysAt(nowMs: number): readonly TestRoleKey[] {
  const shift = nowMs - NOW_MS;
  return testRoleKeys().map(({ privateKey, entry }) => ({
    privateKey,
    entry: {
      ...entry,
      validFrom: iso(Date.parse(entry.validFrom) + shift),
      validUntil: iso(Date.parse(entry.validUntil) + shift),
    },
  }));
}

function sign(
  folder: string,
  stack: string,
  nowMs: number,
  { letter: changes = {}, signers = (all) => all }: Otherwise,
  digests: ReadonlyMap<string, string>,
  keys: readonly TestRoleKey[],
): void {
  const letter = testLetter(rolesOf(keys), {
    stack,
    sourceDigest: sourceDigest(folder),
    collectors: sha256(readFileSync(path.join(folder, "stacks/staging", COLLECTORS_FILE))),
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
