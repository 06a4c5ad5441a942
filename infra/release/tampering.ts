import * as fc from "fast-check";
import { canonicalBytes } from "../evidence/record/canonical";
import {
  openEnvelope,
  sealEnvelope,
  sha256,
  writeEnvelope,
  type Envelope,
} from "../evidence/record/envelope";
import type { FoundFile } from "../shared/readFolder";
import { openLetter, writePayload } from "./letter";
import { DECISIONS, LETTER_PAYLOAD_TYPE, letterSchema, type Letter } from "./letter.schema";
import { renderLetter } from "./renderLetter";
import {
  COLLECTORS,
  DAY_MS,
  EVIDENCE,
  filesOf,
  HOUR_MS,
  iso,
  NOW_MS,
  rolesOf,
  testLetter,
  testRoleKey,
  testRoleKeys,
  type TestRoleKey,
} from "./testSupport";
import type { LetterInput } from "./verifyLetter";

/** What can be done to a letter, for tests of whoever judges letters. */

/**
 * A folder with two letters, of which the second counts, and a list of keys with all that is not enough: a second key of a role, a person
 * with a second role, keys that ended, are yet to come, are revoked.
 */
export const right = testRoleKeys();
const wrong: readonly TestRoleKey[] = [
  testRoleKey("code", "holder-other"),
  testRoleKey("ceo", "holder-code"),
  testRoleKey("ceo", "ended", { validUntil: iso(NOW_MS - 1) }),
  testRoleKey("code", "to-come", { validFrom: iso(NOW_MS - HOUR_MS) }),
  testRoleKey("lead-security", "revoked", { revokedAt: iso(NOW_MS - DAY_MS) }),
];
export const roles = rolesOf([...right, ...wrong]);
/** Of these three go together, where each has another role and is another person. */
const inForce: readonly TestRoleKey[] = [...right, ...wrong.slice(0, 2)];
const enough = (keys: readonly TestRoleKey[]): boolean =>
  keys.length === 3 &&
  keys.every((key) => inForce.includes(key)) &&
  new Set(keys.map(({ entry }) => entry.role)).size === 3 &&
  new Set(keys.map(({ entry }) => entry.holder)).size === 3;
const strangers = [testRoleKey("ceo"), testRoleKey("code"), testRoleKey("lead-security")];
const first = testLetter(roles, { unprotect: ["aws:kms/key:Key::evidence"] });
export const second = testLetter(roles, {
  number: 2,
  previous: sha256(writePayload(first)),
  decision: "GO condicional",
  conditions: [
    { id: "C1", text: "Los 13 certificados están instalados.", clause: "B8.4", evidence: EVIDENCE },
    { id: "C2", text: "Ningún hallazgo crítico o alto abierto.", clause: "B8.5", evidence: "d".repeat(64) },
  ],
  unprotect: ["aws:dynamodb/table:Table::claims", "aws:s3/bucket:Bucket::evidence"],
});
export const files = [...filesOf(first, right), ...filesOf(second, right)];
const [TEXT, ENVELOPE] = ["fase-b-002.md", "fase-b-002.dsse.json"];
/** What is judged; the first letter's text was, when it counted. */
const judgedFiles = [TEXT, ENVELOPE, "fase-b-001.dsse.json"];
export const believed: LetterInput["believed"] = (clause, digest) =>
  second.conditions.some((one) => one.clause === clause && one.evidence === digest);
const bytesOf = (name: string): Buffer => Buffer.from(files.find(({ path }) => path === name)?.bytes ?? []);
const envelope = openEnvelope(bytesOf(ENVELOPE)) as Envelope;

export interface Case {
  readonly files: readonly FoundFile[];
  readonly roles: Uint8Array;
  readonly input?: Partial<LetterInput>;
}
const withFile = (path: string, bytes: Uint8Array): Case => ({
  files: [...files.filter((file) => file.path !== path), { path, bytes }],
  roles,
});
export const signedAs = (value: unknown, keys: readonly TestRoleKey[], text?: string): Case => {
  const bytes = sealEnvelope(
    LETTER_PAYLOAD_TYPE,
    canonicalBytes(value),
    [...new Set(keys)].map(({ privateKey }) => privateKey),
  );
  const { files: changed } = withFile(ENVELOPE, bytes);
  return {
    files:
      text === undefined
        ? changed
        : changed.map((file) => (file.path === TEXT ? { path: TEXT, bytes: Buffer.from(text) } : file)),
    roles,
  };
};

