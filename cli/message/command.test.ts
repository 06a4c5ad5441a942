import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../infra/evidence/record/envelope";
import { filesOf, rolesOf, testLetter, testRoleKeys } from "../../infra/release/testSupport";
import { TRUSTED_ROLES, type TrustedRoles } from "../../infra/release/trustedRoles";
import { saidBy, type Said } from "../../test/support/said";
import { explained } from "../outcome";
import { messageCommand } from "./command";
import * as run from "./run";

const ROOT = join(__dirname, "../..");
/** While the letter of the tests is in force, which begins at 11:00 UTC. */
const AT = "2026-11-26T12:10:00Z";

let folder: string;
let record: string;
let stateFile: string;
/** Whose keys count: those that a test has entered. */
let trustedRoles: TrustedRoles;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "message-"));
  stateFile = join(folder, "state.json");
  const type = "pulumi:pulumi:Stack";
  const urn = `urn:pulumi:staging::fase-b::${type}::fase-b-staging`;
  writeFileSync(
    stateFile,
    JSON.stringify({ version: 3, deployment: { resources: [{ urn, type, custom: false }] } }),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let runs = 0;
beforeEach(() => {
  trustedRoles = TRUSTED_ROLES;
  record = join(folder, `record-${++runs}`);
  mkdirSync(join(record, "stacks/staging/letters"), { recursive: true });
  for (const name of ["collectors.json", "roles.json"])
    writeFileSync(join(record, "stacks/staging", name), "[]\n");
});

/** Signs by keys that count. */
function sign(decision: "GO" | "NO-GO" = "GO"): void {
  const keys = testRoleKeys();
  const roles = rolesOf(keys);
  const letter = testLetter(roles, { phase: "fase-a", decision });
  writeFileSync(join(record, "stacks/staging/roles.json"), roles);
  for (const { path, bytes } of filesOf(letter, keys))
    writeFileSync(join(record, "stacks/staging/letters", path), bytes);
  trustedRoles = { staging: sha256(roles) };
}

const says = (...argv: readonly string[]): Promise<Said> =>
  saidBy(
    (streams) =>
      messageCommand(argv, {
        cwd: ROOT,
        ...streams,
        nowMs: () => Date.parse(AT),
        trustedRoles,
        loadRun: () => run,
      }),
    explained,
  );
const judged = (...argv: readonly string[]): Promise<Said> =>
  says(...argv, "--file", stateFile, "--record", record);

describe("npm run message", () => {
  it("explains itself", async () => {
    const { status, out } = await says("-h");
    expect([status, out]).toEqual([0, expect.stringMatching(/Usage: npm run message -- kickoff/)]);
  });

  it("prints the kick-off by the letter that is in force (B7.6)", async () => {
    sign();
    const { status, out, err, error } = await judged("kickoff");
    expect([error, err, status]).toEqual(["", "", 0]);
    expect(out).toMatch(/^ARRANQUE DE LA FASE B EN STAGING\n\nPara: API-SEC-01 y CODE\n/);
    expect(out).toMatch(/T\+0: jueves 26 de noviembre de 2026, 12:00 CET\.\nCarta GO Fase A n\.º 1: GO, /);
  });

  it.each<[string, () => void, readonly string[]]>([
    ["there is no letter", () => undefined, []],
    ["it says NO-GO", () => sign("NO-GO"), []],
    ["it is of tomorrow", () => sign(), ["--at", "2026-11-26T10:59:59Z"]],
    ["it has ended", () => sign(), ["--at", "2026-11-27T12:00:01Z"]],
    ["nobody's keys count", () => (sign(), (trustedRoles = TRUSTED_ROLES)), []],
  ])(
    "prints a draft that may not be sent, and ends with 1, where %s (B7.6)",
    async (_where, prepare, more) => {
      prepare();
      const { status, out, err } = await judged("kickoff", "--for", "code", ...more);
      expect(status).toBe(1);
      expect(out).toMatch(/^BORRADOR, NO SE ENVÍA/);
      expect(err).toMatch(/^kickoff: got no valid Carta GO Fase A; allowed: .*; fix: .*\n$/);
    },
  );

  it("prints the instructions for both, or for one (B7.6)", async () => {
    const both = await judged("instructions");
    expect(both.status).toBe(0);
    expect(both.out.match(/^Para: .*$/gm)).toEqual(["Para: API-SEC-01", "Para: CODE"]);
    const one = await judged("instructions", "--for", "api-sec-01");
    expect(one.out.match(/^Para: .*$/gm)).toEqual(["Para: API-SEC-01"]);
  });

  it("prints the status of the hour in Madrid, as of an instant, the same each time (B7.7)", async () => {
    const first = await judged("status");
    expect([first.status, first.err, first.error]).toEqual([0, "", ""]);
    expect(first.out).toMatch(/^ESTADO DE LA FASE B EN STAGING, 13:00 CET, jueves 26 de noviembre de 2026\n/);
    // What the state lacks is on the board.
    expect(first.out).toMatch(/incumplimientos de políticas obligatorias/);
    expect(await judged("status", "--at", AT)).toEqual(first);
    expect((await judged("status", "--at", "2026-07-01T15:00:00Z")).out).toMatch(
      /, 18:00 CEST, miércoles 1 de julio/,
    );
  });

  it.each<[string, readonly string[], RegExp]>([
    ["no message", [], /^message: got none; allowed: kickoff, instructions, status; fix: /],
    ["another message", ["news"], /^message: got "news"; allowed: /],
    ["a second word", ["status", "now"], /^status: got "now"; allowed: options only; fix: /],
    ["an unknown option", ["status", "--when", "now"], /^got the option --when; allowed: --for, .*; fix: /],
    [
      "an unknown recipient",
      ["kickoff", "--for", "ceo"],
      /^--for: got "ceo"; allowed: api-sec-01, code; fix: /,
    ],
    ["a status for one", ["status", "--for", "code"], /^--for: got it with status; allowed: .*; fix: /],
    ["an instant that is none", ["status", "--at", "13:00"], /^--at: got "13:00"; allowed: .*; fix: /],
    ["a day that is none", ["status", "--at", "2026-02-30T12:00:00Z"], /^--at: got "2026-02-30/],
    ["an option without its value", ["status", "--at"], /^--at needs a value/],
    ["a digest that is none", ["status", "--source", "abc"], /^--source: got "abc"/],
    ["a stack that there is none of", ["status", "--stack", "nowhere"], /no stack|Pulumi\.nowhere\.yaml/],
    ["a state that is not there", ["status", "--file", "/nonexistent/state.json"], /^--file: got ENOENT/],
    ["a record that is not there", ["status", "--record", "/nonexistent"], /collectors\.json/],
  ])("ends with 2 and one line, and prints nothing, for %s", async (_what, argv, told) => {
    const { status, out, err, error } = await says(...argv);
    expect([status, out, err, error]).toEqual([2, "", "", expect.stringMatching(told)]);
    expect(error).not.toMatch(/\n/);
  });
});
