import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isRefusal, validLetter, type Phase } from "../../lib/release/letter";
import type { ReleaseRecord, StackRecord } from "../../lib/release/record";
import { trustedRoles } from "../../lib/trustedRoles";
import {
  allOf,
  condition,
  envelopeOf,
  filesOf,
  inHours,
  listedAs,
  nowMs,
  payloadDigest,
  payloadOf,
  releaseOf,
  releasing,
  rolesFile,
  sealed,
  sha256,
  signer,
  stackRecord,
  starting,
  three,
  wordsOf,
  type Fields,
  type Said,
} from "./letters";

const [lead, code, ceo] = three;
const none = (): boolean => false;

function answer(
  record: StackRecord,
  {
    now = nowMs,
    stack = "production",
    phase = "fase-b" as Phase,
    believed = none as (clause: string, digest: string) => boolean,
    release = releaseOf(record, stack),
  } = {},
): string {
  const letter = validLetter(release, stack, phase, now, believed);
  return isRefusal(letter) ? letter.refusal : letter.decision;
}
const ofLetter = (said: Said, options: Parameters<typeof answer>[1] = {}): string =>
  answer(stackRecord(said), options);
const ofFields = (fields: Fields, options: Parameters<typeof answer>[1] = {}): string =>
  ofLetter({ fields }, options);

describe("a letter that three have signed (B0.2)", () => {
  it("releases the stack, with what it says", () => {
    const letter = validLetter(releaseOf(stackRecord()), "production", "fase-b", nowMs, none);
    expect(letter).toMatchObject({ decision: "GO", stack: "production", number: 1, unprotect: [] });
  });

  it("starts the work on staging, whatever the source has become since", () => {
    const release = releaseOf(stackRecord({ of: starting }), "staging", { digest: "7".repeat(64) });
    expect(isRefusal(validLetter(release, "staging", "fase-a", nowMs, none))).toBe(false);
  });

  it("is refused where it was never written", () => {
    expect(answer({ letters: [], evidence: [], defects: [] })).toBe(
      "stacks/production/letters: got no letter of fase-b; allowed: fase-b-001.dsse.json, signed by three",
    );
  });

  it("of the one phase does not do for the other", () => {
    const record = stackRecord();
    expect(answer(record, { stack: "staging" })).toContain('the stack: got "staging"');
    expect(answer(record, { phase: "fase-a" })).toContain('the stack: got "production"');
    expect(answer(stackRecord({ of: starting }), { stack: "staging", phase: "fase-a" })).toBe("GO");
    expect(ofLetter({ of: starting })).toContain("no letter of fase-b");
  });

  it.each(["../staging", "production/../staging", "", "-x", "a".repeat(101)])(
    "is looked for in no folder %j",
    (stack) => {
      const release: ReleaseRecord = { ...releaseOf(stackRecord()), ofStack: () => expect.unreachable() };
      expect(answer(stackRecord(), { stack, release })).toMatch(/^the stack: got /);
    },
  );
});

describe("a letter under the name of the other phase", () => {
  it("is refused, be its stack the one that is asked for", () => {
    const [envelope, text] = filesOf({ of: starting, fields: { stack: "production" } });
    const letters = [envelope, text].flatMap((file) =>
      file ? [{ ...file, path: file.path.replace("fase-a", "fase-b") }] : [],
    );
    expect(answer({ ...stackRecord(), letters })).toContain("got fase-a 1 of production in it");
  });
});

