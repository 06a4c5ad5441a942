import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../infra/evidence/record/envelope";
import { filesOf, NOW_MS, rolesOf, testLetter, testRoleKeys } from "../../infra/release/testSupport";
import { TRUSTED_ROLES, type TrustedRoles } from "../../infra/release/trustedRoles";
import { saidBy, type Said } from "../../test/support/said";
import { explained } from "../outcome";
import { auditCommand } from "./command";
import { auditJson } from "./audit";
import type { Audit } from "./model";
import * as run from "./run";

const ROOT = join(__dirname, "../..");
const AT = "2026-11-26T12:00:00.000Z";

let folder: string;
let record: string;
let out: string;
let nowMs: number;
/** Whose keys count: those that a test has entered. */
let trustedRoles: TrustedRoles;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "audit-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let runs = 0;
beforeEach(() => {
  nowMs = NOW_MS;
  trustedRoles = TRUSTED_ROLES;
  record = join(folder, `record-${++runs}`);
  out = join(folder, `out-${runs}`);
  mkdirSync(join(record, "stacks/staging"), { recursive: true });
  writeFileSync(join(record, "stacks/staging/collectors.json"), "[]\n");
  writeFileSync(join(record, "stacks/staging/roles.json"), "[]\n");
});

const says = (...argv: readonly string[]): Promise<Said> =>
  saidBy(
    (streams) =>
      auditCommand(argv, {
        cwd: ROOT,
        env: {},
        ...streams,
        nowMs: () => nowMs,
        trustedRoles,
        loadRun: () => run,
      }),
    explained,
  );

const STACK = "pulumi:pulumi:Stack";
const state = (project = "fase-b", stack = "staging"): string =>
  JSON.stringify({
    version: 3,
    deployment: {
      resources: [
        { urn: `urn:pulumi:${stack}::${project}::${STACK}::${project}-${stack}`, type: STACK, custom: false },
      ],
    },
  });
function stateFile(text = state()): string {
  const file = join(folder, `state-${runs}.json`);
  writeFileSync(file, text);
  return file;
}
const audited = (...argv: readonly string[]): Promise<Said> =>
  says("--file", stateFile(), "--record", record, "--out", out, ...argv);
const written = (): Audit => JSON.parse(readFileSync(join(out, "audit.json"), "utf8")) as Audit;

