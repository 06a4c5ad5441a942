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
import { stagingSettings } from "../../test/support/staging";
import { readContract } from "../../infra/contract/contract";
import { dashboards } from "../../infra/observability/dashboards/dashboards";
import { UsageError } from "../usageError";
import { exportCommand } from "./command";
import { exitCodes, explained } from "../outcome";
import * as exporting from "./run";

const root = join(__dirname, "../..");
let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "export-"));
  mkdirSync(join(project, "policies"));
  mkdirSync(join(project, "docs"));
  for (const file of ["Pulumi.yaml", "Pulumi.staging.yaml", "policies/PulumiPolicy.yaml", "docs/runbook.md"])
    cpSync(join(root, file), join(project, file));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

function run(...argv: string[]): { readonly status: number; readonly text: string } {
  let text = "";
  try {
    const status = exportCommand(argv, {
      cwd: project,
      env: {},
      stdout: { write: (part) => (text += part) },
      loadRun: () => exporting,
    });
    return { status, text };
  } catch (error) {
    return { status: exitCodes.unusable, text: explained(error).text };
  }
}
const at = (path: string): string => join(project, "stacks/staging", path);

describe("npm run export", () => {
  it("writes each dashboard's JSON, byte for byte what Grafana is given, and its picture; then nothing is stale (B7.2)", () => {
    expect(run().status).toBe(0);
    for (const { id, json } of dashboards(stagingSettings(), readContract())) {
      expect(readFileSync(at(`dashboards/${id}.json`), "utf8")).toBe(json);
      expect(readFileSync(at(`dashboards/${id}.svg`), "utf8")).toMatch(/^<svg /);
    }
    expect(run("--check")).toEqual({
      status: 0,
      text: expect.stringMatching(/^✓ \d+ files of staging are what/),
    });
    expect(run().text).toMatch(/are what the settings say/);
  });

  it("names with --check what is stale, missing or obsolete, and writes nothing", () => {
    run();
    writeFileSync(at("dashboards/latency.json"), "{}\n");
    rmSync(at("dashboards/voice.svg"));
    writeFileSync(at("dashboards/gone.json"), "{}\n");
    writeFileSync(at("dashboards/README.md"), "A person's.\n");
    const { status, text } = run("--check");
    expect(status).toBe(1);
    expect(text).toBe(
      [
        "✗ stacks/staging/dashboards/latency.json is stale",
        "✗ stacks/staging/dashboards/voice.svg is missing",
        "✗ stacks/staging/dashboards/gone.json is exported no more",
        "fix: npm run export, and commit",
        "",
      ].join("\n"),
    );
    expect(readFileSync(at("dashboards/latency.json"), "utf8")).toBe("{}\n");
    expect(run().text).toMatch(/latency\.json written[^]*gone\.json removed/);
    expect(existsSync(at("dashboards/gone.json"))).toBe(false);
    expect(existsSync(at("dashboards/README.md"))).toBe(true);
    expect(run("--check").status).toBe(0);
  });

  it("a changed setting makes what is committed stale", () => {
    run();
    const file = join(project, "Pulumi.staging.yaml");
    const text = readFileSync(file, "utf8");
    expect(text).toContain("chatLatency: { route: /chat, thresholdMs: 800,");
    writeFileSync(file, text.replace("thresholdMs: 800,", "thresholdMs: 750,"));
    const { status, text: said } = run("--check");
    expect([status, said]).toEqual([1, expect.stringMatching(/latency\.json is stale/)]);
    expect(said).not.toMatch(/voice\.json/);
  });

  it("writes the facts of the runbook, and leaves the advice", () => {
    const file = join(project, "docs/runbook.md");
    run();
    const fresh = readFileSync(file, "utf8");
    const stale = fresh.replace("`A > 1800000`", "`A > 1800001`");
    expect(stale).not.toBe(fresh);
    writeFileSync(file, `${stale}\nUn consejo.\n`);
    expect(run("--check")).toEqual({
      status: 1,
      text: expect.stringMatching(/^✗ docs\/runbook\.md is stale\n/),
    });
    run();
    expect(readFileSync(file, "utf8")).toBe(`${fresh}\nUn consejo.\n`);
    rmSync(file);
    expect(run()).toEqual({ status: 2, text: expect.stringMatching(/^docs\/runbook\.md: got none/) });
  });

  it("writes what clients are told, and finds it stale and obsolete as the rest (B7.3)", () => {
    run();
    writeFileSync(at("documents/gone.md"), "Nobody's.\n");
    writeFileSync(at("documents/onboarding.md"), "A person's.\n");
    expect(run("--check")).toEqual({
      status: 1,
      text: [
        "✗ stacks/staging/documents/onboarding.md is stale",
        "✗ stacks/staging/documents/gone.md is exported no more",
        "fix: npm run export, and commit",
        "",
      ].join("\n"),
    });
    run();
    expect(readdirSync(at("documents")).sort()).toEqual([
      "idempotency-checklist.md",
      "onboarding.md",
      "quota-policy.md",
    ]);
    expect(run("--check").status).toBe(0);
  });

  it("leaves all as it was where something cannot be written, and no draft", () => {
    run();
    writeFileSync(at("dashboards/latency.json"), "{}\n");
    // A folder where a file should go: it can't be renamed over.
    rmSync(at("dashboards/voice.svg"));
    mkdirSync(at("dashboards/voice.svg"));
    const { status, text } = run();
    expect([status, text]).toEqual([2, expect.stringMatching(/voice\.svg: got EISDIR; allowed: .*; fix: /)]);
    expect(readFileSync(at("dashboards/latency.json"), "utf8")).toBe("{}\n");
    expect(readdirSync(at("dashboards")).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("says in one line what is wrong with the command line or the settings", () => {
    expect(run("--chek")).toEqual({
      status: 2,
      text: expect.stringMatching(/--chek; allowed: .*--check.*; fix: /),
    });
    expect(run("all")).toEqual({ status: 2, text: expect.stringMatching(/got "all"/) });
    expect(run("--stack", "../x")).toEqual({ status: 2, text: expect.stringMatching(/^--stack: got/) });
    expect(run("--stack", "nope")).toEqual({
      status: 2,
      text: expect.stringMatching(/Pulumi\.nope\.yaml is not there/),
    });
    const file = join(project, "Pulumi.staging.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("thresholdMs: 800,", "thresholdMs: 900,"));
    const { status, text } = run();
    expect([status, text]).toEqual([
      2,
      expect.stringMatching(/observability\.alerts\.chatLatency\.thresholdMs: got 900/),
    ]);
    expect(text).not.toMatch(/\n\s+at /);
  });

  it("explains itself", () => {
    expect(run("--help")).toEqual({ status: 0, text: expect.stringMatching(/Usage: npm run export/) });
    expect(explained(new UsageError("two\nlines")).text).toBe("two lines");
  });
});