describe("who signs", () => {
  const allowed = "three signatures, by lead-security, code, ceo, of three persons";

  it.each([
    ["nobody of the CEO", [lead, code], "2 signatures"],
    ["one alone", [ceo], "1 signatures"],
    ["a fourth as well", [...three, signer("ceo", "person-d")], "4 signatures"],
    ["a key that no role has", [lead, code, signer("ceo", "person-c")], "which is no role's key"],
  ])("is refused: %s", (_, signedBy, got) => {
    const said = ofLetter({ signedBy });
    expect(said).toContain(got);
    expect(said).toContain(allowed);
  });

  it("is refused: a fourth of the list, of whatever role", () => {
    const fourth = signer("code", "person-d");
    expect(ofLetter({ signedBy: [...three, fourth], listed: [...three, fourth] })).toContain("4 signatures");
  });

  it("is refused: one person with two roles", () => {
    const other = signer("ceo", "person-a");
    expect(ofLetter({ signedBy: [lead, code, other], listed: [...three, other] })).toContain(allowed);
  });

  it("is refused: one role twice, by two persons", () => {
    const other = signer("code", "person-d");
    expect(ofLetter({ signedBy: [lead, code, other], listed: [...three, other] })).toContain(allowed);
  });

  it("is refused: one signature under two keys, or the same key twice", () => {
    const payload = payloadOf(allOf({ ...releasing, roles: sha256(rolesFile(three)) }));
    const [first] = (
      JSON.parse(sealed(payload, [lead]).toString()) as { signatures: { keyid: string; sig: string }[] }
    ).signatures;
    const under = (keyId: unknown): object => ({ keyid: keyId, sig: first?.sig });
    const withSignatures = (...signatures: object[]): string => {
      const [, text] = filesOf();
      const bytes = envelopeOf(payload, signatures);
      const letters = [{ path: "fase-b-001.dsse.json", bytes }, ...(text ? [text] : [])];
      return answer({ ...stackRecord(), letters });
    };
    const ordered = three.map(({ entry }) => String(entry.keyId)).sort();
    expect(withSignatures(...ordered.map(under))).toContain("that is not of this letter");
    expect(
      withSignatures(under(lead.entry.keyId), under(lead.entry.keyId), under(ceo.entry.keyId)),
    ).toContain("signatures that are not one a key");
  });

  it("is refused: a list in which a key stands twice, as two roles", () => {
    const twice = [...three, listedAs(lead, { role: "ceo", holder: "person-d" })];
    expect(ofLetter({ listed: twice })).toContain("in roles.json at 3 a key that is there already");
  });

  it("stands when somebody signed with the second of two keys, and when others are on the list", () => {
    const next = signer("code", "person-b");
    expect(ofLetter({ signedBy: [lead, next, ceo], listed: [...three, next] })).toBe("GO");
  });

  it("is refused: a list that nobody has entered, or another than was entered, be it the one that was signed", () => {
    const release = releaseOf(stackRecord());
    expect(answer(stackRecord(), { release: { ...release, trustedRoles: () => undefined } })).toMatch(
      /^stacks\/production\/roles\.json: got [0-9a-f]{64}, while whose keys count here nobody has entered; allowed: a list whose digest/,
    );
    expect(answer(stackRecord(), { release: { ...release, trustedRoles: () => "0".repeat(64) } })).toMatch(
      /roles\.json: got [0-9a-f]{64}; allowed: the list of policies\/lib\/trustedRoles\.ts, 0{64}/,
    );
  });

  it("counts in staging by the list that lies there, and in a stack that is not entered by none", () => {
    expect(trustedRoles("staging")).toBe(
      sha256(readFileSync(join(__dirname, "../../../stacks/staging/roles.json"))),
    );
    expect([trustedRoles("production"), trustedRoles("toString")]).toEqual([undefined, undefined]);
  });

  it("is refused: other collectors than those whose evidence counted when it was signed, of either phase", () => {
    const record = { ...stackRecord(), collectors: Buffer.from("[ ]") };
    const release: ReleaseRecord = { ...releaseOf(record), ofStack: () => record };
    expect(answer(record, { release })).toMatch(
      /got the collectors [0-9a-f]{64}; allowed: those of stacks\/staging\/collectors\.json, [0-9a-f]{64}$/,
    );
    const { collectors: _, ...without } = record;
    expect(answer(without, { release: { ...release, ofStack: () => without } })).toContain(
      "which is not there",
    );
    const started = { ...stackRecord({ of: starting }), collectors: record.collectors };
    expect(answer(started, { stack: "staging", phase: "fase-a" })).toContain("got the collectors");
  });

  it("is refused: a list that was changed after it was signed, by a space", () => {
    const record = stackRecord();
    expect(answer({ ...record, roles: Buffer.concat([rolesFile(three), Buffer.from(" ")]) })).toMatch(
      /got the roles [0-9a-f]{64}; allowed: those of roles.json/,
    );
    expect(answer({ letters: record.letters, evidence: [], defects: [] })).toContain("no roles.json");
  });

  it.each<[string, object, string]>([
    ["a role that does not sign", { role: "cfo" }, "a key of none of the roles"],
    ["a person's name", { holder: "Ana Pérez" }, "a key without its holder"],
    [
      "a life of more than 90 days",
      { validUntil: inHours(60 * 24 + 0.001) },
      "a key that is not in force for 1 ms to 90 days",
    ],
    [
      "a life that ends before it begins",
      { validUntil: inHours(-31 * 24) },
      "a key that is not in force for 1 ms to 90 days",
    ],
    ["an id that is another key's", { keyId: lead.entry.keyId }, "a keyId that is not the key's"],
    ["no key", { publicKeyPem: "x" }, "no public key of Ed25519"],
    [
      "a private key",
      { publicKeyPem: ceo.privateKey.export({ type: "pkcs8", format: "pem" }) },
      "no public key",
    ],
    ["a day that is none", { validFrom: "2026-02-30T00:00:00.000Z" }, "a key without the days of its life"],
    ["a field that nobody knows", { admin: true }, "a key with a field that nobody knows"],
    ["no instant of its revocation", { revokedAt: null }, "a key revoked at no instant"],
  ])("is refused: a list with %s, be the rest as it should be", (_, changes, got) => {
    expect(ofLetter({ listed: [lead, code, listedAs(ceo, changes)] })).toContain(`in roles.json at 2 ${got}`);
  });

  it("says nothing of a private key that somebody has put into the list", () => {
    const pem = ceo.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
    const refusal = ofLetter({ listed: [lead, code, listedAs(ceo, { publicKeyPem: pem })] });
    expect(refusal).not.toContain(pem.split("\n")[1]);
  });
});

