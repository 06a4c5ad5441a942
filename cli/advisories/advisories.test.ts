import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatLedger, ledgerSchema } from "../findings/ledger";
import { lockedFolders } from "./audit";
import { advisoriesCommand } from "./command";
import { exitCodes } from "../outcome";
import { readAudit } from "./report";
import * as run from "./run";

const projectDir = path.join(__dirname, "..", "..");
const GHSA = "GHSA-aaaa-bbbb-cccc";
const advisory = (severity: string) => ({
  id: 1234,
  url: `https://github.com/advisories/${GHSA}`,
  title: "Everything is open",
  severity,
  vulnerable_versions: "<2.0.0",
  cwe: ["CWE-22"],
  cvss: { score: 9.8, vectorString: null },
});
const accepted = (until: string, change: object = {}) => ({
  version: 1,
  runs: [],
  findings: [
    {
      id: "0123456789abcdef",
      tool: "npm-audit",
      rule: GHSA,
      title: "Everything is open",
      severity: "critical",
      classes: { owaspTop10: ["A06:2021"], owaspApiTop10: [], cwe: ["CWE-22"], advisories: [GHSA] },
      place: "wide-open@<2.0.0",
      evidence: "",
      fix: "",
      status: {
        state: "accepted",
        until,
        by: "lead-security",
        severity: "critical",
        reason: "Never called with what a caller sends.",
        at: "2026-11-20T00:00:00.000Z",
      },
      firstSeen: "2026-11-20T00:00:00.000Z",
      lastSeen: "2026-11-20T00:00:00.000Z",
      reopened: 0,
      scans: ["npm-audit"],
      ...change,
    },
  ],
});

/** What the registry answers an audit with. */
type Double = { readonly status: number; readonly body: string } | "silence";
const known = (severity: string): Double => ({
  status: 200,
  body: JSON.stringify({ "wide-open": [advisory(severity)] }),
});

/** As `npm run findings` writes it, where it is a ledger. */
function formed(value: unknown): string {
  const ledger = ledgerSchema.safeParse(value);
  return ledger.success ? formatLedger(ledger.data) : JSON.stringify(value);
}