describe("npm run audit", () => {
  it("explains itself", async () => {
    const { status, out: text } = await says("--help");
    expect(status).toBe(0);
    expect(text).toContain("Usage: npm run audit");
  });

  it("writes page and JSON of a state that does not hold, says what is violated, and ends with 1", async () => {
    const said = await audited("--at", AT);
    expect(said.error).toBe("");
    expect(said.status).toBe(1);
    expect(said.out).toContain("violated certificates-count-thirteen: ");
    expect(readdirSync(out).sort()).toEqual(["audit.json", "index.html"]);
    const audit = written();
    expect(audit).toMatchObject({
      project: "fase-b",
      stack: "staging",
      at: AT,
      subject: { from: "state", resources: 1 },
    });
    expect(audit.summary.mandatoryViolations).toBeGreaterThan(10);
    expect(audit.clauses.find(({ id }) => id === "B5.1")?.state).toBe("not-met");
    expect(readFileSync(join(out, "index.html"), "utf8")).toContain("Audit of fase-b, stack staging");
  });

  it("gives the same bytes for the same inputs and instant, whatever the clock says", async () => {
    await audited("--at", AT);
    const first = readdirSync(out).map((file) => readFileSync(join(out, file), "utf8"));
    nowMs += 40 * 24 * 3_600_000;
    await audited("--at", AT);
    expect(readdirSync(out).map((file) => readFileSync(join(out, file), "utf8"))).toEqual(first);
  });

  it("asks its pack as of the instant: an exception that has ended then lifts nothing", async () => {
    await audited("--at", AT);
    const ended = (): boolean =>
      JSON.stringify(written().policies.find(({ name }) => name === "exceptions-require-record")).includes(
        "which has passed",
      );
    expect(ended()).toBe(false);
    await audited("--at", "2027-12-24T12:00:00Z");
    const after = written();
    expect(ended()).toBe(true);
    expect(new Set(after.exceptions.map((one) => one.state))).toEqual(new Set(["void"]));
  });

  it("with --check writes nothing, with --json prints what it would write", async () => {
    const said = await audited("--at", AT, "--check", "--json");
    expect(said.status).toBe(1);
    expect(() => readdirSync(out)).toThrow();
    expect(said.out).toBe(auditJson(JSON.parse(said.out) as Audit));
  });

  it("says plainly that T+0 is not set while there is no valid Carta GO Fase A, and sets it by one that is", async () => {
    const keys = testRoleKeys();
    const roles = rolesOf(keys);
    const stack = join(record, "stacks/staging");
    const unset = await audited("--at", AT);
    expect(unset.out).toContain("T+0 is not set: there is no valid Carta GO Fase A");

    writeFileSync(join(stack, "roles.json"), roles);
    mkdirSync(join(stack, "letters"));
    const letter = testLetter(roles, { phase: "fase-a" });
    for (const { path, bytes } of filesOf(letter, keys)) writeFileSync(join(stack, "letters", path), bytes);
    const foreign = await audited("--at", AT);
    expect(foreign.out).toContain("T+0 is not set");
    expect(written().letters[0]?.says).toMatch(/whose keys count: got a list of the digest/);
    trustedRoles = { staging: sha256(roles) };
    const set = await audited("--at", AT);
    expect(set.error).toBe("");
    expect(written().kickOff).toEqual({
      set: true,
      at: letter.startsAt,
      letter: "stacks/staging/letters/fase-a-001.dsse.json",
    });
    expect(written().letters[0]).toMatchObject({ phase: "fase-a", valid: true });

    // Two of three are not enough.
    for (const { path, bytes } of filesOf(letter, keys.slice(1)))
      writeFileSync(join(stack, "letters", path), bytes);
    await audited("--at", AT);
    expect(written().kickOff.set).toBe(false);
  });

  const mistakes: readonly (readonly [what: string, argv: readonly string[], told: string])[] = [
    ["an option that there is none of", ["--fail"], "got the option --fail"],
    ["a word", ["staging"], 'got "staging"'],
    ["an instant that is none", ["--at", "yesterday"], '--at: got "yesterday"'],
    ["a day that is none", ["--at", "2026-02-30T00:00:00Z"], "--at: got"],
    ["a digest that is none", ["--source", "abc"], '--source: got "abc"'],
    ["a state that is not there", ["--file", "/nonexistent/state.json"], "--file: got ENOENT"],
    ["a folder as a state", ["--file", "."], "--file: got EISDIR"],
    ["a stack without settings", ["--stack", "nowhere"], "--stack: no stack"],
  ];
  it.each(mistakes)("ends with 2 and one line for %s", async (_what, argv, told) => {
    const said = await says("--out", out, ...argv);
    expect(said.status).toBe(2);
    expect(said.error).toContain(told);
    expect(said.error).not.toContain("\n");
    expect(() => readdirSync(out)).toThrow();
  });

  const badInput: readonly (readonly [what: string, prepare: () => readonly string[], told: string])[] = [
    ["a corrupt state", () => ["--file", stateFile(state().slice(0, 60))], "--file: got no JSON"],
    [
      "another project's state",
      () => ["--file", stateFile(state("other"))],
      "a state of the project other; allowed: one of fase-b",
    ],
    [
      "a state of another stack than is named",
      () => ["--file", stateFile(state("fase-b", "production")), "--stack", "staging"],
      "a state of the stack production",
    ],
    [
      "keys of collectors that are corrupt",
      () => {
        writeFileSync(join(record, "stacks/staging/collectors.json"), "{");
        return ["--file", stateFile()];
      },
      "collectors.json: got no JSON",
    ],
    [
      "roles that are corrupt",
      () => {
        writeFileSync(join(record, "stacks/staging/roles.json"), "{");
        return ["--file", stateFile()];
      },
      "roles.json",
    ],
    [
      "a record that is not there",
      () => ["--file", stateFile(), "--record", join(folder, "nowhere")],
      "collectors.json",
    ],
    [
      "a place that cannot be written to",
      () => {
        writeFileSync(out, "a file");
        return ["--file", stateFile()];
      },
      "got ENOTDIR; allowed: a folder that can be read; fix: make it one, or remove it",
    ],
    [
      "a place that cannot be made",
      () => ["--file", stateFile(), "--out", "/proc/none/audit"],
      "proc/none/audit/audit.json: got ENOENT; allowed: a place that can be written to",
    ],
    [
      "a version of states that nobody knows",
      () => ["--file", stateFile(state().replace('"version":3', '"version":7'))],
      "--file: got the version 7 in ",
    ],
  ];
  it.each(badInput)("ends with 2 and one line, and writes nothing, for %s", async (_what, prepare, told) => {
    const said = await says("--record", record, "--out", out, "--at", AT, ...prepare());
    expect(said.status).toBe(2);
    expect(said.error).toContain(told);
    expect(said.error).not.toContain("\n");
    expect(readdirSync(folder).filter((name) => name.includes(".part"))).toEqual([]);
    expect(() => readdirSync(out)).toThrow();
  });

  it("names evidence that is not believed, and why", async () => {
    mkdirSync(join(record, "stacks/staging/evidence/B8.1/metrics"), { recursive: true });
    writeFileSync(join(record, "stacks/staging/evidence/B8.1/metrics/a.json"), "{}");
    await audited("--at", AT);
    expect(written().evidence.refusals).toEqual([
      {
        what: "B8.1/metrics/a.json",
        why: expect.stringContaining("its name is none of evidence") as unknown,
      },
    ]);
    expect(written().clauses.find(({ id }) => id === "B8.1")).toMatchObject({ evidence: "unknown" });
  });

  it("judges what the program would register where no state is named, by the same pack as a preview, and ends with 0", async () => {
    const said = await says("--record", record, "--out", out, "--at", AT);
    expect(said.error).toBe("");
    expect(said.status).toBe(0);
    const { policies, subject, summary } = written();
    expect(subject.from).toBe("preview");
    expect(summary.mandatoryViolations).toBe(0);
    const committed = JSON.parse(readFileSync(join(ROOT, "stacks/staging/preview.json"), "utf8")) as {
      readonly policies: readonly { readonly policies: readonly { readonly name: string }[] }[];
    };
    expect(policies.map(({ name }) => name).sort()).toEqual(
      expect.arrayContaining(committed.policies.flatMap((pack) => pack.policies.map(({ name }) => name))),
    );
  });
});