describe("the clock, by one millisecond", () => {
  const ms = (instant: unknown, by: number): number => Date.parse(String(instant)) + by;
  const iso = (at: number): string => new Date(at).toISOString();

  it.each([
    ["starts", releasing.startsAt, -1, "holds from"],
    ["starts", releasing.startsAt, 0, "GO"],
    ["ends", releasing.expiresAt, -1, "GO"],
    ["ends", releasing.expiresAt, 0, "an end at"],
    ["was issued, and starts at once", releasing.issuedAt, -1, "holds from"],
    ["was issued, and starts at once", releasing.issuedAt, 0, "GO"],
  ])("a letter %s at %s%i", (when, instant, by, says) => {
    const fields = when.startsWith("was") ? { startsAt: releasing.issuedAt } : {};
    expect(ofFields(fields, { now: ms(instant, by) })).toContain(says);
  });

  it.each([
    ["its key in force from", { validFrom: iso(ms(releasing.issuedAt, 1)) }, "in force only from"],
    ["its key in force from", { validFrom: iso(ms(releasing.issuedAt, 0)) }, "GO"],
    ["its key in force until", { validUntil: iso(nowMs) }, "in force until"],
    ["its key in force until", { validUntil: iso(nowMs + 1) }, "GO"],
    ["its key revoked", { revokedAt: iso(nowMs) }, "revoked at"],
    ["its key revoked", { revokedAt: iso(nowMs + 1) }, "GO"],
    ["its key revoked", { revokedAt: iso(ms(releasing.issuedAt, -1)) }, "revoked at"],
    ["its key in force until", { validUntil: iso(ms(releasing.issuedAt, 0)) }, "in force until"],
  ])("a letter with %s %j", (_, changes, says) => {
    for (const role of [0, 1, 2]) {
      const listed = three.map((one, at) => (at === role ? listedAs(one, changes) : one));
      expect(ofLetter({ listed })).toContain(says);
    }
  });

  it.each([
    [releasing, 7 * 24, "GO"],
    [releasing, 7 * 24 + 1 / 3_600_000, "more than 7 days"],
    [starting, 30 * 24, "GO"],
    [starting, 30 * 24 + 1 / 3_600_000, "more than 30 days"],
  ])("a letter lives no longer than its phase may: %#", (of, hours, says) => {
    const expiresAt = iso(Math.round(ms(of.issuedAt, hours * 3_600_000)));
    const phase = of.phase as Phase;
    const listed = three.map((one) => listedAs(one, { validUntil: inHours(50 * 24) }));
    expect(ofLetter({ of, fields: { expiresAt }, listed }, { stack: String(of.stack), phase })).toContain(
      says,
    );
  });

  it.each([
    { startsAt: inHours(-3) },
    { expiresAt: releasing.startsAt },
    { issuedAt: "2026-11-26T16:00:00Z" },
    { issuedAt: "2026-11-26T18:00:00.000+02:00" },
    { expiresAt: "2026-11-31T18:00:00.000Z" },
    { expiresAt: "2026-11-27T24:00:00.000Z" },
  ])("of a life that is none it is refused: %j", (fields) => {
    expect(ofFields(fields)).toMatch(/an instant that is none|a life from/);
  });

  it("that is broken releases nothing", () => {
    expect(ofFields({}, { now: Number.NaN })).toContain("in force only from");
  });
});