describe("npm run advisories, with npm asking a registry on this machine", () => {
  let folder: string;
  let server: Server;
  let double: Double;

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "fase-b-advisories-"));
    for (const file of ["Pulumi.yaml", "Pulumi.staging.yaml"])
      copyFileSync(path.join(projectDir, file), path.join(folder, file));
    for (const part of ["policies", path.join("stacks", "staging")])
      mkdirSync(path.join(folder, part), { recursive: true });
    writeFileSync(path.join(folder, "policies", "PulumiPolicy.yaml"), "runtime: nodejs\n");
    const project = { name: "double", version: "1.0.0", dependencies: { "wide-open": "1.0.0" } };
    const installed = {
      version: "1.0.0",
      integrity: `sha512-${Buffer.alloc(64).toString("base64")}`,
    };
    const lock = {
      name: "double",
      version: "1.0.0",
      lockfileVersion: 3,
      requires: true,
      packages: { "": project, "node_modules/wide-open": installed },
    };
    writeFileSync(path.join(folder, "package.json"), JSON.stringify(project));
    writeFileSync(path.join(folder, "package-lock.json"), JSON.stringify(lock));
    server = createServer((request, response) => {
      if (request.method === "GET") {
        const version = (name: string) => ({ name: "wide-open", version: name });
        const versions = { "1.0.0": version("1.0.0"), "2.0.0": version("2.0.0") };
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ name: "wide-open", "dist-tags": { latest: "2.0.0" }, versions }));
        return;
      }
      request.resume();
      if (double === "silence") return;
      response.writeHead(double.status, { "content-type": "application/json" }).end(double.body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  const accept = (value: unknown): void =>
    writeFileSync(path.join(folder, "stacks", "staging", "findings.json"), formed(value));
  async function advisories(...argv: string[]): Promise<{ status: number; said: string }> {
    let said = "";
    const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const status = await advisoriesCommand(["--color", "never", ...argv], {
      cwd: folder,
      env: {
        PATH: process.env["PATH"],
        HOME: folder,
        npm_config_registry: registry,
        npm_config_cache: `${folder}/.cache`,
      },
      stdout: { write: (part: string) => (said += part) },
      nowMs: () => Date.UTC(2026, 10, 26, 12),
      timeoutMs: double === "silence" ? 4_000 : 60_000,
      loadRun: () => run,
    });
    return { status, said };
  }

  it("passes where nothing is known", async () => {
    double = { status: 200, body: "{}" };
    expect(await advisories()).toEqual({
      status: exitCodes.ok,
      said: "package-lock.json: audited: 0 critical, 0 high, 0 moderate, 0 low\n",
    });
  });

  it("passes for what is high, and says so", async () => {
    double = known("high");
    expect(await advisories()).toEqual({
      status: exitCodes.ok,
      said: "package-lock.json: audited: 0 critical, 1 high, 0 moderate, 0 low\n",
    });
  });

  it("stops for what is critical, and keeps npm's report (B6.3)", async () => {
    double = known("critical");
    const { status, said } = await advisories("--out", "reports");
    expect(status).toBe(exitCodes.refused);
    expect(said).toContain("package-lock.json: audited: 1 critical, 0 high, 0 moderate, 0 low\n");
    expect(said).toContain(`✗ package-lock.json: got ${GHSA} in wide-open (Everything is open)`);
    const kept = (name: string): unknown =>
      JSON.parse(readFileSync(path.join(folder, "reports", name), "utf8")) as unknown;
    expect(kept("npm-audit.json")).toMatchObject({ auditReportVersion: 2 });
    expect(kept("advisories.json")).toMatchObject([
      { lock: "package-lock.json", audited: true, criticals: [{ id: GHSA }], report: "npm-audit.json" },
    ]);
  });

  it("passes for what is critical and accepted, on its last day too", async () => {
    double = known("critical");
    accept(accepted("2026-11-26"));
    const { status, said } = await advisories();
    expect(status).toBe(exitCodes.ok);
    expect(said).toContain(
      `! package-lock.json: ${GHSA} in wide-open is accepted until 2026-11-26 by lead-security`,
    );
  });

  it.each([
    ["has ended", accepted("2026-11-25")],
    [
      "is of another advisory",
      accepted("2026-12-01", {
        rule: "GHSA-zzzz-zzzz-zzzz",
        classes: { owaspTop10: [], owaspApiTop10: [], cwe: [], advisories: [] },
      }),
    ],
    ["is of a package whose name begins alike", accepted("2026-12-01", { place: "wide-open-2@<2.0.0" })],
    ["is another tool's", accepted("2026-12-01", { tool: "osv" })],
    ["is no acceptance", accepted("2026-12-01", { status: { state: "open" } })],
  ])("stops for an acceptance that %s", async (_, ledger) => {
    double = known("critical");
    accept(ledger);
    expect((await advisories()).status).toBe(exitCodes.refused);
  });

  it("refuses a ledger that it does not understand", async () => {
    double = known("critical");
    accept({ version: 1, runs: [], findings: [{ id: "x" }] });
    await expect(advisories()).rejects.toThrow(
      /stacks\/staging\/findings\.json: got findings\.0\..+; allowed: .+; fix: /,
    );
  });

  it.each<[string, Double, RegExp]>([
    ["has no audit service", { status: 405, body: "{}" }, /not audited: 405 Method Not Allowed/],
    ["answers with what is no report", { status: 200, body: "<html>" }, /not audited: ./],
    ["is broken", { status: 500, body: "" }, /not audited: ./],
    ["never answers", "silence", /not audited: no answer in time/],
  ])("claims nothing of a registry that %s", async (_, answer, says) => {
    double = answer;
    const { status, said } = await advisories("--out", "reports");
    expect(said).toMatch(says);
    expect(said).not.toContain("127.0.0.1");
    expect(status).toBe(exitCodes.ok);
    const summary = readFileSync(path.join(folder, "reports", "advisories.json"), "utf8");
    expect(JSON.parse(summary)).toMatchObject([{ audited: false }]);
    expect(existsSync(path.join(folder, "reports", "npm-audit.json"))).toBe(false);
  });
});

describe("what npm prints", () => {
  const counts = { critical: 1, high: 0, moderate: 0, low: 0 };

  it("stops where a critical is counted and none is named", () => {
    const text = JSON.stringify({
      auditReportVersion: 2,
      vulnerabilities: {},
      metadata: { vulnerabilities: counts },
    });
    expect(readAudit(text)).toMatchObject({ audited: true, criticals: [{ id: "unnamed" }] });
  });

  it("stops for a critical that nothing explains, beside one that is named, and for a severity that nobody knows", () => {
    const named = {
      source: 1,
      name: "a",
      severity: "critical",
      url: `https://github.com/advisories/${GHSA}`,
    };
    const text = JSON.stringify({
      auditReportVersion: 2,
      vulnerabilities: {
        a: { severity: "critical", via: [named] },
        b: { severity: "critical", via: ["a"] },
        c: { severity: "critical", via: [] },
        d: {
          severity: "catastrophic",
          via: [{ ...named, source: 4, name: "d", url: "", severity: "catastrophic" }],
        },
        e: { severity: "high", via: [{ ...named, source: 5, name: "e", severity: "high" }] },
      },
      metadata: { vulnerabilities: counts },
    });
    const audit = readAudit(text);
    expect(audit.audited && audit.criticals.map(({ id, name }) => `${id} ${name}`).toSorted()).toEqual([
      `${GHSA} a`,
      "npm-4 d",
      "unnamed c",
    ]);
  });

  it.each(["", "[]", "null", "{}", '{"auditReportVersion":1}', `{"metadata":{"vulnerabilities":{}}}`])(
    "is no audit where it is %j",
    (text) => {
      expect(readAudit(text)).toEqual({ audited: false, because: "npm audit gave no report" });
    },
  );

  it("is asked of every lock file of the project, and of none that is installed or hidden", () => {
    expect(lockedFolders(projectDir)).toEqual([".", "bench"]);
  });
});
