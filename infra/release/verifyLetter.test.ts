import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canonicalBytes } from "../evidence/record/canonical";
import { sealEnvelope, sha256 } from "../evidence/record/envelope";
import { believedBy } from "./believed";
import { letterFile } from "./letter";
import { LETTER_PAYLOAD_TYPE, type Letter } from "./letter.schema";
import { ROLES_FILE } from "./roleKeys";
import {
  DAY_MS,
  EVIDENCE,
  filesOf,
  HOUR_MS,
  iso,
  NOW_MS,
  rolesOf,
  SOURCE,
  testLetter,
  testRoleKey,
  testRoleKeys,
  verifyOf,
  type TestRoleKey,
} from "./testSupport";
import { trustedOf, TRUSTED_ROLES } from "./trustedRoles";
import { isRefusal, type LetterInput } from "./verifyLetter";

const keys = testRoleKeys();
const [lead, code, ceo] = keys as [TestRoleKey, TestRoleKey, TestRoleKey];
const roles = rolesOf(keys);
const condition = {
  id: "C1",
  text: "Los 13 certificados están instalados.",
  clause: "B8.4",
  evidence: EVIDENCE,
} as const;

/** Why it does not hold; "holds" where it does. */
function why(
  changes: Partial<Letter> = {},
  signers: readonly TestRoleKey[] = keys,
  input: Partial<LetterInput> = {},
  list: Uint8Array = roles,
): string {
  const result = verifyOf(filesOf(testLetter(list, changes), signers), list, input);
  return isRefusal(result) ? result.refusal : "holds";
}

/** One that says anything at all, properly signed. */
const forged = (value: unknown, name = "fase-b-001.dsse.json"): { path: string; bytes: Uint8Array } => ({
  path: name,
  bytes: sealEnvelope(
    LETTER_PAYLOAD_TYPE,
    canonicalBytes(value),
    keys.map(({ privateKey }) => privateKey),
  ),
});