/** A byte is another, is missing, or is one more; in a letter, its text, the letter before it, or the list of keys. */
const bytes = fc
  .record({
    name: fc.constantFrom(...judgedFiles, "roles.json"),
    at: fc.nat(),
    how: fc.constantFrom("flip", "cut", "add", "end", "swap"),
    by: fc.integer({ min: 1, max: 255 }),
  })
  .map(({ name, at, how, by }): Case => {
    const before = name === "roles.json" ? roles : bytesOf(name);
    const place = at % before.length;
    const after = Buffer.from(
      how === "cut"
        ? [...before.subarray(0, place), ...before.subarray(place + 1)]
        : how === "add"
          ? [...before.subarray(0, place), by, ...before.subarray(place)]
          : how === "end"
            ? [...before.subarray(0, place)]
            : [...before],
    );
    if (how === "flip" || how === "swap") after[place] = (before[place] ?? 0) ^ by;
    if (how === "swap") after[(place + 1) % after.length] = (before[(place + 1) % before.length] ?? 0) ^ by;
    return name === "roles.json" ? { files, roles: after } : withFile(name, after);
  });

const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const near = fc.integer({ min: -8 * DAY_MS, max: 8 * DAY_MS }).map((ms) => iso(NOW_MS + ms));
/** Another value of a field, by itself one that a letter may have. */
const change: fc.Arbitrary<Partial<Letter>> = fc.oneof(
  fc.constantFrom(...DECISIONS).map((decision) => ({ decision })),
  fc.constantFrom("production-eu", "staging", "prod").map((stack) => ({ stack })),
  fc.constantFrom("fase-a" as const).map((phase) => ({ phase })),
  fc.integer({ min: 1, max: 999 }).map((number) => ({ number })),
  digest.map((previous) => ({ previous })),
  digest.map((sourceDigest) => ({ sourceDigest })),
  digest.map((text) => ({ text })),
  digest.map((one) => ({ roles: one })),
  digest.map((one) => ({ collectors: one })),
  fc.stringMatching(/^[0-9a-f]{40}$/).map((commit) => ({ commit })),
  near.map((issuedAt) => ({ issuedAt })),
  near.map((startsAt) => ({ startsAt })),
  near.map((expiresAt) => ({ expiresAt })),
  digest.map((one) => ({ informe: { ...second.informe, sha256: one } })),
  fc.subarray([...second.conditions], { maxLength: 1 }).map((conditions) => ({ conditions })),
  digest.map((evidence) => ({ conditions: second.conditions.map((one) => ({ ...one, evidence })) })),
  fc.subarray([...second.unprotect], { maxLength: 1 }).map((unprotect) => ({ unprotect })),
  fc
    .stringMatching(/^[a-z:/]{1,20}::[a-z-]{1,20}$/)
    .map((one) => ({ unprotect: [...second.unprotect, one].sort() })),
);
export const rendered = (letter: Letter): Letter => ({
  ...letter,
  text: sha256(Buffer.from(renderLetter(letter))),
});

/** It says something else, and its text and digests with it; the signatures are those of before. */
const saysOther = change.map((changes): Case => {
  const letter = rendered({ ...second, ...changes });
  const { files: changed } = withFile(TEXT, Buffer.from(renderLetter(letter)));
  const written = writeEnvelope({ ...envelope, payload: canonicalBytes(letter) });
  return {
    files: changed.map((file) => (file.path === ENVELOPE ? { path: ENVELOPE, bytes: written } : file)),
    roles,
  };
});

/** What it says is signed anew, but not by the three. */
const signedByOthers = fc
  .record({
    changes: fc.option(change, { nil: {} }),
    keys: fc.uniqueArray(fc.constantFrom(...right, ...wrong, ...strangers), { minLength: 1, maxLength: 6 }),
  })
  .filter(({ keys }) => !enough(keys))
  .map(({ changes, keys }): Case => {
    const letter = rendered({ ...second, ...changes });
    return signedAs(letter, keys, renderLetter(letter));
  });

