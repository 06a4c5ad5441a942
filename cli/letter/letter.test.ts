import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readCanonical } from "../../infra/evidence/record/canonical";
import { sha256 } from "../../infra/evidence/record/envelope";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import type { Letter } from "../../infra/release/letter.schema";
import { ROLES } from "../../infra/release/roleKeys";
import type { TrustedRoles } from "../../infra/release/trustedRoles";
import { collect } from "../../test/support/released";
import { letterCommand, explained } from "./command";
import * as run from "./run";

const root = join(__dirname, "../..");
const NOW_MS = Date.UTC(2026, 10, 26, 12);
const DAY_MS = 86_400_000;

/** A checkout with a source, three keys in production's list, all evidence, and the report; made once, copied for each test. */
let made: string;
/** The evidence's digests, by clause. */
let evidence: ReadonlyMap<string, string>;
let project: string;
const at = (...path: string[]): string => join(project, ...path);
const letters = (name: string): string => at("stacks/production/letters", name);
const put = (path: string, text: string): void => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
};
const git = (...argv: string[]): string =>
  execFileSync("git", ["-c", "user.name=made", "-c", "user.email=made@example.com", ...argv], {
    cwd: project,
    encoding: "utf8",
  });

const commit = (): void => {
  git("add", "-A");
  git("commit", "-qm", "made");
};

interface Told {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** As if reviewers had entered each list as it lies there. */
const asTheyLie = (): TrustedRoles =>
  Object.fromEntries(
    ["production", "staging"]
      .filter((stack) => existsSync(at("stacks", stack, "roles.json")))
      .map((stack) => [stack, sha256(readFileSync(at("stacks", stack, "roles.json")))]),
  );

async function letter(
  argv: readonly string[],
  ask?: string,
  nowMs = NOW_MS,
  trustedRoles = asTheyLie(),
): Promise<Told> {
  let [out, err] = ["", ""];
  try {
    const status = await letterCommand(argv, {
      cwd: project,
      env: {},
      stdout: { write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
      nowMs: () => nowMs,
      trustedRoles,
      ...(ask === undefined ? {} : { ask: () => Promise.resolve(ask) }),
      loadRun: () => run,
    });
    return { status, out, err };
  } catch (error) {
    const { text, status } = explained(error);
    return { status, out, err: `${err}error: ${text}\n` };
  }
}
const production = ["--stack", "production"];
const draft = (...more: string[]): Promise<Told> =>
  letter(["draft", ...production, "--decision", "GO", "--informe", "informe.pdf", ...more]);
const sign = (role: string, ...more: string[]): Promise<Told> =>
  letter(["sign", ...production, "--key", `keys/${role}.pem`, "--yes", ...more]);
const verify = (nowMs = NOW_MS, ...more: string[]): Promise<Told> =>
  letter(["verify", ...production, ...more], undefined, nowMs);
const signAll = async (): Promise<void> => {
  for (const role of ROLES) expect(await sign(role)).toMatchObject({ status: 0, err: "" });
};
const payloadOf = (name: string): Letter => readCanonical(readFileSync(letters(name)))?.value as Letter;
const keygen = (role: string, holder: string, out = `keys/${role}.pem`): Promise<Told> =>
  letter(["keygen", "--out", out, "--role", role, "--holder", holder], undefined, NOW_MS - DAY_MS);

beforeAll(async () => {
  made = mkdtempSync(join(tmpdir(), "letter-"));
  project = made;
  for (const path of [
    "infra/a.ts",
    "policies/index.ts",
    "policies/PulumiPolicy.yaml",
    "runtime/register.cjs",
    "stacks/index.ts",
  ])
    put(path, `${path}\n`);
  for (const path of [
    "Pulumi.yaml",
    "Pulumi.staging.yaml",
    "package.json",
    "package-lock.json",
    "pins.json",
    "tsconfig.json",
  ])
    copyFileSync(join(root, path), at(path));
  copyFileSync(at("Pulumi.staging.yaml"), at("Pulumi.production.yaml"));
  evidence = collect(project, NOW_MS);
  put("informe.pdf", "Informe B\n");
  const entries: unknown[] = [];
  for (const role of ROLES) {
    const { out, status, err } = await keygen(role, `person-${role}`);
    if (status !== 0) throw new Error(err);
    entries.push(JSON.parse(out));
  }
  put("stacks/production/roles.json", `${JSON.stringify(entries, undefined, 2)}\n`);
  put(".gitignore", "keys\n");
  git("init", "-q");
  commit();
});
afterAll(() => rmSync(made, { recursive: true, force: true }));
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "letter-copy-"));
  cpSync(made, project, { recursive: true });
  return () => rmSync(project, { recursive: true, force: true });
});

