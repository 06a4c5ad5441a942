import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Finding } from "../../../infra/evidence/record/findings.schema";
import { EMPTY, FINDINGS_FILE, formatLedger, mergeRun, type LedgerFinding } from "../../findings/ledger";
import { readReport } from "../../findings/readers";
import { unknown } from "../sources/answer";
import { auditAnswer, NpmAudit, type AuditSource } from "../sources/audit";
import { ledgerReader } from "../sources/findingsReader";
import { testContext } from "../testSupport";
import { dependenciesCollector } from "./dependencies";

const context = testContext();
const ASKED = [{ system: "repository", asked: "npm audit" }];
const audited = (name: string): string =>
  readFileSync(join(__dirname, "../../findings/testdata/npm-audit", name), "utf8");
const CRITICAL = "GHSA-2222-3333-4444";

let projectDir: string;
let stackDir: string;
let told: string[];
beforeEach(() => {
  projectDir = mkdtempSync(join(tmpdir(), "fase-b-dependencies-"));
  stackDir = join(projectDir, "stacks", "staging");
  mkdirSync(stackDir, { recursive: true });
  told = [];
});
afterEach(() => {
  rmSync(projectDir, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

async function collected(audit: AuditSource) {
  const reader = ledgerReader(({ tool }) => tool === "npm-audit" || tool === "osv");
  const [one, ...others] = await dependenciesCollector(
    audit,
    reader,
  )({ ...context, projectDir, progress: (text) => void told.push(text) });
  if (one?.kind !== "findings" || others.length > 0) throw new Error("not one list of findings");
  return one.predicate;
}
const answering = (text: string): AuditSource => ({
  audit: () => Promise.resolve(auditAnswer(text, ASKED)),
});

/** The list as an earlier audit left it, and a person after it. */
function listed(change: (finding: LedgerFinding) => LedgerFinding): void {
  const text = audited("found.json");
  const report = readReport(text, { file: "npm audit", contract: context.contract });
  const ledger = mergeRun(EMPTY, {
    scan: "npm-audit",
    format: report.format,
    tool: report.tool,
    endedAt: "2026-11-20T05:00:00.000Z",
    reportSha256: createHash("sha256").update(text).digest("hex"),
    findings: [...report.findings],
  });
  writeFileSync(
    join(stackDir, FINDINGS_FILE),
    formatLedger({ ...ledger, findings: ledger.findings.map(change) }),
  );
}
const acceptedUntil = (until: string): Finding["status"] => ({
  state: "accepted",
  until,
  by: "lead-security",
  reason: "What is made up is called by nobody.",
  severity: "critical",
  at: "2026-11-20T06:00:00.000Z",
});

describe("dependencies (B6.3)", () => {
  it("are as they should be where the registry has looked and knows nothing critical", async () => {
    const text = audited("clean.json");
    expect(await collected(answering(text))).toMatchObject({
      clause: "B6.3",
      verdict: "met",
      because: "0 critical open, 0 accepted",
      runs: [
        {
          scan: "npm-audit",
          endedAt: "2026-11-26T07:20:30.000Z",
          reportSha256: createHash("sha256").update(text).digest("hex"),
          tool: { name: "npm audit" },
        },
      ],
      findings: [],
      sources: [...ASKED, { system: "repository", asked: "stacks/staging/findings.json" }],
    });
    expect(told).toEqual(["the registry has answered"]);
  });

  it("are not where it knows something critical, which is named", async () => {
    const predicate = await collected(answering(audited("found.json")));
    expect(predicate).toMatchObject({
      verdict: "not-met",
      because: "1 critical open, 0 accepted",
      open: { critical: 1, medium: 1 },
    });
    expect(predicate.findings.map(({ rule }) => rule)).toContain(CRITICAL);
    // By which runs a finding was seen is the list's own; the record knows no such member.
    expect(predicate.findings.every((finding) => !("scans" in finding))).toBe(true);
  });

  it("may have what is not critical", async () => {
    const { vulnerabilities, ...rest } = JSON.parse(audited("found.json")) as {
      vulnerabilities: Record<string, object>;
      metadata: object;
    };
    const right = { "fase-b-made-right": vulnerabilities["fase-b-made-right"] };
    const metadata = { ...rest.metadata, vulnerabilities: { total: 1 } };
    expect(
      await collected(answering(JSON.stringify({ ...rest, metadata, vulnerabilities: right }))),
    ).toMatchObject({ verdict: "met", open: { critical: 0, medium: 1 } });
  });

  it.each([
    ["holds", "2026-11-26", "met", "0 critical open, 1 accepted"],
    ["is over", "2026-11-25", "not-met", "1 critical open, 0 accepted"],
  ])("may have a critical one with an exception whose day %s", async (_, until, verdict, because) => {
    listed((one) => (one.rule === CRITICAL ? { ...one, status: acceptedUntil(until) } : one));
    expect(await collected(answering(audited("found.json")))).toMatchObject({ verdict, because });
  });

  it.each<[string, AuditSource, RegExp]>([
    ["the registry has no audit", answering(audited("not-asked.json")), /gave no audit/],
    [
      "it cannot be reached",
      { audit: () => Promise.resolve(unknown("npm could not be run", ASKED)) },
      /could not be run/,
    ],
    ["the report is none that can be read", answering('{"auditReportVersion":3,"metadata":{}}'), /npm audit/],
    [
      "it looked at nothing",
      answering(
        JSON.stringify({
          auditReportVersion: 2,
          vulnerabilities: {},
          metadata: { vulnerabilities: { total: 0 }, dependencies: { total: 0 } },
        }),
      ),
      /npm audited no dependency/,
    ],
  ])("are unknown where %s, and never clean", async (_, audit, because) => {
    expect(await collected(audit)).toMatchObject({
      verdict: "unknown",
      because: expect.stringMatching(because) as string,
    });
  });

  it("have what is known of before against them, though the registry does not answer", async () => {
    listed((one) => one);
    expect(await collected(answering(audited("not-asked.json")))).toMatchObject({
      verdict: "not-met",
      runs: [],
      open: { critical: 1 },
    });
  });

  it("are not judged by a list that is none: a person has to mend it", async () => {
    writeFileSync(join(stackDir, FINDINGS_FILE), "{}\n");
    await expect(collected(answering(audited("clean.json")))).rejects.toMatchObject({
      name: "UsageError",
      message: expect.stringContaining(FINDINGS_FILE) as string,
    });
  });
});

describe("npm's audit", () => {
  /** A command of that name that says this, with npm's status for a report that has something. */
  function npmSays(text: string): void {
    const bin = join(projectDir, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "says.json"), text);
    writeFileSync(
      join(bin, "npm"),
      `#!/bin/sh\necho "$PWD" "$@" >"${bin}/asked"\n/bin/cat "${bin}/says.json"\necho noise >&2\nexit 1\n`,
    );
    chmodSync(join(bin, "npm"), 0o755);
    vi.stubEnv("PATH", bin);
  }

  it("is asked of the lock file, without what is not deployed, and a report with findings is one", async () => {
    npmSays(audited("found.json"));
    const answer = await new NpmAudit().audit(projectDir);
    expect(answer).toMatchObject({ known: true, value: { text: audited("found.json") } });
    const asked = "npm audit --json --package-lock-only --omit dev";
    expect(answer.asked).toEqual([{ system: "repository", asked }]);
    expect(readFileSync(join(projectDir, "bin", "asked"), "utf8")).toMatch(
      new RegExp(`fase-b-dependencies-\\w+ ${asked.slice("npm ".length)}( --fetch-\\S+)+\n$`),
    );
  });

  it("is unknown where the registry refuses it, or where there is no npm", async () => {
    npmSays(audited("not-asked.json"));
    expect(await new NpmAudit().audit(projectDir)).toMatchObject({
      known: false,
      because: expect.stringMatching(/gave no audit/) as string,
    });
    vi.stubEnv("PATH", join(projectDir, "nowhere"));
    expect(await new NpmAudit().audit(projectDir)).toMatchObject({
      known: false,
      because: "npm could not be run",
    });
  });

  it("is given up with who has given up", async () => {
    npmSays(audited("clean.json"));
    await expect(new NpmAudit(AbortSignal.abort()).audit(projectDir)).rejects.toMatchObject({
      name: "AbortError",
    });
  });
});
