import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalText } from "../../lib/release/canonical";
import { isRefusal, validLetter } from "../../lib/release/letter";
import type { FoundFile, ReleaseRecord, StackRecord } from "../../lib/release/record";
import {
  condition,
  envelopeOf,
  inHours,
  listedAs,
  nowMs,
  payloadOf,
  releaseOf,
  releasing,
  rolesFile,
  sealed,
  sha256,
  signer,
  stackRecord,
  three,
  type Signer,
} from "./letters";

const unprotect = ["aws:dynamodb/table:Table::requests"];
const said = { decision: "GO condicional", conditions: [condition("C1")], unprotect };
const valid = stackRecord({ fields: said });
const [envelope, text] = valid.letters as [FoundFile, FoundFile];
const roles = valid.roles ?? expect.unreachable();
const believed = (clause: string, digest: string): boolean => clause === "B8.1" && digest === "e".repeat(64);

interface Tampered {
  readonly what: string;
  readonly record: StackRecord;
  readonly release?: ReleaseRecord;
  readonly stack?: string;
  readonly now?: number;
}

const judge = ({ record, release, stack = "production", now = nowMs }: Tampered) =>
  validLetter(release ?? releaseOf(record, stack), stack, "fase-b", now, believed);

const withEnvelope = (bytes: Uint8Array): StackRecord => ({
  ...valid,
  letters: [{ ...envelope, bytes }, text],
});

// --- One byte of what was signed, or of what it rests on ------------------------------------------------------

const byte = fc.nat({ max: 255 });
type Edit = readonly [kind: "set" | "insert" | "remove" | "cut", at: number, value: number];
const edit: fc.Arbitrary<Edit> = fc.tuple(fc.constantFrom("set", "insert", "remove", "cut"), fc.nat(), byte);

function edited(bytes: Uint8Array, [kind, position, value]: Edit): Buffer {
  const at = position % bytes.length;
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + 1)];
  // Whatever is drawn, it is another byte than the one that is there.
  const other = value === bytes[at] ? value ^ 1 : value;
  if (kind === "cut") return Buffer.from(before);
  if (kind === "remove") return Buffer.concat([before, after]);
  return Buffer.concat([before, Buffer.from([other]), kind === "set" ? after : bytes.subarray(at)]);
}

const bytesChanged = fc
  .tuple(fc.constantFrom("envelope", "text", "roles"), edit)
  .map(([file, change]): Tampered => {
    const what = `${change[0]} a byte of the ${file}`;
    if (file === "envelope") return { what, record: withEnvelope(edited(envelope.bytes, change)) };
    if (file === "roles") return { what, record: { ...valid, roles: edited(roles, change) } };
    return {
      what,
      record: { ...valid, letters: [envelope, { ...text, bytes: edited(text.bytes, change) }] },
    };
  });

// --- One field of the letter, with the signatures that it had ------------------------------------------------

interface EnvelopeText {
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}
const { payload: encoded, signatures } = JSON.parse(Buffer.from(envelope.bytes).toString()) as EnvelopeText;
const payload = Buffer.from(encoded, "base64");
const fields = JSON.parse(payload.toString()) as Readonly<Record<string, unknown>>;

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
const instant = fc.integer({ min: -20 * 24, max: 20 * 24 }).map((hours) => inHours(hours + 0.5));
const otherFields = fc.oneof(
  fc.record({ sourceDigest: hex(64) }),
  fc.record({ commit: hex(40) }),
  fc.record({ issuedAt: instant }),
  fc.record({ startsAt: instant }),
  fc.record({ expiresAt: instant }),
  fc.constant({ decision: "GO", conditions: [] }),
  fc.array(hex(64), { minLength: 1, maxLength: 3 }).map((digests) => ({
    conditions: digests.map((digest, at) => condition(`C${at + 1}`, "B8.1", digest)),
  })),
  fc.array(hex(8), { minLength: 1, maxLength: 3 }).map((names) => ({
    unprotect: [...new Set(names)].sort().map((name) => `aws:s3/bucket:Bucket::${name}`),
  })),
  fc.record({ stack: fc.constantFrom("production-2", "staging", "Production") }),
  fc.record({ text: hex(64) }),
  fc.record({ roles: hex(64) }),
  fc.record({ collectors: hex(64) }),
  fc.record({ informe: hex(64).map((digest) => ({ name: "Informe B", sha256: digest })) }),
);
const fieldChanged = otherFields.map((other): Tampered => ({
  what: `another ${Object.keys(other).join()}, unsigned`,
  record: withEnvelope(envelopeOf(payloadOf({ ...fields, ...other }), signatures)),
}));

// --- Signatures that are moved, left out, or somebody else's -------------------------------------------------

const stranger = signer("ceo", "person-c");
const others = {
  "a stranger": stranger,
  "one person again": signer("ceo", "person-a"),
  "one role again": signer("code", "person-d"),
  "a key that has ended": signer("ceo", "person-c", { validUntil: inHours(-0.5) }),
  "a key that was not in force yet": signer("ceo", "person-c", { validFrom: inHours(-1.5) }),
  "a key that was revoked": signer("ceo", "person-c", { revokedAt: inHours(0) }),
  "a key that was revoked before": signer("ceo", "person-c", { revokedAt: inHours(-48) }),
} as const satisfies Readonly<Record<string, Signer>>;
const [lead, code, ceo] = three;
const listed = [lead, code, ...Object.values(others).slice(1)];