describe("keygen", () => {
  it("makes a key for its owner alone, and prints the entry of its public half", async () => {
    const { out, err, status } = await keygen("ceo", "person-x", "keys/another.pem");
    expect(status).toBe(0);
    expect(err).toMatch(
      /^note: [^\n]*infra\/release\/trustedRoles\.ts and policies\/lib\/trustedRoles\.ts[^\n]*\n$/,
    );
    expect(JSON.parse(out)).toMatchObject({
      role: "ceo",
      holder: "person-x",
      validFrom: "2026-11-25T12:00:00.000Z",
    });
    expect(out).not.toMatch(/PRIVATE/);
    expect(statSync(at("keys/another.pem")).mode & 0o777).toBe(0o600);
    expect(await keygen("ceo", "person-x", "keys/another.pem")).toMatchObject({
      status: 1,
      err: expect.stringMatching(/got a file that is there/) as string,
    });
  });
});

describe("draft", () => {
  it("writes the next letter of this commit: to read in Spanish, and as what is signed", async () => {
    const { status, out } = await draft(
      "--unprotect",
      "aws:s3/bucket:Bucket::b",
      "--unprotect",
      "aws:s3/bucket:Bucket::a",
    );
    expect([status, out]).toEqual([
      0,
      "stacks/production/letters/fase-b-001.md\nstacks/production/letters/fase-b-001.json\n",
    ]);
    expect(readdirSync(letters(""))).toEqual(["fase-b-001.json", "fase-b-001.md"]);
    expect(payloadOf("fase-b-001.json")).toEqual({
      type: "https://example.com/fase-b/carta-go/v1",
      phase: "fase-b",
      number: 1,
      stack: "production",
      sourceDigest: sourceDigest(project),
      commit: git("rev-parse", "HEAD").trim(),
      decision: "GO",
      conditions: [],
      unprotect: ["aws:s3/bucket:Bucket::a", "aws:s3/bucket:Bucket::b"],
      informe: { name: "Informe B", sha256: sha256(readFileSync(at("informe.pdf"))) },
      issuedAt: "2026-11-26T12:00:00.000Z",
      startsAt: "2026-11-26T12:00:00.000Z",
      expiresAt: "2026-12-03T12:00:00.000Z",
      roles: sha256(readFileSync(at("stacks/production/roles.json"))),
      collectors: sha256(readFileSync(at("stacks/staging/collectors.json"))),
      text: sha256(readFileSync(letters("fase-b-001.md"))),
    });
  });

  it.each<[string, () => void, RegExp, 1 | 2]>([
    [
      "a source that is changed",
      () => appendFileSync(at("infra/a.ts"), "//"),
      /the source: got changes in infra\/a\.ts;/,
      1,
    ],
    ["a source with a file that nobody added", () => put("infra/b.ts", ""), /got changes in infra\/b\.ts/, 1],
    [
      "a source with a file that git is told not to see",
      () => (put(".git/info/exclude", "b.ts\n"), put("infra/b.ts", "")),
      /got changes in infra\/b\.ts/,
      1,
    ],
    ["no repository", () => rmSync(at(".git"), { recursive: true }), /the source: got no commit/, 1],
    [
      "a list without one of the roles",
      () => put("stacks/production/roles.json", "[]\n"),
      /got no key in force of lead-security, code, ceo/,
      1,
    ],
    [
      "a list that cannot be read",
      () => put("stacks/production/roles.json", "{"),
      /production\/roles\.json: got no JSON/,
      2,
    ],
    [
      "no list",
      () => rmSync(at("stacks/production/roles.json")),
      /production\/roles\.json: got no file that can be read/,
      2,
    ],
    ["no report", () => rmSync(at("informe.pdf")), /--informe informe\.pdf: got ENOENT/, 2],
    ["an empty report", () => put("informe.pdf", ""), /--informe informe\.pdf: got 0 bytes; allowed: /, 2],
    [
      "no report, before keys that are missing",
      () => (put("stacks/production/roles.json", "[]\n"), rmSync(at("informe.pdf"))),
      /--informe informe\.pdf: got ENOENT/,
      2,
    ],
    [
      "a stack without settings",
      () => rmSync(at("Pulumi.production.yaml")),
      /--stack: no stack "production": Pulumi\.production\.yaml is not there; allowed: staging/,
      2,
    ],
    [
      "a list of keys that the commit has not",
      () => appendFileSync(at("stacks/production/roles.json"), "\n"),
      /production\/roles\.json: got another file than is committed; allowed: the one of the commit [0-9a-f]{40}/,
      1,
    ],
    [
      "a list of keys that no commit has",
      () => (git("rm", "-q", "--cached", "stacks/production/roles.json"), git("commit", "-qm", "without")),
      /production\/roles\.json: got a file that is not committed/,
      1,
    ],
    [
      "a list of collectors that the commit has not",
      () => put("stacks/staging/collectors.json", "[]\n"),
      /staging\/collectors\.json: got another file than is committed/,
      1,
    ],
    [
      "a folder with a letter's name",
      () => mkdirSync(letters("fase-b-001.dsse.json"), { recursive: true }),
      /fase-b-001\.dsse\.json: got a folder; allowed: letters and their envelopes: plain files/,
      2,
    ],
    [
      "a letter before it that is none",
      () => put("stacks/production/letters/fase-b-001.dsse.json", "{}"),
      /001\.dsse\.json: what it is/,
      2,
    ],
  ])("refuses %s, in one line, and writes nothing", async (_, change, says, status) => {
    change();
    const told = await draft();
    expect(told).toMatchObject({ status, err: expect.stringMatching(says) as string });
    expect(told.err).toMatch(/^error: [^\n]+\n$/);
    expect(told.out).toBe("");
    expect(execFileSync("find", [at("stacks"), "-name", "*.md"], { encoding: "utf8" })).toBe("");
  });

  it("refuses a list of keys that nobody has entered, and says how", async () => {
    const told = await letter(
      ["draft", ...production, "--decision", "GO", "--informe", "informe.pdf"],
      undefined,
      NOW_MS,
      {},
    );
    expect(told).toMatchObject({
      status: 1,
      err: expect.stringMatching(
        /whose keys count here nobody has entered; .*; fix: enter "production": "[0-9a-f]{64}" in infra\/release/,
      ) as string,
    });
    expect(existsSync(letters(""))).toBe(false);
  });

  it("notes each clause of a release that has no evidence yet, as the signing does", async () => {
    rmSync(at("stacks/staging/evidence"), { recursive: true });
    const notes = /^(note: the letter releases nothing yet: B[68]\.\d: got unknown: [^\n]+\n){10}$/;
    expect(await draft()).toMatchObject({ status: 0, err: expect.stringMatching(notes) as string });
    expect(await sign("ceo")).toMatchObject({ status: 0, err: expect.stringMatching(notes) as string });
  });

  it("does not write over a draft that is there, nor leave half of one", async () => {
    await draft();
    const before = readFileSync(letters("fase-b-001.md"), "utf8");
    expect(await draft("--unprotect", "t::a")).toMatchObject({
      status: 1,
      err: expect.stringMatching(/fase-b-001\.md: got a file that is there/) as string,
    });
    expect(readFileSync(letters("fase-b-001.md"), "utf8")).toBe(before);
    rmSync(letters("fase-b-001.md"));
    expect(await draft("--unprotect", "t::a")).toMatchObject({
      status: 1,
      err: expect.stringMatching(/fase-b-001\.json: got a file that is there/) as string,
    });
    expect(readdirSync(letters(""))).toEqual(["fase-b-001.json"]);
  });
});