describe("what it decides", () => {
  const evidence = "e".repeat(64);
  const conditional = { decision: "GO condicional", conditions: [condition("C1")] };

  it("NO-GO is refused", () => {
    expect(ofFields({ decision: "NO-GO" })).toContain("the letter says NO-GO");
  });

  it("GO condicional holds where every condition has its evidence", () => {
    const asked: string[] = [];
    const believed = (clause: string, digest: string): boolean => {
      asked.push(`${clause} ${digest}`);
      return clause === "B8.1" && digest === evidence;
    };
    expect(ofFields(conditional, { believed })).toBe("GO condicional");
    expect(asked).toEqual([`B8.1 ${evidence}`]);
    const two = { ...conditional, conditions: [condition("C1"), condition("C2", "B8.5")] };
    expect(ofFields(two, { believed })).toContain(
      `the condition C2 without its evidence of B8.5, ${evidence}`,
    );
    expect(ofFields(conditional)).toContain("the condition C1");
  });

  it("keeps conditions by their numbers, also from ten on", () => {
    const conditions = ["C2", "C9", "C10"].map((id) => condition(id));
    const believed = (): boolean => true;
    expect(ofFields({ decision: "GO condicional", conditions }, { believed })).toBe("GO condicional");
  });

  it.each<[string, Fields]>([
    ["GO with conditions", { conditions: [condition("C1")] }],
    ["NO-GO with conditions", { decision: "NO-GO", conditions: [condition("C1")] }],
    ["GO condicional without any", { decision: "GO condicional" }],
    ["a condition twice", { ...conditional, conditions: [condition("C1"), condition("C1")] }],
    ["conditions in no order", { ...conditional, conditions: [condition("C10"), condition("C2")] }],
    [
      "a condition of a clause that needs no evidence",
      { ...conditional, conditions: [condition("C1", "B1.1")] },
    ],
    [
      "a condition in two lines",
      { ...conditional, conditions: [{ ...condition("C1"), text: "una línea\notra" }] },
    ],
    ["a condition with more fields", { ...conditional, conditions: [{ ...condition("C1"), met: true }] }],
    [
      "21 conditions",
      { ...conditional, conditions: Array.from({ length: 21 }, (_, at) => condition(`C${at + 1}`)) },
    ],
    ["a decision that is none", { decision: "go" }],
    ["another report than its phase's", { informe: { name: "Informe A", sha256: "b".repeat(64) } }],
    ["no report", { informe: undefined }],
    ["more fields", { forced: true }],
    ["a commit that is short", { commit: "abc" }],
    ["a number that is none", { number: 1.5 }],
    ["another type", { type: "https://example.com/fase-b/carta-go/v2" }],
    ["resources of a NO-GO", { decision: "NO-GO", unprotect: ["a:b/c:D::e"] }],
    ["collectors that are no digest", { collectors: "none" }],
    ["resources twice", { unprotect: ["a:b/c:D::e", "a:b/c:D::e"] }],
    ["resources in no order", { unprotect: ["b:b/c:D::e", "a:b/c:D::e"] }],
    ["a resource for any", { unprotect: ["*"] }],
  ])("is refused: %s", (_, fields) => {
    // Signed by all three, so that it is refused for what it says.
    const bytes = sealed(
      payloadOf(allOf({ ...releasing, roles: sha256(rolesFile(three)), ...fields })),
      three,
    );
    const letters = [{ path: "fase-b-001.dsse.json", bytes }, ...filesOf().slice(1)];
    expect(answer({ ...stackRecord(), letters }, { believed: () => true })).toMatch(
      /^stacks\/production\/letters\/fase-b-001\.dsse\.json: got .+; allowed: .+$/,
    );
  });

  it("says which resources may be unprotected", () => {
    const unprotect = ["aws:dynamodb/table:Table::requests"];
    const letter = validLetter(
      releaseOf(stackRecord({ fields: { unprotect } })),
      "production",
      "fase-b",
      nowMs,
      none,
    );
    expect(letter).toMatchObject({ unprotect });
  });
});