/** The three sign what no letter may say, or what does not belong here. */
const never: fc.Arbitrary<object> = fc.oneof(
  fc.constantFrom(
    { decision: "go" },
    { decision: "NO-GO", conditions: [] },
    { decision: "GO" },
    { conditions: [] },
    { conditions: [...second.conditions].reverse() },
    { conditions: [second.conditions[0], second.conditions[0]] },
    { unprotect: [...second.unprotect].reverse() },
    { unprotect: ["a::b", "a::b"] },
    { type: "https://example.com/fase-b/carta-go/v2" },
    { informe: { name: "Informe A", sha256: "f".repeat(64) } },
    { stack: "production-eu" },
    { phase: "fase-a" },
    { expiresAt: iso(NOW_MS) },
    { startsAt: iso(NOW_MS + 1) },
    { issuedAt: iso(NOW_MS + 1), startsAt: iso(NOW_MS + 1) },
    { expiresAt: iso(NOW_MS + 7 * DAY_MS) },
  ),
  fc
    .integer({ min: 1, max: 999 })
    .filter((number) => number !== 2)
    .map((number) => ({ number })),
  digest.map((previous) => ({ previous })),
  digest.map((sourceDigest) => ({ sourceDigest })),
  digest.map((one) => ({ roles: one })),
  digest.map((one) => ({ collectors: one })),
  digest.map((evidence) => ({ conditions: second.conditions.map((one) => ({ ...one, evidence })) })),
  fc
    .tuple(fc.stringMatching(/^[a-zA-Z]{1,12}$/), fc.jsonValue({ maxDepth: 1 }))
    .filter(([key]) => !Object.hasOwn(second, key))
    .map(([key, value]) => ({ [key]: value })),
  fc
    .tuple(fc.constantFrom(...(Object.keys(second) as (keyof Letter)[])), fc.jsonValue({ maxDepth: 1 }))
    // What a letter may say as well, and the three have signed, is another letter.
    .filter(([key, value]) => !letterSchema.safeParse({ ...second, [key]: value }).success)
    .map(([key, value]) => ({ [key]: value })),
);
const signedInVain = never.map((changes): Case => {
  const letter = { ...second, ...changes };
  let text = renderLetter(second);
  try {
    text = renderLetter(letter as Letter);
  } catch {
    // What is no letter at all has no text either.
  }
  return signedAs({ ...letter, text: sha256(Buffer.from(text)) }, right, text);
});

/** Signatures are left out, changed round, said twice, taken from another letter. */
const signatures = fc
  .record({
    how: fc.constantFrom("drop", "rotate", "twice", "other", "order", "zero", "type"),
    at: fc.integer({ min: 0, max: 2 }),
    by: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ how, at, by }): Case => {
    const own = envelope.signatures;
    const other = (openEnvelope(bytesOf("fase-b-001.dsse.json")) as Envelope).signatures;
    if (how === "type")
      return withFile(ENVELOPE, writeEnvelope({ ...envelope, payloadType: `${envelope.payloadType}${by}` }));
    const changed = own.flatMap((one, index) => {
      if (how === "rotate") return [{ ...one, sig: own[(index + by) % 3]?.sig ?? one.sig }];
      if (index !== at) return [one];
      if (how === "drop") return [];
      if (how === "twice") return [one, one];
      if (how === "other") return [other[index] ?? one];
      return how === "zero" ? [{ ...one, sig: Buffer.alloc(64) }] : [one];
    });
    const written = writeEnvelope({ ...envelope, signatures: changed });
    if (how !== "order") return withFile(ENVELOPE, written);
    const parsed = JSON.parse(written.toString()) as { signatures: unknown[] };
    parsed.signatures = [...parsed.signatures.slice(by), ...parsed.signatures.slice(0, by)];
    return withFile(ENVELOPE, canonicalBytes(parsed));
  });

/** The same said in another way. */
const otherwise = fc
  .constantFrom<(text: string) => string>(
    (text) => ` ${text}`,
    (text) => `${text}\n`,
    (text) => JSON.stringify(JSON.parse(text), undefined, 2),
    (text) => text.replace('"payloadType"', '"payloadType":"x","payloadType"'),
    (text) => text.replace(/=*","payloadType/, '","payloadType'),
    (text) => text.replace("/carta", "\\/carta"),
    (text) => `\ufeff${text}`,
  )
  .chain((how) =>
    fc.constantFrom(ENVELOPE, "fase-b-001.dsse.json").map((name) => {
      const before = bytesOf(name);
      const after = Buffer.from(how(before.toString()));
      return after.equals(before)
        ? withFile(name, Buffer.concat([before, Buffer.from(" ")]))
        : withFile(name, after);
    }),
  );