describe("sign", () => {
  it("shows the whole letter first, and makes three signatures of three people one envelope", async () => {
    await draft();
    const text = readFileSync(letters("fase-b-001.md"), "utf8");
    const first = await sign("ceo");
    expect(first.out).toContain(text);
    expect(first.out).toMatch(
      /\? lead-security: not signed yet[^]*signed as ceo: stacks\/production\/letters\/fase-b-001\.dsse\.json\n$/,
    );
    expect(readdirSync(letters(""))).toEqual(["fase-b-001.dsse.json", "fase-b-001.md"]);
    expect(await verify()).toMatchObject({
      status: 1,
      out: expect.stringMatching(/signatures: got of ceo; allowed: of/) as string,
    });
    await sign("code");
    await sign("lead-security");
    expect(await verify()).toMatchObject({
      status: 0,
      err: "",
      out: expect.stringMatching(
        /^✓ stacks\/production\/letters\/fase-b-001\.dsse\.json holds: GO, until 2026-12-03T12:00:00\.000Z\n {2}lead-security: person-lead-security, key [0-9a-f]{64}\n {2}code: /,
      ) as string,
    });
    const shown = await letter(["show", ...production]);
    expect(shown.out).toContain(text);
    expect(shown.out).toMatch(/\+ ceo: person-ceo, key/);
  });

  it("asks at a terminal, and signs by the role's name alone", async () => {
    await draft();
    const asked = (answer?: string) => letter(["sign", ...production, "--key", "keys/ceo.pem"], answer);
    expect(await asked()).toMatchObject({
      status: 2,
      err: expect.stringMatching(/no terminal to ask on/) as string,
    });
    for (const answer of ["yes", "", "code"])
      expect(await asked(answer)).toMatchObject({
        status: 1,
        err: expect.stringMatching(/nothing was signed/) as string,
      });
    expect(readdirSync(letters(""))).not.toContain("fase-b-001.dsse.json");
    expect(await asked("ceo")).toMatchObject({ status: 0 });
  });

  it.each<[string, () => void | Promise<unknown>, RegExp, 1 | 2]>([
    ["the same key twice", () => sign("ceo"), /got the signature of this key \(ceo\) already/, 1],
    [
      "a key that is in no role",
      () => (rmSync(at("keys/ceo.pem")), keygen("ceo", "person-ceo")),
      /got a key that is in no role/,
      1,
    ],
    [
      "a key that others may read",
      () => chmodSync(at("keys/ceo.pem"), 0o644),
      /got a file that others may read/,
      2,
    ],
    [
      "a key that is none",
      () => put("keys/ceo.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n"),
      /--key .*ceo\.pem: got no private key/,
      2,
    ],
    ["no key", () => rmSync(at("keys/ceo.pem")), /--key .*ceo\.pem: got ENOENT/, 2],
    [
      "a draft that is none",
      () => appendFileSync(letters("fase-b-001.json"), "\n"),
      /001\.json: what it is: got what is signed is no JSON in canonical form/,
      2,
    ],
    [
      "a text that is another",
      () => appendFileSync(letters("fase-b-001.md"), "\n"),
      /001\.md: .* got the digest/,
      1,
    ],
    ["no text", () => rmSync(letters("fase-b-001.md")), /001\.md: .* got no file/, 1],
    [
      "another list of keys",
      () => appendFileSync(at("stacks/production/roles.json"), "\n"),
      /who may sign: got a roles\.json of/,
      1,
    ],
    [
      "another source",
      () => appendFileSync(at("infra/a.ts"), "//"),
      /got the source [0-9a-f]{64}; allowed: the one of this checkout/,
      1,
    ],
    ["no letter", () => rmSync(letters(""), { recursive: true }), /letters of fase-b: got none/, 1],
  ])("refuses %s, in one line, and signs nothing", async (_, change, says, status) => {
    await draft();
    await change();
    const before = JSON.stringify(
      execFileSync("find", [at("stacks"), "-type", "f", "-exec", "sha256sum", "{}", "+"], {
        encoding: "utf8",
      }),
    );
    const told = await sign("ceo");
    expect(told).toMatchObject({ status, err: expect.stringMatching(says) as string });
    expect(told.err).toMatch(/^error: [^\n]+\n$/);
    expect(told.err).not.toMatch(/BEGIN|AAAA/);
    expect(
      JSON.stringify(
        execFileSync("find", [at("stacks"), "-type", "f", "-exec", "sha256sum", "{}", "+"], {
          encoding: "utf8",
        }),
      ),
    ).toBe(before);
  });

  it("refuses a person who has signed in another role, and a key or a letter that has ended", async () => {
    const list = JSON.parse(readFileSync(at("stacks/production/roles.json"), "utf8")) as object[];
    list.push(JSON.parse((await keygen("code", "person-ceo", "keys/second.pem")).out) as object);
    put("stacks/production/roles.json", JSON.stringify(list));
    commit();
    await draft();
    await sign("ceo");
    expect(await sign("second")).toMatchObject({
      status: 1,
      err: expect.stringMatching(/got the signature of person-ceo as ceo already/) as string,
    });
    const later = (days: number) =>
      letter(["sign", ...production, "--key", "keys/code.pem", "--yes"], undefined, NOW_MS + days * DAY_MS);
    expect(await later(7)).toMatchObject({
      status: 1,
      err: expect.stringMatching(/a letter that ends at/) as string,
    });
    expect(await later(89)).toMatchObject({
      status: 1,
      err: expect.stringMatching(/which was in force until/) as string,
    });
  });
});