/** Each is signed once: what is drawn is which. */
const byOthers = Object.entries(others).flatMap(([what, other]) =>
  [true, false].map((asWell): Tampered => {
    // All else is right: the list is the one that the letter names.
    const list = asWell ? [...listed, ceo] : listed;
    const signedBy = asWell ? [lead, code, ceo, other] : [lead, code, other];
    return { what, record: stackRecord({ fields: said, signedBy, listed: list }) };
  }),
);
const signersChanged = fc.constantFrom(...byOthers);

const signaturesMoved = fc
  .tuple(fc.subarray([0, 1, 2]), fc.shuffledSubarray([0, 1, 2], { minLength: 1 }))
  .filter(([keys, from]) => !(keys.length === 3 && from.length === 3 && from.every((one, at) => one === at)))
  .map(([keys, from]): Tampered => {
    const moved = keys.map((key, at) => ({
      keyid: signatures[key]?.keyid,
      sig: signatures[from[at % from.length] ?? 0]?.sig,
    }));
    return { what: "signatures moved or left out", record: withEnvelope(envelopeOf(payload, moved)) };
  });

// --- The right letter at another time or place ---------------------------------------------------------------

const elsewhere = fc.oneof(
  fc
    .oneof(
      fc.integer({ min: Date.parse(String(releasing.expiresAt)), max: nowMs + 10_000_000_000 }),
      fc.integer({ min: 0, max: Date.parse(String(releasing.startsAt)) - 1 }),
    )
    .map((now): Tampered => ({ what: `at ${now}`, record: valid, now })),
  hex(64).map((digest): Tampered => ({
    what: "another source",
    record: valid,
    release: releaseOf(valid, "production", { digest }),
  })),
  // Everything goes together, but the list of keys or of collectors is not the one that counts.
  fc.option(hex(64), { nil: undefined }).map((digest): Tampered => ({
    what: "another list entered",
    record: valid,
    release: { ...releaseOf(valid), trustedRoles: () => digest },
  })),
  fc.uint8Array().map((bytes): Tampered => ({
    what: "other collectors",
    record: valid,
    release: { ...releaseOf(valid), ofStack: () => ({ ...valid, collectors: bytes }) },
  })),
  fc
    .constantFrom("production-2", "staging", "prod", "Production")
    .map((stack): Tampered => ({ what: `the stack ${stack}`, record: valid, stack })),
  fc.integer({ min: 2, max: 999 }).map((number): Tampered => {
    const path = (one: FoundFile): string => one.path.replace("001", String(number).padStart(3, "0"));
    const letters = valid.letters.map((one) => ({ ...one, path: path(one) }));
    return { what: `as number ${number}`, record: { ...valid, letters: [...valid.letters, ...letters] } };
  }),
);

/** Another role or person behind a key of a letter that stands. */
const roleChanged = fc
  .tuple(
    fc.constantFrom(0, 1, 2),
    fc.constantFrom({ role: "ceo" }, { role: "code" }, { holder: "person-x" }, { revokedAt: inHours(0) }),
  )
  .filter(([at, change]) => !("role" in change && change.role === three[at]?.entry.role))
  .map(([at, change]): Tampered => {
    const list = three.map((one, index) => (index === at ? listedAs(one, change) : one));
    return { what: `${Object.keys(change).join()} of a key`, record: { ...valid, roles: rolesFile(list) } };
  });

const tampered = fc.oneof(
  { arbitrary: bytesChanged, weight: 4 },
  { arbitrary: fieldChanged, weight: 3 },
  { arbitrary: signersChanged, weight: 1 },
  { arbitrary: signaturesMoved, weight: 1 },
  { arbitrary: elsewhere, weight: 2 },
  { arbitrary: roleChanged, weight: 1 },
);

describe("letters that somebody has tampered with (B0.2)", () => {
  it("are none of 10,000 accepted, and each is refused in one line", () => {
    const counts = new Map<string, number>();
    fc.assert(
      fc.property(tampered, (one) => {
        const answer = judge(one);
        const kind = one.what.split(" ")[0] ?? "";
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        const refusal = isRefusal(answer) ? answer.refusal : `accepted with ${one.what}`;
        expect(refusal).toMatch(/^\P{Cc}+: got \P{Cc}+; allowed: \P{Cc}+$/u);
      }),
      { numRuns: 10_000 },
    );
    expect([...counts.values()].reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(10_000);
    // The ground that each was changed of is accepted.
    expect(judge({ what: "nothing", record: valid })).toMatchObject({
      decision: "GO condicional",
      unprotect,
    });
    // On a machine with other work it takes longer than a test may by itself.
  }, 300_000);

  it("hold nothing that makes the pack throw, whatever lies there", () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((json) => Buffer.from(json)),
      fc.anything({ maxDepth: 2 }).map((value) => {
        try {
          return sealed(Buffer.from(canonicalText(value)), three);
        } catch {
          return Buffer.from(String(typeof value));
        }
      }),
    );
    const path = fc.oneof(fc.constantFrom("fase-b-001.dsse.json", "fase-b-001.md"), fc.string());
    const file = fc.record({ path, bytes: anything });
    fc.assert(
      fc.property(fc.array(file, { maxLength: 4 }), fc.option(anything), (letters, list) => {
        const record = { ...valid, letters, ...(list ? { roles: list } : {}) };
        expect(isRefusal(judge({ what: "anything", record }))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it("are refused also where all three have signed what is no letter", () => {
    const digest = sha256(roles);
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.keys(fields)),
        fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constant(undefined)),
        (field, value) => {
          const other = payloadOf({ ...fields, roles: digest, [field]: value });
          fc.pre(!other.equals(payload) && !["commit", "informe", "unprotect"].includes(field));
          expect(isRefusal(judge({ what: field, record: withEnvelope(sealed(other, three)) }))).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });
});