describe("a letter (B0.2)", () => {
  it("holds with the signatures of three people for the three roles", () => {
    const letter = testLetter(roles);
    const files = filesOf(letter, keys);
    expect(verifyOf(files, roles)).toEqual({
      letter,
      payloadSha256: sha256(canonicalBytes(letter)),
      signers: keys.map(({ entry: { role, holder, keyId } }) => ({ role, holder, keyId })),
    });
    expect(why({ phase: "fase-a" }, keys, { phase: "fase-a", stack: "staging" })).toBe("holds");
  });

  it.each<[string, readonly TestRoleKey[], RegExp]>([
    ["two signatures", [lead, code], /signatures: got of .*; allowed: of lead-security, code, ceo/],
    ["one signature", [ceo], /signatures: got of ceo/],
    [
      "two keys of one role",
      [lead, code, testRoleKey("code", "holder-other")],
      /who signed: .* one signature a role/,
    ],
    ["one person with two roles", [lead, code, testRoleKey("ceo", "holder-code")], /three different people/],
    ["a fourth beside the three", [...keys, testRoleKey("ceo", "holder-other")], /one signature a role/],
    [
      "a key that ended",
      [lead, code, testRoleKey("ceo", "c1", { validUntil: iso(NOW_MS) })],
      /the signature of ceo .* was in force until/,
    ],
    [
      "a key that began after the letter",
      [lead, code, testRoleKey("ceo", "c1", { validFrom: iso(NOW_MS - HOUR_MS) })],
      /in force only from/,
    ],
    [
      "a key that is revoked since",
      [lead, code, testRoleKey("ceo", "c1", { revokedAt: iso(NOW_MS) })],
      /was revoked at/,
    ],
  ])("does not hold with %s", (_, signers, says) => {
    const list = rolesOf([...new Set([...keys, ...signers])]);
    expect(why({}, signers, {}, list)).toMatch(says);
  });

  it("holds while a key is not revoked yet, and with a person who has another key in another role", () => {
    const later = testRoleKey("ceo", "c1", { revokedAt: iso(NOW_MS + 1) });
    expect(why({}, [lead, code, later], {}, rolesOf([lead, code, later]))).toBe("holds");
    const other = testRoleKey("ceo", "holder-code");
    expect(why({}, keys, {}, rolesOf([...keys, other]))).toBe("holds");
  });

  it("does not hold by a key that is in no role", () => {
    const stranger = testRoleKey("ceo");
    expect(why({}, [lead, code, stranger])).toMatch(
      /a signature: got one by the key [0-9a-f]{64}; allowed: keys of roles/,
    );
  });

  it("holds from its first instant to before its last", () => {
    const letter = { issuedAt: iso(NOW_MS), startsAt: iso(NOW_MS), expiresAt: iso(NOW_MS + 1000) };
    const at = (nowMs: number): string => why(letter, keys, { nowMs });
    expect(at(NOW_MS - 1)).toMatch(/issuedAt: got 2026-11-26T12:00:00\.000Z; allowed: not after/);
    expect(at(NOW_MS)).toBe("holds");
    expect(at(NOW_MS + 999)).toBe("holds");
    expect(at(NOW_MS + 1000)).toMatch(/expiresAt: got 2026-11-26T12:00:01\.000Z; allowed: after/);
    expect(at(Number.NaN)).toMatch(/the clock: got NaN/);
    const later = { ...letter, startsAt: iso(NOW_MS + 500) };
    expect(why(later, keys, { nowMs: NOW_MS + 499 })).toMatch(/startsAt: /);
    expect(why(later, keys, { nowMs: NOW_MS + 500 })).toBe("holds");
  });

  it("refuses what says NO-GO, and what it takes back", () => {
    expect(why({ decision: "NO-GO" })).toMatch(/the letter says NO-GO/);
    const first = testLetter(roles);
    const second = testLetter(roles, {
      number: 2,
      previous: sha256(canonicalBytes(first)),
      decision: "NO-GO",
    });
    const files = [...filesOf(first, keys), ...filesOf(second, keys)];
    expect(verifyOf(files, roles)).toMatchObject({ refusal: expect.stringMatching(/002.*NO-GO/) as string });
    const unfinished = [...filesOf(first, keys), ...filesOf(second, [lead])];
    expect(verifyOf(unfinished, roles)).toMatchObject({
      refusal: expect.stringMatching(/002.*signatures/) as string,
    });
  });

  it("is conditional on every piece of evidence that it names", () => {
    const second = { ...condition, id: "C2", clause: "B8.5", evidence: "d".repeat(64) } as const;
    const letter = { decision: "GO condicional", conditions: [condition, second] } as const;
    const believed = (clause: string, digest: string): boolean => clause === "B8.4" && digest === EVIDENCE;
    expect(why({ ...letter, conditions: [...letter.conditions] }, keys, { believed })).toMatch(
      /condition C2: got no evidence d{64} of B8\.5/,
    );
    expect(why({ ...letter, conditions: [condition] }, keys, { believed })).toBe("holds");
  });

  it("releases one source of one stack; Fase A starts work that changes the source", () => {
    const other = "6".repeat(64);
    expect(why({}, keys, { sourceDigest: other })).toMatch(
      /source: got a source of the digest 6{64}; allowed: .* 5{64}/,
    );
    expect(why({}, keys, { stack: "production-eu" })).toMatch(
      /whose letter it is: got fase-b number 1 of production;/,
    );
    expect(why({}, keys, { phase: "fase-a", stack: "staging" })).toMatch(/letters of fase-a: got none/);
    const start = { phase: "fase-a", stack: "staging", sourceDigest: other } as const;
    expect(why({ phase: "fase-a" }, keys, start)).toBe("holds");
  });

  it("ends with a change of the list of who may sign", () => {
    const changed = rolesOf([...keys, testRoleKey("ceo", "another")]);
    const result = verifyOf(filesOf(testLetter(roles), keys), changed);
    expect(result).toMatchObject({
      refusal: expect.stringMatching(/who may sign: got a roles.json of/) as string,
    });
    const spaced = Buffer.concat([roles, Buffer.from("\n")]);
    expect(verifyOf(filesOf(testLetter(roles), keys), spaced)).toHaveProperty("refusal");
  });

  it("ends with a change of the list of whose evidence counts", () => {
    expect(why({}, keys, { collectors: Buffer.from("[]") })).toMatch(
      /whose evidence counts: got a collectors\.json of the digest [0-9a-f]{64}; allowed: the one of/,
    );
    const fase = { phase: "fase-a", stack: "staging" } as const;
    expect(why(fase, keys, { ...fase, collectors: Buffer.from("[]") })).toMatch(/whose evidence counts/);
  });

  it("counts by keys that are entered in the code alone, whatever list lies beside it", () => {
    expect(why({}, keys, { trustedRoles: undefined })).toMatch(
      /^stacks\/production\/roles\.json: whose keys count: got .* whose keys count here nobody has entered; .*; fix: enter "production": "[0-9a-f]{64}" in infra\/release\/trustedRoles\.ts and policies\/lib\/trustedRoles\.ts/,
    );
    expect(why({}, keys, { trustedRoles: "0".repeat(64) })).toMatch(
      /whose keys count: got a list of the digest [0-9a-f]{64}; allowed: the one that is entered, of 0{64}/,
    );
  });

  it("counts in staging by the list that lies there, and in a stack that is not entered by none", () => {
    const kept = readFileSync(join(__dirname, "../../stacks/staging", ROLES_FILE));
    expect(trustedOf(TRUSTED_ROLES, "staging")).toBe(sha256(kept));
    for (const stack of ["production", "toString", "__proto__"])
      expect(trustedOf(TRUSTED_ROLES, stack)).toBeUndefined();
  });

  it("that nobody has signed yet is said to be a draft", () => {
    const draft = { path: "fase-b-001.json", bytes: canonicalBytes(testLetter(roles)) };
    expect(verifyOf([draft], roles)).toMatchObject({
      refusal: expect.stringMatching(
        /got none: fase-b-001\.json is a draft that nobody has signed; .*; fix: npm run letter -- sign/,
      ) as string,
    });
  });

  it("is what people read: the text is there, has its digest, and follows from what is signed", () => {
    const letter = testLetter(roles);
    const [text, envelope] = filesOf(letter, keys);
    if (!text || !envelope) throw new Error("no files");
    expect(verifyOf([envelope], roles)).toMatchObject({
      refusal: expect.stringMatching(/001\.md.*no file/) as string,
    });
    const other = Buffer.from(text.bytes.toString().replace("production", "producción"));
    expect(verifyOf([{ ...text, bytes: other }, envelope], roles)).toMatchObject({
      refusal: expect.stringMatching(/got the digest/) as string,
    });
    const lying = testLetter(roles, { text: sha256(other) });
    expect(verifyOf([{ ...text, bytes: other }, ...filesOf(lying, keys).slice(1)], roles)).toMatchObject({
      refusal: expect.stringMatching(/another text than follows/) as string,
    });
  });

  it("follows an unbroken chain", () => {
    const first = testLetter(roles, { decision: "NO-GO" });
    const second = testLetter(roles, { number: 2, previous: sha256(canonicalBytes(first)) });
    const files = [...filesOf(first, keys), ...filesOf(second, keys)];
    expect(verifyOf(files, roles)).toMatchObject({ letter: { number: 2 } });
    const without = (part: string) => files.filter(({ path }) => !path.startsWith(part));
    const refused = (some: typeof files, says: RegExp): void =>
      expect(verifyOf(some, roles)).toMatchObject({ refusal: expect.stringMatching(says) as string });
    refused(
      without("fase-b-001"),
      /its number: got 2; allowed: 1, as letters of a phase count without a gap/,
    );
    const replaced = [...without("fase-b-001"), ...filesOf(testLetter(roles), keys)];
    refused(replaced, /the letter before it: got [0-9a-f]{64}; allowed: [0-9a-f]{64}/);
    const again = files.map((file) => ({ ...file, path: file.path.replace("002", "003") }));
    refused(
      [...files, ...again.filter(({ path }) => path.includes("003"))],
      /whose letter it is: got fase-b number 2/,
    );
    refused([...files, { path: "fase-b-003.dsse.json", bytes: Buffer.from("{}") }], /003.*what it is/);
    refused([...files, { path: "fase-b-03.dsse.json", bytes: Buffer.from("{}") }], /its name/);
  });

  it("does not miss its last letter: the one before it counts again until it ends, and only reviewers see that", () => {
    const first = testLetter(roles);
    const second = testLetter(roles, {
      number: 2,
      previous: sha256(canonicalBytes(first)),
      decision: "NO-GO",
    });
    const both = [...filesOf(first, keys), ...filesOf(second, keys)];
    expect(verifyOf(both, roles)).toHaveProperty("refusal");
    const left = both.filter(({ path }) => !path.startsWith("fase-b-002"));
    expect(verifyOf(left, roles)).toMatchObject({ letter: { number: 1 } });
    expect(verifyOf(left, roles, { nowMs: Date.parse(first.expiresAt) })).toHaveProperty("refusal");
  });

  it.each<[string, object]>([
    ["a field that nobody knows", { note: "and more" }],
    ["a life that is too long", { expiresAt: iso(NOW_MS + 7 * DAY_MS) }],
    ["no time at all", { startsAt: iso(NOW_MS), expiresAt: iso(NOW_MS) }],
    ["a start before its issue", { startsAt: iso(NOW_MS - 3 * HOUR_MS) }],
    ["conditions without being conditional", { conditions: [condition] }],
    ["no condition, though it is conditional", { decision: "GO condicional" }],
    [
      "conditions out of order",
      {
        decision: "GO condicional",
        conditions: [
          { ...condition, id: "C10" },
          { ...condition, id: "C9" },
        ],
      },
    ],
    ["one condition twice", { decision: "GO condicional", conditions: [condition, condition] }],
    ["resources to unprotect of a NO-GO", { decision: "NO-GO", unprotect: ["t::a"] }],
    ["resources out of order", { unprotect: ["t::b", "t::a"] }],
    ["the other phase's report", { informe: { name: "Informe A", sha256: "f".repeat(64) } }],
    ["a letter before the first", { previous: "a".repeat(64) }],
    ["another decision", { decision: "GO!" }],
    ["an instant in another form", { startsAt: "2026-11-26T11:00:00Z" }],
  ])("says nothing with %s, whoever signed it", (_, changes) => {
    const letter = { ...testLetter(roles), ...changes };
    const [text] = filesOf(testLetter(roles), keys);
    if (!text) throw new Error("no text");
    expect(verifyOf([text, forged(letter)], roles)).toMatchObject({
      unreadable: true,
      refusal: expect.stringMatching(
        /^stacks\/production\/letters\/fase-b-001\.dsse\.json: what it is: got .+; allowed: .+$/,
      ) as string,
    });
  });

  it("of Fase A is of staging, and of Fase B of no staging", () => {
    const letter = testLetter(roles);
    const staging = [forged({ ...letter, stack: "staging" })];
    expect(verifyOf(staging, roles, { stack: "staging" })).toMatchObject({
      refusal: expect.stringMatching(/fase-a is of staging, fase-b of any other/) as string,
    });
  });

  it("says which list of keys cannot be read", () => {
    for (const [bytes, says] of [
      [Buffer.from("{"), /^stacks\/production\/roles\.json: got no JSON/],
      [Buffer.from([0x5b, 0xff, 0x5d]), /got no UTF-8/],
      [rolesOf([lead, lead]), /got the same key twice/],
      [
        rolesOf([{ ...lead, entry: { ...lead.entry, keyId: code.entry.keyId } }]),
        /what is not the SHA-256 of the key/,
      ],
      [rolesOf([{ ...lead, entry: { ...lead.entry, holder: "Jane Doe" } }]), /something else at 0\.holder/],
      [
        rolesOf([{ ...lead, entry: { ...lead.entry, validUntil: iso(NOW_MS + 60 * DAY_MS + 1) } }]),
        /not in force for 1 to 90 days/,
      ],
      [rolesOf(Array.from({ length: 51 }, () => lead)), /something else|same key/],
    ] as const)
      expect(verifyOf([], bytes)).toMatchObject({
        unreadable: true,
        refusal: expect.stringMatching(says) as string,
      });
  });

  it("believes evidence that is there, of its clause, which is met", () => {
    const piece = { clause: "B8.4", sha256: EVIDENCE } as never;
    const believed = believedBy({
      clauses: [
        { clause: "B8.4", verdict: "met", because: "", pieces: [] },
        { clause: "B8.5", verdict: "unknown", because: "", pieces: [] },
      ],
      pieces: [piece, { clause: "B8.5", sha256: "d".repeat(64) } as never],
    });
    expect(believed("B8.4", EVIDENCE)).toBe(true);
    expect(believed("B8.4", "d".repeat(64))).toBe(false);
    expect(believed("B8.5", "d".repeat(64))).toBe(false);
    expect(believed("B8.6", EVIDENCE)).toBe(false);
  });

  it("is called as its phase and number say", () => {
    expect(letterFile("fase-b", 7, "envelope")).toBe("fase-b-007.dsse.json");
    expect(SOURCE).toHaveLength(64);
  });
});