describe("join", () => {
  it("makes one letter of signatures that were made apart", async () => {
    await draft();
    const copies: string[] = [];
    for (const role of ROLES) {
      const other = `${project}-${role}`;
      cpSync(project, other, { recursive: true });
      expect(
        await letter(["sign", ...production, "--key", `keys/${role}.pem`, "--yes", "--cwd", other]),
      ).toMatchObject({ status: 0 });
      copies.push(join(other, "stacks/production/letters/fase-b-001.dsse.json"));
    }
    try {
      const joinFrom = (from = "") => letter(["join", ...production, "--from", from]);
      for (const from of copies) expect(await joinFrom(from)).toMatchObject({ status: 0, err: "" });
      expect(await verify()).toMatchObject({ status: 0 });
      expect(await joinFrom(copies[0])).toMatchObject({
        status: 1,
        err: expect.stringMatching(/got no signature that is not here already/) as string,
      });
      writeFileSync(at("broken.json"), readFileSync(copies[0] ?? "").subarray(0, 100));
      expect(await joinFrom("broken.json")).toMatchObject({
        status: 2,
        err: expect.stringMatching(/--from broken\.json: got/) as string,
      });
      rmSync(letters(""), { recursive: true });
      await draft("--unprotect", "t::a");
      expect(await joinFrom(copies[0])).toMatchObject({
        status: 1,
        err: expect.stringMatching(/got signatures of another letter/) as string,
      });
    } finally {
      for (const role of ROLES) rmSync(`${project}-${role}`, { recursive: true, force: true });
    }
  });
});

