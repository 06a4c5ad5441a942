import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { saidBy, type Said } from "../../test/support/said";
import { explained, findingsCommand } from "./command";
import { readLedger, type LedgerFinding } from "./ledger";
import * as run from "./run";

const testdata = join(__dirname, "testdata");
const startMs = Date.UTC(2026, 10, 26, 12);
const DAY_MS = 86_400_000;

let project: string;
let nowMs: number;
beforeEach(() => {
  nowMs = startMs;
  project = mkdtempSync(join(tmpdir(), "findings-"));
  writeFileSync(join(project, "Pulumi.yaml"), "name: fase-b\n");
  writeFileSync(join(project, "Pulumi.staging.yaml"), "config: {}\n");
  mkdirSync(join(project, "policies"));
  writeFileSync(join(project, "policies", "PulumiPolicy.yaml"), "runtime: nodejs\n");
  cpSync(testdata, join(project, "reports"), { recursive: true });
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const says = (...argv: readonly string[]): Promise<Said> =>
  saidBy(
    ({ stdout }) =>
      findingsCommand(argv, { cwd: project, env: {}, stdout, nowMs: () => nowMs, loadRun: () => run }),
    explained,
  );

const folder = (): string => join(project, "stacks", "staging");
const ledgerFile = (): string => join(folder(), "findings.json");
const one = (title: string): LedgerFinding => {
  const found = readLedger(folder()).findings.find((finding) => finding.title.startsWith(title));
  if (!found) throw new Error(`no finding ${title}`);
  return found;
};
const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

describe("import", () => {
  it("reads reports of every tool into one list, and again without a change (B2.3)", async () => {
    const reports = [
      "zap/found.json",
      "schemathesis/found.junit.xml",
      "osv/found.json",
      "npm-audit/found.json",
      "sarif/bandit-found.sarif",
    ].map((name) => `reports/${name}`);
    const first = await says("import", "--at", "2026-11-26T09:00:00Z", ...reports);
    expect(first).toMatchObject({ status: 0, error: "" });
    expect(first.out).toContain(
      "reports/zap/found.json: ZAP 2.17.0, scan zap, ended 2026-11-26T09:00:00.000Z: 5 findings, 5 new\n",
    );
    expect(first.out).toContain("open: 4 critical, 7 high,");
    const text = readFileSync(ledgerFile(), "utf8");
    expect(readLedger(folder()).findings).toHaveLength(5 + 19 + 4 + 2 + 5);
    await says("import", "--at", "2026-11-26T09:00:00Z", ...[...reports].reverse());
    expect(readFileSync(ledgerFile(), "utf8")).toBe(text);
    expect(readdirSync(folder())).toEqual(["findings.json"]);
  });

  it("changes nothing where one of several can't be read", async () => {
    const refused = await says("import", "reports/zap/found.json", "reports/npm-audit/not-asked.json");
    expect(refused).toMatchObject({ status: 1, out: "" });
    expect(refused.error).toMatch(
      /not-asked\.json: error: got an audit that the registry did not answer, with status 405; allowed: .*; fix: /,
    );
    expect(existsSync(ledgerFile())).toBe(false);
    expect(await says("import", "reports/none.json")).toMatchObject({
      status: 1,
      error: expect.stringContaining("got ENOENT") as string,
    });
    writeFileSync(join(project, "latin.json"), Buffer.from([0x7b, 0x22, 0xe9, 0x22, 0x7d]));
    expect((await says("import", "latin.json")).error).toContain("bytes that are no UTF-8");
  });

  it("takes scan, time and version of the run.json beside a report, whose digest it must have", async () => {
    const report = join(project, "reports", "schemathesis", "found.junit.xml");
    const beside = (more: object) =>
      writeFileSync(
        join(project, "reports", "schemathesis", "run.json"),
        JSON.stringify({
          scan: "fuzz",
          startedAt: "2026-11-26T08:00:00Z",
          endedAt: "2026-11-26T08:10:00Z",
          exitCode: 1,
          tool: { name: "schemathesis", version: "4.28.0" },
          stack: "staging",
          reports: [{ file: "found.junit.xml", sha256: sha256(report) }],
          ...more,
        }),
      );
    beside({});
    expect((await says("import", report)).out).toContain(
      "Schemathesis 4.28.0, scan fuzz, ended 2026-11-26T08:10:00.000Z: 19 findings, 19 new\n",
    );
    beside({ exitCode: 137 });
    expect((await says("import", report)).out).toContain("; incomplete: the run ended with status 137\n");
    beside({ reports: [{ file: "found.junit.xml", sha256: "0".repeat(64) }] });
    expect((await says("import", report)).error).toContain("got another digest than the run's");
    beside({ reports: [] });
    expect((await says("import", report)).error).toContain("a report that the run does not list");
    beside({ stack: "production" });
    expect((await says("import", report)).error).toContain('a run of the stack "production"');
    beside({ endedAt: "2026-11-27T08:10:00Z" });
    expect((await says("import", report)).error).toContain("allowed: one that is over");
  });

  it("says what is new, what is open again, and what it took the time from", async () => {
    const junit = "reports/schemathesis/found.junit.xml";
    expect((await says("import", junit)).out).toContain(
      `${junit}: Schemathesis, scan schemathesis, ended 2026-11-26T12:00:00.000Z: 19 findings, 19 new; nobody says when it ended, so taken to be now: --at says it\n`,
    );
    await says("close", one("API accepts").id.toUpperCase(), "--commit", "a".repeat(40), "--no-git");
    nowMs += DAY_MS;
    expect((await says("import", junit)).out).toContain("19 findings, 0 new, 1 open again; nobody says");
    expect((await says("import", "--at", "2026-11-27T09:00:00Z", junit)).out).not.toContain("nobody says");
  });

  it("keeps apart the scans of two tools that both write SARIF", async () => {
    await says("import", "--at", "2026-11-26T09:00:00Z", "reports/sarif/bandit-found.sarif");
    await says("import", "--at", "2026-11-26T10:00:00Z", "reports/sarif/osv-scanner-found.sarif");
    expect(readLedger(folder()).runs.map(({ scan }) => scan)).toEqual(["sarif-bandit", "sarif-osv-scanner"]);
    expect((await says("list")).out).not.toContain("not seen since");
    await says("import", "--at", "2026-11-26T11:00:00Z", "reports/sarif/bandit-clean.sarif");
    expect((await says("list")).out.match(/not seen since/g)).toHaveLength(5);
  });

  it("loses nothing where two run at a time", async () => {
    const names = ["zap/found.json", "osv/found.json", "sarif/bandit-found.sarif", "npm-audit/found.json"];
    const all = await Promise.all(
      names.map((name) => says("import", "--at", "2026-11-26T09:00:00Z", `reports/${name}`)),
    );
    expect(all.map(({ status }) => status)).toEqual([0, 0, 0, 0]);
    expect(readLedger(folder()).findings).toHaveLength(5 + 4 + 5 + 2);
  });
});

describe("the ledger", () => {
  it.each([
    ["cut off", (text: string) => text.slice(0, -20)],
    ["of another order", (text: string) => JSON.stringify(JSON.parse(text))],
    [
      "with a member twice",
      (text: string) => text.replace('"findings": [', '"findings": [],\n  "findings": ['),
    ],
    ["with what is unknown", (text: string) => text.replace('"version": 1,', '"version": 1,\n  "more": 1,')],
    [
      "with a finding taken twice",
      (text: string) => {
        const ledger = JSON.parse(text) as { findings: unknown[] };
        return `${JSON.stringify({ ...ledger, findings: [...ledger.findings, ledger.findings[0]] }, null, 2)}\n`;
      },
    ],
    ["with a conflict", (text: string) => `<<<<<<< HEAD\n${text}`],
    ["empty", () => ""],
  ])("is refused where it is %s, and never overwritten", async (_, damage) => {
    await says("import", "reports/zap/found.json");
    const damaged = damage(readFileSync(ledgerFile(), "utf8"));
    writeFileSync(ledgerFile(), damaged);
    for (const argv of [["import", "reports/osv/found.json"], ["list"], ["gate"], ["reopen", "0000"]]) {
      const refused = await says(...argv);
      expect(refused).toMatchObject({ status: 1, out: "" });
      expect(refused.error).toMatch(
        /findings\.json: got .*; allowed: what `npm run findings` writes; fix: take it from version control again$/,
      );
    }
    expect(readFileSync(ledgerFile(), "utf8")).toBe(damaged);
  });
});

describe("list", () => {
  beforeEach(async () => {
    await says(
      "import",
      "--at",
      "2026-11-26T09:00:00Z",
      "reports/zap/found.json",
      "reports/schemathesis/found.junit.xml",
      "reports/osv/found.json",
    );
  });

  it("shows the worst first, in words that a pipe can take", async () => {
    const { out } = await says("list");
    expect(out).not.toContain("\u001b");
    expect(out.split("\n")[0]).toMatch(
      /^[0-9a-f]{16} {2}critical {2}open {6}POST \/chat {2}API accepts requests without authentication$/,
    );
    expect((await says("list", "--color", "always")).out).toContain("\u001b[31mcritical");
  });

  it.each([
    [["--severity", "critical"], 3],
    [["--severity", "high"], 3 + 6],
    [["--tool", "zap"], 5],
    [["--route", "POST /chat"], 8],
    [["--class", "API2:2023"], 1],
    [["--class", "CWE-89"], 2],
    [["--class", "cwe-89"], 2],
    [["--class", "API2"], 1],
    [["--class", "API"], 0],
    [["--route", "post /chat"], 8],
    [["--route", "/chat"], 8],
    [["--route", "/cha"], 0],
    [["--route", "hat"], 0],
    [["--class", "CVE-2026-99901"], 1],
    [["--state", "fixed"], 0],
    [["--tool", "zap", "--severity", "high", "--route", "POST /chat"], 2],
  ])("filters by %j", async (argv, count) => {
    expect(JSON.parse((await says("list", "--json", ...argv)).out)).toHaveLength(count);
  });

  it("says what a later complete run has not seen", async () => {
    await says("import", "--at", "2026-11-26T11:00:00Z", "reports/zap/clean.json");
    expect((await says("list", "--tool", "zap")).out.match(/not seen since 2026-11-26/g)).toHaveLength(5);
    expect((await says("list", "--tool", "osv")).out).not.toContain("not seen since");
  });
});

describe("accept, close, reopen and gate", () => {
  const accept = (id: string, until: string): Promise<Said> =>
    says(
      "accept",
      id,
      "--until",
      until,
      "--by",
      "qa-sec",
      "--reason",
      "behind the firewall until the agent is replaced",
    );

  it("hold the gate until everything that is high is fixed or accepted, and again when an acceptance is over (B2.3, B8.5)", async () => {
    expect(await says("gate")).toMatchObject({
      status: 1,
      out: expect.stringContaining("no run was ever imported") as string,
    });
    await says("import", "--at", "2026-11-26T09:00:00Z", "reports/zap/found.json");
    expect(await says("gate")).toMatchObject({
      status: 1,
      out: expect.stringContaining("2 findings high or worse") as string,
    });
    expect((await says("gate", "--fail-at", "critical")).status).toBe(0);

    const byConversation = one("SQL Injection (parameter conversationId");
    const byMessage = one("SQL Injection (parameter messages");
    expect((await accept(byConversation.id, "2026-11-30")).out).toContain(
      "accepted until 2026-11-30 by qa-sec: behind the firewall",
    );
    expect((await says("gate")).status).toBe(1);
    expect(
      (await says("close", byMessage.id.slice(0, 8), "--commit", "a".repeat(40), "--no-git")).out,
    ).toContain("fixed by aaaaaaaaaaaa");
    expect((await says("gate")).status).toBe(0);
    expect((await says("list", "--state", "accepted", "--json")).out).toContain(byConversation.id);

    nowMs = startMs + 5 * DAY_MS;
    expect((await says("gate")).status).toBe(1);
    expect((await says("list", "--state", "expired", "--json")).out).toContain(byConversation.id);
    await says("import", "--at", "2026-12-01T09:00:00Z", "reports/zap/found.json");
    expect([
      one("SQL Injection (parameter conv").reopened,
      one("SQL Injection (parameter mess").reopened,
    ]).toEqual([1, 1]);
    expect((await says("list", "--severity", "high")).out).toContain("reopened 1 time");
  });

  it("do not pass the gate by a run that was not to its end", async () => {
    const failed = "reports/osv/failed.json";
    await says("import", "--at", "2026-11-26T09:00:00Z", "reports/osv/clean.json");
    expect((await says("gate")).status).toBe(0);
    await says("import", "--at", "2026-11-26T10:00:00Z", failed);
    for (const command of ["gate", "list"])
      expect((await says(command)).out).toContain(
        "! the last run of osv, ended 2026-11-26T10:00:00.000Z, is incomplete: osv-scanner names no package",
      );
    expect(await says("gate")).toMatchObject({
      status: 1,
      out: expect.stringContaining("✗ what is open is not known; open: none") as string,
    });
    await says("import", "--at", "2026-11-26T11:00:00Z", "reports/osv/clean.json");
    expect((await says("gate")).status).toBe(0);
  });

  it("list what was never looked at as unknown, and not as nothing", async () => {
    const { status, out } = await says("list");
    expect(status).toBe(0);
    expect(out).toBe(
      "! no run was ever imported: what there is to find is unknown\nopen: none; accepted: 0\n",
    );
    expect((await says("list", "--json")).out).toBe("[]\n");
  });

  it("asks git for the commit", async () => {
    await says("import", "reports/zap/found.json");
    const git = (...argv: string[]) =>
      execFileSync("git", ["-c", "user.name=made", "-c", "user.email=made@example.com", ...argv], {
        cwd: project,
        encoding: "utf8",
      }).trim();
    git("init", "-q");
    git("commit", "-q", "--allow-empty", "-m", "made");
    const commit = git("rev-parse", "HEAD");
    const { id } = one("SQL Injection (parameter conv");
    expect(await says("close", id, "--commit", "b".repeat(40))).toMatchObject({
      status: 1,
      error: expect.stringContaining("allowed: a commit of this repository") as string,
    });
    expect((await says("close", id, "--commit", git("rev-parse", "HEAD^{tree}"))).status).toBe(1);
    expect((await says("close", id, "--commit", commit)).status).toBe(0);
    expect((await says("reopen", id)).status).toBe(0);
    expect(one("SQL Injection (parameter conv")).toMatchObject({ status: { state: "open" }, reopened: 1 });
  });
});

describe("the command line", () => {
  it.each([
    [[], "command: got none"],
    [["burn"], 'command: got "burn"'],
    [["import"], "import: got no report"],
    [["import", "a", "--scan", "A B"], "--scan: got"],
    [["import", "a", "--at", "yesterday"], "--at: got"],
    [["import", "a", "--json"], "--json: got an option that import has not"],
    [["list", "x"], 'list: got "x"'],
    [["list", "--severity", "worst"], '--severity: got "worst"; allowed: critical, high, medium, low, info'],
    [["list", "--state", "closed"], "--state: got"],
    [["gate", "--fail-at", "all"], "--fail-at: got"],
    [["close", "abcd"], "close: got no --commit"],
    [["close", "abcd", "--commit", "HEAD"], "--commit: got"],
    [["close", "xyz", "--commit", "a".repeat(40)], "the finding: got"],
    [["reopen"], "reopen: got no finding"],
    [["reopen", "abcd", "abce"], 'reopen: got "abce"'],
    [["accept", "abcd", "--by", "qa-sec", "--reason", "x".repeat(20)], "accept: got no --until"],
    [
      ["accept", "abcd", "--until", "2026-02-30", "--by", "qa-sec", "--reason", "x".repeat(20)],
      "--until: got",
    ],
    [
      ["accept", "abcd", "--until", "2026-12-01", "--by", "Jane Doe", "--reason", "x".repeat(20)],
      '--by: got "Jane Doe"',
    ],
    [["accept", "abcd", "--until", "2026-12-01", "--by", "qa-sec", "--reason", "later"], "--reason: got"],
    [["list", "--burn"], "got the option --burn"],
  ])("is refused in one line: %j", async (argv, start) => {
    const { status, error, out } = await says(...argv);
    expect({ status, out }).toEqual({ status: 2, out: "" });
    expect(error.slice(0, start.length)).toBe(start);
    expect(error).toMatch(/; allowed: [^\n]+; fix: [^\n]+$/);
  });

  it("explains itself", async () => {
    expect(await says("accept", "-h")).toMatchObject({
      status: 0,
      out: expect.stringContaining("Usage: npm run findings -- list") as string,
    });
  });
});