describe("a letter that is used again", () => {
  const first = filesOf();
  const previous = payloadDigest(first[0] ?? expect.unreachable());
  const second = (fields: Fields = {}): StackRecord =>
    stackRecord({ before: first, fields: { number: 2, previous, ...fields } });

  it("is refused for another source", () => {
    const release = releaseOf(stackRecord(), "production", { digest: "6".repeat(64) });
    expect(answer(stackRecord(), { release })).toContain(`got the source ${"5".repeat(64)}`);
    const unread = releaseOf(stackRecord(), "production", { defect: "infra/x, which is a link" });
    expect(answer(stackRecord(), { release: unread })).toContain("the source: got infra/x, which is a link");
  });

  it("is refused for another stack, in whose folder it was put", () => {
    expect(answer(stackRecord(), { stack: "production-2" })).toContain("fase-b 1 of production in it");
  });

  it("is refused once the next one stands beside it, whatever that says", () => {
    expect(answer(second())).toBe("GO");
    expect(answer(second({ decision: "NO-GO" }))).toContain(
      "fase-b-002.dsse.json: got the letter says NO-GO",
    );
    expect(answer(second({ expiresAt: inHours(-0.5) }))).toContain("fase-b-002.dsse.json: got an end at");
  });

  it("is refused under a higher number", () => {
    const [envelope, text] = first;
    const renamed = [envelope, text].flatMap((file) =>
      file ? [{ ...file, path: file.path.replace("001", "002") }] : [],
    );
    expect(answer({ ...stackRecord(), letters: renamed })).toContain(
      "no fase-b-001.dsse.json before a later one",
    );
    expect(answer({ ...stackRecord(), letters: [...first, ...renamed] })).toContain(
      "fase-b 1 of production in it",
    );
  });

  it("is refused where the one before it is another, or is gone, or was never signed so", () => {
    expect(answer(second({ previous: "1".repeat(64) }))).toContain("as the letter before it");
    expect(answer(second({ previous: undefined }))).toContain("number 2 without a letter before it");
    expect(
      answer({ ...second(), letters: second().letters.filter(({ path }) => !path.startsWith("fase-b-001")) }),
    ).toContain("no fase-b-001.dsse.json");
    expect(answer(stackRecord({ fields: { previous } }))).toContain("number 1 with a letter before it");
    const other = filesOf({ fields: { commit: "d".repeat(40) } });
    expect(answer(stackRecord({ before: other, fields: { number: 2, previous } }))).toContain(
      "fase-b-002.dsse.json: got",
    );
  });

  it.each([
    "fase-b-0002.dsse.json",
    "Fase-b-002.dsse.json",
    "fase-b-002.dsse.json.bak",
    "fase-b-000.dsse.json",
    "old/fase-b-002.md",
  ])("is refused where a file beside it is called %s", (path) => {
    const record = stackRecord();
    const letters = [...record.letters, { path, bytes: Buffer.from("x") }];
    expect(answer({ ...record, letters })).toContain("a name of no letter");
  });

  it("stands beside a draft of the next, which nobody has signed yet", () => {
    const record = stackRecord();
    const letters = [...record.letters, { path: "fase-b-002.json", bytes: Buffer.from("{}") }];
    expect(answer({ ...record, letters })).toBe("GO");
  });
});