describe("verify", () => {
  it("refuses the letter from its end on, with another source, list, text or signature, and after a NO-GO", async () => {
    await draft();
    await signAll();
    // The letter still is, the evidence of a week ago is not.
    expect(await verify(NOW_MS + 7 * DAY_MS - 1)).toMatchObject({
      status: 1,
      out: expect.stringMatching(
        /^✗ [^\n]+fase-b-001\.dsse\.json is signed and in force \(GO, until [^\n]+\), and releases nothing: evidence is missing\n✗ B6\.2: got unknown/,
      ) as string,
    });
    expect(await verify(NOW_MS + 7 * DAY_MS)).toMatchObject({
      status: 1,
      out: expect.stringMatching(/expiresAt/) as string,
    });
    expect(await verify(NOW_MS, "--at", "2026-11-26T11:59:59Z")).toMatchObject({
      status: 1,
      out: expect.stringMatching(/issuedAt/) as string,
    });
    const changed = async (path: string, change: (text: string) => string): Promise<Told> => {
      const before = readFileSync(at(path), "utf8");
      writeFileSync(at(path), change(before));
      const told = await verify();
      writeFileSync(at(path), before);
      return told;
    };
    const envelope = "stacks/production/letters/fase-b-001.dsse.json";
    expect(await changed("infra/a.ts", (text) => `${text}//`)).toMatchObject({
      status: 1,
      out: expect.stringMatching(/source: got a source of/) as string,
    });
    expect(await changed("stacks/production/roles.json", (text) => `${text}\n`)).toMatchObject({ status: 1 });
    expect(
      await changed("stacks/production/letters/fase-b-001.md", (text) => text.replace("GO", "SÍ")),
    ).toMatchObject({ status: 1 });
    expect(await changed(envelope, (text) => text.replace(/"sig":"./, '"sig":"_'))).toMatchObject({
      status: 2,
      err: expect.stringMatching(
        /^error: stacks\/production\/letters\/fase-b-001\.dsse\.json: what it is: got [^\n]+\n$/,
      ) as string,
    });
    expect(await changed(envelope, (text) => text.slice(0, -1))).toMatchObject({ status: 2, out: "" });
    expect(await changed("stacks/production/roles.json", () => "[")).toMatchObject({ status: 2 });
    expect(await verify()).toMatchObject({ status: 0 });

    expect(
      await letter(["draft", ...production, "--decision", "NO-GO", "--informe", "informe.pdf"]),
    ).toMatchObject({ status: 0 });
    expect(payloadOf("fase-b-002.json").previous).toMatch(/^[0-9a-f]{64}$/);
    expect(await verify()).toMatchObject({ status: 0 });
    await sign("ceo");
    expect(await verify()).toMatchObject({
      status: 1,
      out: expect.stringMatching(/002\.dsse\.json: signatures/) as string,
    });
    await sign("code");
    await sign("lead-security");
    expect(await verify()).toMatchObject({
      status: 1,
      out: expect.stringMatching(/the letter says NO-GO/) as string,
    });
  });

  it("says that a draft is one, and that without evidence nothing is released", async () => {
    await draft();
    expect(await verify()).toMatchObject({
      status: 1,
      out: expect.stringMatching(
        /letters of fase-b: got none: fase-b-001\.json is a draft that nobody has signed; .*; fix: npm run letter -- sign/,
      ) as string,
    });
    await signAll();
    rmSync(at("stacks/staging/evidence/B8.1"), { recursive: true });
    const told = await verify();
    expect(told).toMatchObject({
      status: 1,
      out: expect.stringMatching(
        /releases nothing: evidence is missing\n✗ B8\.1: got unknown: [^\n]+\n$/,
      ) as string,
    });
    expect(JSON.parse((await verify(NOW_MS, "--json")).out)).toMatchObject({
      holds: false,
      letter: { number: 1 },
      missing: [expect.stringMatching(/^B8\.1: got unknown/)],
    });
  });

  it("says it for machines", async () => {
    await draft();
    await signAll();
    const { out } = await verify(NOW_MS, "--json");
    expect(JSON.parse(out)).toMatchObject({
      holds: true,
      letter: { number: 1 },
      signers: [{ role: "lead-security" }, {}, {}],
    });
    put("stacks/production/letters/fase-b-001.dsse.json", "{}");
    const told = await verify(NOW_MS, "--json");
    expect(told.status).toBe(2);
    expect(JSON.parse(told.out)).toMatchObject({ holds: false, unreadable: true });
  });

  it("holds a condition against staging's evidence of the same source", async () => {
    const condition = `B8.1=${evidence.get("B8.1") ?? ""}=p95 de /chat por debajo de 700 ms.`;
    const conditional = (): Promise<Told> =>
      letter([
        "draft",
        ...production,
        "--informe",
        "informe.pdf",
        "--decision",
        "GO condicional",
        "--condition",
        condition,
      ]);
    const piece = at("stacks/staging/evidence/B8.1");
    const aside = at("aside.json");
    renameSync(piece, aside);
    expect(await conditional()).toMatchObject({
      status: 0,
      out: expect.stringMatching(/fase-b-001\.json\n$/) as string,
      err: expect.stringMatching(
        /^note: C1: no evidence [0-9a-f]{64} of B8\.1 that is believed[^\n]+\nnote: the letter releases nothing yet: B8\.1: got unknown[^\n]+\n$/,
      ) as string,
    });
    renameSync(aside, piece);
    rmSync(letters(""), { recursive: true });
    expect(await conditional()).toMatchObject({ status: 0, err: "" });
    await signAll();
    expect(await verify()).toMatchObject({
      status: 0,
      out: expect.stringMatching(/holds: GO condicional/) as string,
    });
    rmSync(at("stacks/staging/evidence/B8.1"), { recursive: true });
    expect(await verify()).toMatchObject({
      status: 1,
      out: expect.stringMatching(/condition C1: got no evidence/) as string,
    });
    put("stacks/staging/collectors.json", "{");
    expect(await verify()).toMatchObject({
      status: 2,
      err: expect.stringMatching(/collectors\.json: got no JSON/) as string,
    });
    rmSync(letters(""), { recursive: true });
    expect(await conditional()).toMatchObject({
      status: 2,
      out: "",
      err: expect.stringMatching(/^error: [^\n]*collectors\.json: got no JSON[^\n]*\n$/) as string,
    });
    expect(existsSync(letters(""))).toBe(false);
  });

  it("starts the work on staging with Fase A, whose source may change", async () => {
    copyFileSync(at("stacks/production/roles.json"), at("stacks/staging/roles.json"));
    commit();
    expect(await letter(["draft", "--decision", "GO", "--informe", "informe.pdf"])).toMatchObject({
      status: 0,
      out: expect.stringMatching(/stacks\/staging\/letters\/fase-a-001\.md/) as string,
    });
    for (const role of ROLES) await letter(["sign", "--key", `keys/${role}.pem`, "--yes"]);
    appendFileSync(at("infra/a.ts"), "// the work");
    expect(await letter(["verify"])).toMatchObject({ status: 0 });
  });
});

const noGo = ["draft", ...production, "--informe", "informe.pdf", "--decision", "NO-GO"];

describe("the command line", () => {
  it.each<[string, readonly string[], RegExp]>([
    ["no command", [], /command: got none; allowed: keygen, draft, sign/],
    ["another command", ["send"], /command: got "send"/],
    ["an option that is none", ["verify", "--fast"], /got the option --fast/],
    ["another command's option", ["verify", "--key", "x"], /--key: got an option that verify has not/],
    ["a word too many", ["verify", "production"], /verify: got "production"; allowed: options only/],
    [
      "fase-b of staging",
      ["verify", "--phase", "fase-b"],
      /--phase: got "fase-b"; allowed: fase-a of the stack staging/,
    ],
    [
      "fase-a of production",
      ["show", "--phase", "fase-a", "--stack", "p"],
      /allowed: fase-b of the stack p; fix: --stack staging/,
    ],
    [
      "another decision",
      ["draft", "--informe", "x", "--decision", "YES"],
      /--decision: got "YES"; allowed: "GO", "GO condicional"/,
    ],
    ["no decision", ["draft", "--informe", "x"], /draft: got no --decision/],
    [
      "a condition of no clause",
      ["draft", "--informe", "x", "--decision", "GO condicional", "--condition", "B1.1=a=b"],
      /--condition: got the clause "B1\.1"/,
    ],
    [
      "a condition without evidence",
      ["draft", "--informe", "x", "--decision", "GO condicional", "--condition", "B8.1=abc=texto"],
      /got the evidence "abc"/,
    ],
    [
      "a condition that turns the text round",
      [
        "draft",
        "--informe",
        "x",
        "--decision",
        "GO condicional",
        "--condition",
        `B8.1=${"a".repeat(64)}=GO \u202eno se autoriza`,
      ],
      /that can be seen, on one line/,
    ],
    [
      "a name as holder",
      ["keygen", "--out", "x", "--role", "ceo", "--holder", "Jane Doe"],
      /--holder: got "Jane Doe"/,
    ],
    [
      "another role",
      ["keygen", "--out", "x", "--role", "cto", "--holder", "p-1"],
      /--role: got "cto"; allowed: lead-security, code, ceo/,
    ],
    ["no instant", ["verify", "--at", "tomorrow"], /--at: got "tomorrow"; allowed: an instant/],
    ["a letter's number that is none", ["show", "--number", "0"], /--number: got "0"/],
    [
      "a letter that lives too long",
      [
        "draft",
        "--informe",
        "informe.pdf",
        "--decision",
        "GO",
        "--expires",
        "2027-11-26T12:00Z",
        "--stack",
        "production",
      ],
      /--expires: got 2027-11-26T12:00:00\.000Z; allowed: after 2026-11-26T12:00:00\.000Z, and up to 2026-12-03T12:00:00\.000Z: 7 days/,
    ],
    [
      "a letter of yesterday",
      [
        "draft",
        "--informe",
        "informe.pdf",
        "--decision",
        "GO",
        "--starts",
        "2026-11-25T12:00Z",
        "--stack",
        "production",
      ],
      /--starts: got 2026-11-25T12:00:00\.000Z; allowed: from now/,
    ],
    [
      "a resource that is none",
      [
        "draft",
        "--informe",
        "informe.pdf",
        "--decision",
        "GO",
        "--unprotect",
        "all",
        "--stack",
        "production",
      ],
      /--unprotect: got "all"; allowed: <type>::<name>/,
    ],
    ["a NO-GO that unprotects", [...noGo, "--unprotect", "t::a"], /--unprotect: got a resource, with NO-GO/],
    [
      "a condition of a NO-GO",
      [...noGo, "--condition", `B8.1=${"a".repeat(64)}=p95 por debajo de 700 ms.`],
      /--condition: got 1 with NO-GO; allowed: one at least with "GO condicional"/,
    ],
    [
      "no condition of a GO condicional",
      ["draft", ...production, "--informe", "informe.pdf", "--decision", "GO condicional"],
      /--condition: got none with GO condicional/,
    ],
    [
      "no such stack",
      ["verify", "--stack", "nope"],
      /--stack: no stack "nope": .*; allowed: production, staging/,
    ],
    ["a stack's path", ["verify", "--stack", "../x"], /--stack: got "\.\.\/x"/],
  ])("says what is wrong with %s, in one line", async (_, argv, says) => {
    const { status, err } = await letter(argv);
    expect(status).toBe(2);
    expect(err).toMatch(says);
    expect(err).toMatch(/^error: [^\n]+\n$/);
  });
});

describe("the process", () => {
  /** Whoever opens a connection, or looks a name up, ends it. */
  const noNetwork = `
    const refuse = (what) => () => { process.stderr.write("NETWORK " + what); process.exit(99); };
    require("node:net").Socket.prototype.connect = refuse("connect");
    require("node:dns").lookup = refuse("lookup");
    require("node:dgram").createSocket = refuse("dgram");
    globalThis.fetch = refuse("fetch");
  `;
  const letterProcess = (...argv: string[]): Told => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        `--require=${join(root, "runtime/register.cjs")}`,
        `--require=${at("keys/no-network.cjs")}`,
        join(root, "cli/letter/main.ts"),
        ...argv,
      ],
      { cwd: project, encoding: "utf8", input: "" },
    );
    return { status: status ?? -1, out: stdout, err: stderr };
  };

  it("goes from keys to a letter that holds, and not one byte further, without any network", () => {
    // The process holds the constant of its own code: the list that is made here is entered where it is loaded.
    const enter = `
      const { createHash } = require("node:crypto");
      const { readFileSync } = require("node:fs");
      const { TRUSTED_ROLES } = require(${JSON.stringify(join(root, "infra/release/trustedRoles.ts"))});
      const list = ${JSON.stringify(at("stacks/production/roles.json"))};
      TRUSTED_ROLES.production = createHash("sha256").update(readFileSync(list)).digest("hex");
    `;
    put("keys/no-network.cjs", `${noNetwork}${enter}`);
    collect(project, Date.now());
    expect(letterProcess("--help")).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^Writes, signs and judges the Carta GO/) as string,
    });
    expect(letterProcess("verify", "--nothing")).toMatchObject({
      status: 2,
      err: expect.stringMatching(/^error: got the option --nothing[^\n]*\n$/) as string,
    });
    const entries = ROLES.map((role) => {
      const { out, status } = letterProcess(
        "keygen",
        "--out",
        `keys/new-${role}.pem`,
        "--role",
        role,
        "--holder",
        `p-${role}`,
      );
      expect(status).toBe(0);
      return JSON.parse(out) as unknown;
    });
    put("stacks/production/roles.json", JSON.stringify(entries));
    commit();
    expect(
      letterProcess("draft", ...production, "--decision", "GO", "--informe", "informe.pdf"),
    ).toMatchObject({ status: 0, err: "" });
    expect(letterProcess("sign", ...production, "--key", "keys/new-ceo.pem")).toMatchObject({
      status: 2,
      err: expect.stringMatching(/no terminal/) as string,
    });
    for (const role of ROLES)
      expect(letterProcess("sign", ...production, "--key", `keys/new-${role}.pem`, "--yes")).toMatchObject({
        status: 0,
        err: "",
      });
    expect(letterProcess("verify", ...production)).toMatchObject({ status: 0, err: "" });
    expect(letterProcess("show", ...production)).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^# Carta GO Fase B n\.º 1\n/) as string,
    });
    appendFileSync(letters("fase-b-001.md"), " ");
    expect(letterProcess("verify", ...production)).toMatchObject({
      status: 1,
      out: expect.stringMatching(/^✗ [^\n]+got the digest[^\n]+\n$/) as string,
    });
    appendFileSync(letters("fase-b-001.dsse.json"), " ");
    expect(letterProcess("verify", ...production)).toMatchObject({
      status: 2,
      out: "",
      err: expect.stringMatching(/^error: [^\n]+\n$/) as string,
    });
  }, 240_000);
});