/** All but the last letter's envelope: who takes that away brings the one before it back, until it ends. */
const missed = [TEXT, "fase-b-001.dsse.json"];
/** Files lie elsewhere, are missing, or there are more. */
const places = fc.oneof(
  fc
    .constantFrom(...missed)
    .map((name): Case => ({ files: files.filter(({ path }) => path !== name), roles })),
  fc
    .tuple(fc.constantFrom(...missed), fc.constantFrom("fase-a-", "Fase-b-", "fase-c-", "x/fase-b-"))
    .map(([name, other]): Case => ({
      files: files.map((file) =>
        file.path === name ? { ...file, path: name.replace("fase-b-", other) } : file,
      ),
      roles,
    })),
  fc
    .tuple(fc.constantFrom("fase-b-001.dsse.json", ENVELOPE), fc.integer({ min: 3, max: 999 }))
    .map(([name, number]) => withFile(`fase-b-${String(number).padStart(3, "0")}.dsse.json`, bytesOf(name))),
  fc
    .constantFrom(
      "fase-b-2.dsse.json",
      "fase-b-003.dsse.json",
      "fase-b-003.DSSE.json",
      "notes.txt",
      "fase-b-000.md",
    )
    .map((name) => withFile(name, Buffer.from("{}"))),
  fc.constant<Case>({
    files: files.map(({ path, bytes: one }) => ({
      path: path.replace(/00[12]/, (n) => (n === "001" ? "002" : "001")),
      bytes: one,
    })),
    roles,
  }),
);

/** It is asked about at another time, for another stack, source or phase, beside other lists of keys, or its evidence is none. */
const asked = fc
  .oneof(
    fc.integer({ min: 0, max: 90 * DAY_MS }).map((ms) => ({ nowMs: Date.parse(second.expiresAt) + ms })),
    fc.integer({ min: 1, max: 90 * DAY_MS }).map((ms) => ({ nowMs: Date.parse(second.startsAt) - ms })),
    digest.map((sourceDigest) => ({ sourceDigest })),
    // The list beside the letters is the one that the letter names, and not the one that was entered.
    fc.option(digest, { nil: undefined }).map((trustedRoles) => ({ trustedRoles })),
    fc
      .uint8Array()
      .filter((one) => !COLLECTORS.equals(one))
      .map((collectors) => ({ collectors })),
    fc
      .stringMatching(/^[a-z]{1,20}$/)
      .filter((name) => name !== "production")
      .map((stack) => ({ stack })),
    fc.constant({ phase: "fase-a" } as const),
    fc.constantFrom(...second.conditions).map((open) => ({
      believed: (clause: string, one: string) => clause !== open.clause && one !== open.evidence,
    })),
  )
  .map((input): Case => ({ files, roles, input }));

/** A counterexample by what differs, not by all of its bytes. */
const told = (cases: fc.Arbitrary<Case>): fc.Arbitrary<Case> =>
  cases.map((one) =>
    Object.assign(one, {
      [fc.toStringMethod]: () =>
        JSON.stringify([
          Object.entries(one.input ?? {}).map(String),
          ...(Buffer.from(one.roles).equals(roles) ? [] : ["roles"]),
          ...files.map(({ path }) => path).filter((path) => !one.files.some((file) => file.path === path)),
          ...one.files
            .filter(({ path, bytes: own }) => !bytesOf(path).equals(Buffer.from(own)))
            .map(({ path, bytes: own }) => [path, Buffer.from(own).toString()]),
        ]),
    }),
  );

/** One thing of the letter, of what lies beside it or of the question is another; now and then it comes out as it was ({@link isSame}). */
export const tampered = told(
  fc.oneof(bytes, saysOther, signedByOthers, signedInVain, signatures, otherwise, places, asked),
);

/** Of the letter before it counts what it says: the next one names that, and who signed it is of no account any more. */
const counts = ({ path, bytes: own }: FoundFile): string => {
  const open = path === "fase-b-001.dsse.json" ? openLetter(own) : "judged by its bytes";
  return typeof open === "string" ? sha256(own) : open.payloadSha256;
};

export const isSame = (changed: Case): boolean =>
  changed.input === undefined &&
  Buffer.from(changed.roles).equals(roles) &&
  changed.files.length === files.length &&
  files.every((one) => changed.files.some((file) => file.path === one.path && counts(file) === counts(one)));