describe("what cannot be read", () => {
  const record = stackRecord();
  const [envelope, text] = record.letters;
  const withEnvelope = (bytes: Uint8Array): StackRecord => ({
    ...record,
    letters: [{ path: "fase-b-001.dsse.json", bytes }, ...(text ? [text] : [])],
  });
  const payload = payloadOf(allOf({ ...releasing, roles: sha256(rolesFile(three)) }));

  it.each([
    ["nothing", Buffer.alloc(0), "no envelope in canonical form"],
    ["no JSON", Buffer.from("{"), "no envelope in canonical form"],
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00]), "no envelope in canonical form"],
    [
      "an envelope with a line's end",
      Buffer.concat([envelope?.bytes ?? payload, Buffer.from("\n")]),
      "no envelope in canonical form",
    ],
    ["more than a mebibyte", Buffer.alloc(1024 * 1024 + 1, " "), "more than 1048576 bytes"],
    ["evidence", sealed(payload, three, "application/vnd.in-toto+json"), "a payload of type"],
    [
      "a payload in another form",
      sealed(Buffer.concat([payload, Buffer.from(" ")]), three),
      "a payload without the fields",
    ],
    ["a list", sealed(Buffer.from("[]"), three), "a payload without the fields"],
  ])("%s is refused, with the file's name", (_, bytes, got) => {
    const said = answer(withEnvelope(bytes));
    expect(said).toContain("stacks/production/letters/fase-b-001.dsse.json: got ");
    expect(said).toContain(got);
    expect(said).not.toMatch(/\p{Cc}/u);
  });

  it.each([
    ["no list", Buffer.from("{}"), "no list in JSON"],
    ["no JSON", Buffer.from("["), "no list in JSON"],
    [
      "a mark before it",
      Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), rolesFile(three)]),
      "no list in JSON",
    ],
    ["51 keys", rolesFile(Array.from({ length: 51 }, () => lead)), "51 keys, of at most 50"],
    ["an entry that is none", Buffer.from("[null]"), "at 0 no entry of a key"],
  ])("roles.json with %s is refused", (_, roles, got) => {
    expect(answer({ ...record, roles })).toContain(got);
  });

  it("a file of the stack that could not be read refuses the letter, with its name", () => {
    expect(answer({ ...record, defects: ["stacks/production/roles.json, which is a link"] })).toBe(
      "stacks/production: got stacks/production/roles.json, which is a link; allowed: files that can be read",
    );
  });

  it("the letter as people read it is what was signed", () => {
    const other = [envelope, { path: "fase-b-001.md", bytes: Buffer.from("# NO-GO\n") }];
    expect(answer({ ...record, letters: other.flatMap((one) => (one ? [one] : [])) })).toContain(
      "fase-b-001.md: got another text",
    );
    expect(answer({ ...record, letters: envelope ? [envelope] : [] })).toContain(
      "fase-b-001.md: got no file",
    );
  });

  it.each<[string, (text: string) => string]>([
    ["decision", (text) => text.replace("**Decisión: GO**", "**Decisión: NO-GO**")],
    ["stack", (text) => text.replace("`production`", "`staging`")],
    ["phase", (text) => text.replace("- Fase: Fase B", "- Fase: Fase A")],
    ["source", (text) => text.replace("5".repeat(64), "6".repeat(64))],
    ["commit", (text) => text.replace("c".repeat(40), "d".repeat(40))],
    ["expiry", (text) => text.replace("27 de noviembre", "26 de noviembre")],
    ["second expiry", (text) => `${text}- Hasta: nunca\n`],
    ["condition that nobody signed", (text) => `${text}- **C1.** Se mide otra vez.\n`],
    ["resource that nobody signed", (text) => `${text}- \`a:b/c:D::e\`\n`],
  ])("the three have read no other %s than they have signed, be its digest the right one", (_, change) => {
    const fields = allOf({ ...releasing, roles: sha256(rolesFile(three)) });
    const read = change(wordsOf(fields));
    expect(read).not.toBe(wordsOf(fields));
    const letters = [
      { path: "fase-b-001.dsse.json", bytes: sealed(payloadOf({ ...fields, text: sha256(read) }), three) },
      { path: "fase-b-001.md", bytes: Buffer.from(read) },
    ];
    expect(answer({ ...stackRecord(), letters })).toMatch(
      /^stacks\/production\/letters\/fase-b-001\.md: got a text whose lines ".+…" are not what was signed; allowed: /,
    );
  });

  it.each([
    "2026-11-27T18:00:00.000Z",
    "2026-11-27T23:30:00.000Z",
    "2026-11-27T00:00:00.007Z",
    "2026-11-28T08:05:09.000Z",
  ])("the end of the letter is read in UTC and in Madrid: %s", (expiresAt) => {
    expect(ofFields({ expiresAt })).toBe("GO");
  });
});
