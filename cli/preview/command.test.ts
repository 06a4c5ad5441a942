import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../usageError";
import { preview } from "./command";
import type { PreviewOptions, PreviewResult } from "./model";
import * as report from "./report";
import type { ExitCode } from "./surroundings";
import { resultOf, smallResult, stackStep, stepOf } from "./testing";

/** The command in this process, with results made by hand in the place of the engine's. */

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "command-"));
  mkdirSync(join(project, "policies"));
  mkdirSync(join(project, "infra/gateway"), { recursive: true });
  for (const file of [
    "Pulumi.yaml",
    "Pulumi.staging.yaml",
    "Pulumi.dev.yaml",
    "policies/PulumiPolicy.yaml",
  ]) {
    writeFileSync(join(project, file), "");
  }
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

interface Ended {
  readonly status: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** What the engine was asked for. */
  readonly asked: PreviewOptions | undefined;
}

async function run(
  argv: readonly string[],
  result: PreviewResult = resultOf([stackStep]),
  { cwd = project, env = {}, isTTY = false }: { cwd?: string; env?: NodeJS.ProcessEnv; isTTY?: boolean } = {},
): Promise<Ended> {
  const text = { stdout: "", stderr: "" };
  let asked: PreviewOptions | undefined;
  const status = await preview(argv, {
    cwd,
    env,
    stdout: { isTTY, columns: 80, write: (part) => (text.stdout += part) },
    stderr: { isTTY, columns: 80, write: (part) => (text.stderr += part) },
    nowMs: () => 0,
    elapsedMs: () => 1500,
    runPreview: (options) => {
      asked = options;
      options.onProgress?.({ registered: 1, phase: "running" });
      return Promise.resolve(result);
    },
    loadReport: () => report,
    loadComment: () => ({ commentOf: () => "the comment\n" }),
  });
  return { status, ...text, asked };
}

const withLimit = (limit: number): PreviewResult =>
  resultOf([stackStep, stepOf("aws:x:Api", "api", { limit })]);

describe("the command", () => {
  it("asks for staging with the project's own policies, from any folder of the project", async () => {
    const { asked } = await run([], undefined, { cwd: join(project, "infra/gateway") });
    expect(asked).toMatchObject({
      projectDir: project,
      stack: "staging",
      policyPacks: [join(project, "policies")],
    });
    expect(asked).not.toHaveProperty("configFile");
  });

  it("counts the paths of options from where it runs", async () => {
    mkdirSync(join(project, "infra/pack"));
    writeFileSync(join(project, "infra/pack/PulumiPolicy.yaml"), "");
    const argv = [
      "--config-file",
      "../Pulumi.dev.yaml",
      "--policy-pack",
      "pack",
      "--policy-pack",
      "../policies",
    ];
    const { asked } = await run(argv, undefined, { cwd: join(project, "infra") });
    expect(asked).toMatchObject({
      configFile: join(project, "Pulumi.dev.yaml"),
      policyPacks: [join(project, "infra/pack"), join(project, "policies")],
    });
  });

  it("lists the stacks that there are when one is not there", async () => {
    await expect(run(["--stack", "prod"])).rejects.toThrow(UsageError);
    await expect(run(["--stack", "prod"])).rejects.toThrow("allowed: dev, staging;");
  });

  it("shows progress and colours on a terminal, and takes the progress away", async () => {
    const { stdout, stderr } = await run([], undefined, { isTTY: true });
    expect(stderr).toBe("\r\u001b[2KRunning the program: 1 resource registered\r\u001b[2K");
    expect(stdout).toContain("\u001b[32m +\u001b[39m");
  });

  it("shows neither in a pipe", async () => {
    const { stdout, stderr } = await run([]);
    expect(stdout + stderr).not.toContain("\u001b");
  });

  it("takes the progress away when the engine fails", async () => {
    let written = "";
    const failing = preview([], {
      cwd: project,
      env: {},
      stdout: { write: () => undefined },
      stderr: { isTTY: true, columns: 80, write: (part) => (written += part) },
      nowMs: () => 0,
      elapsedMs: () => 0,
      runPreview: ({ onProgress }) => {
        onProgress?.({ registered: 0, phase: "starting" });
        return Promise.reject(new Error("no engine"));
      },
      loadReport: () => report,
      loadComment: () => ({ commentOf: () => "" }),
    });
    await expect(failing).rejects.toThrow("no engine");
    expect(written.endsWith("\r\u001b[2K")).toBe(true);
  });
});

describe("a protected resource", () => {
  const key = (rest = {}) => stepOf("tls:index/privateKey:PrivateKey", "root-key", {}, rest);
  const without = resultOf([stackStep]);

  it("is not lost: the preview that would delete it fails, and is not written over what knows of it", async () => {
    await run(["--write"], resultOf([stackStep, key({ protect: true })]));
    const committed = readFileSync(join(project, "stacks/staging/preview.json"), "utf8");
    for (const argv of [[], ["--check"], ["--write"]]) {
      const { status, stdout } = await run(argv, without);
      expect(status).toBe(1);
      expect(stdout).toContain("Protected: 1 resource would be deleted, which the engine refuses");
      expect(stdout).toContain("✗ 1 resource to create · no policies · 1 protected resource lost");
      expect(stdout).toContain("✗ tls:index:PrivateKey root-key");
    }
    expect((await run(["--write"], without)).stdout).toContain("stacks/staging was not written");
    expect(readFileSync(join(project, "stacks/staging/preview.json"), "utf8")).toBe(committed);
  });

  it("may go once it has given up its protection", async () => {
    await run(["--write"], resultOf([stackStep, key({ protect: true })]));
    expect((await run(["--write"], resultOf([stackStep, key()]))).status).toBe(0);
    expect((await run(["--write"], without)).status).toBe(0);
  });
});

describe("the exit status", () => {
  it("is 0 when all is well, and with advice that is not followed", async () => {
    const [pack] = smallResult.packs;
    const advice = (pack?.violations ?? []).filter(({ enforcementLevel }) => enforcementLevel === "advisory");
    const result = resultOf([stackStep], {
      packs: pack === undefined ? [] : [{ ...pack, violations: advice }],
    });
    expect(advice).toHaveLength(1);
    expect((await run([])).status).toBe(0);
    expect((await run([], result)).status).toBe(0);
  });

  it.each([[[]], [["--json"]], [["--write"]]])(
    "is 1 with %j when a mandatory policy is violated",
    async (argv) => {
      expect((await run(argv, smallResult)).status).toBe(1);
    },
  );

  it("is 1 when a policy is violated that a remediation should have met", async () => {
    const [pack] = smallResult.packs;
    const violations = (pack?.violations ?? []).map((violation) => ({
      ...violation,
      enforcementLevel: "remediate" as const,
    }));
    const result = resultOf([stackStep], { packs: pack === undefined ? [] : [{ ...pack, violations }] });
    expect((await run([], result)).status).toBe(1);
  });

  it("is 2 when the program fails, which then is all that is said, and nothing is written", async () => {
    const failed = resultOf([stackStep], {
      programSucceeded: false,
      diagnostics: [{ severity: "error", message: "agents: got 12; allowed: 18; fix: add 6" }],
    });
    for (const argv of [[], ["--json"], ["--write"], ["--check"]]) {
      expect(await run(argv, failed)).toMatchObject({
        status: 2,
        stdout: "",
        stderr: "error: agents: got 12; allowed: 18; fix: add 6\n",
      });
    }
    expect(readdirSync(project)).not.toContain("stacks");
  });

  it("is 2, with a hint, when the program fails without a word", async () => {
    const { status, stderr } = await run([], resultOf([], { programSucceeded: false }));
    expect(status).toBe(2);
    expect(stderr).toContain("error: the program failed without saying why");
  });
});

describe("--json", () => {
  it("prints the digest alone; what people read goes to the error stream", async () => {
    const { stdout, stderr } = await run(["--json"], {
      ...smallResult,
      diagnostics: [{ severity: "info", message: "hello" }],
    });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(JSON.stringify(smallResult.digest)));
    expect(stderr).toContain("info: hello\n");
    expect(stderr).toContain("mandatory api-limits-rate");
  });
});

describe("--write and --check", () => {
  it("agree with each other", async () => {
    expect((await run(["--write"], withLimit(1))).stdout).toContain(
      "Wrote stacks/staging/preview.json and stacks/staging/preview.md\n",
    );
    const checked = await run(["--check"], withLimit(1));
    expect(checked.status).toBe(0);
    expect(checked.stdout).toContain("Changes against stacks/staging/preview.json: none\n");
    expect(checked.stdout).toContain("as committed");
    expect((await run(["--write"], withLimit(1))).stdout).toContain("stacks/staging is up to date already\n");
  });

  it("tell what is stale property by property, and the command that mends it with the same options", async () => {
    await run(["--write", "--stack", "dev"], { ...withLimit(1), stack: "dev" });
    const argv = ["--check", "--stack", "dev", "--policy-pack", "policies"];
    const { status, stdout } = await run(argv, { ...withLimit(2), stack: "dev" });
    expect(status).toBe(1);
    expect(stdout).toBe(
      [
        "Changes against stacks/dev/preview.json: 1 changed",
        "  ~ aws:x:Api api",
        "      ~ limit: 1 → 2",
        "",
        "✓ 2 resources to create · no policies · differs from the committed preview · 1.5 s",
        "The committed preview is stale; to mend it: npm run preview -- --write --stack dev --policy-pack policies",
        "",
      ].join("\n"),
    );
  });

  it("fail when nothing is committed, and when only the document was edited", async () => {
    const absent = await run(["--check"]);
    expect(absent.status).toBe(1);
    expect(absent.stdout).toContain(
      "The committed preview is absent; to mend it: npm run preview -- --write\n",
    );

    await run(["--write"]);
    writeFileSync(join(project, "stacks/staging/preview.md"), "# Edited\n");
    const edited = await run(["--check"]);
    expect(edited.status).toBe(1);
    expect(edited.stdout).toContain("stacks/staging/preview.md does not say what preview.json says.");
  });

  it("survive what is no digest, and replace it", async () => {
    mkdirSync(join(project, "stacks/staging"), { recursive: true });
    writeFileSync(join(project, "stacks/staging/preview.json"), "<<<<<<< HEAD\n");
    expect((await run([])).stdout).toContain("is not a preview's digest");
    await run(["--write"]);
    expect(JSON.parse(readFileSync(join(project, "stacks/staging/preview.json"), "utf8"))).toHaveProperty(
      "steps",
    );
  });

  it("do not mix people's text into the digest", async () => {
    const { status, stdout, stderr } = await run(["--json", "--check"], withLimit(1));
    expect(status).toBe(1);
    expect(JSON.parse(stdout)).toHaveProperty("steps");
    expect(stderr).toContain("The committed preview is absent");
  });

  it("refuse a folder that cannot be written", async () => {
    writeFileSync(join(project, "stacks"), "a file, no folder");
    await expect(run(["--write"])).rejects.toThrow("stacks/staging: cannot be written");
  });
});

describe("--diff", () => {
  it("shows the difference alone, without the tree and the verdicts before it", async () => {
    await run(["--write"], withLimit(1));
    expect((await run(["--diff"], withLimit(2))).stdout).toBe(
      [
        "Changes against stacks/staging/preview.json: 1 changed",
        "  ~ aws:x:Api api",
        "      ~ limit: 1 → 2",
        "",
        "✓ 2 resources to create · no policies · differs from the committed preview · 1.5 s",
        "",
      ].join("\n"),
    );
    expect((await run(["--diff"], withLimit(1))).stdout).toMatch(/^Changes against \S+: none\n/);
  });

  it("shows the inputs of everything when nothing is committed", async () => {
    expect((await run(["--diff"], withLimit(1))).stdout).toContain("  + aws:x:Api api\n      + limit: 1\n");
  });
});

describe("--comment", () => {
  it("prints the comment and nothing beside it, and ends as the preview does", async () => {
    expect(await run(["--comment"], withLimit(1))).toMatchObject({
      status: 0,
      stdout: "the comment\n",
      stderr: "",
    });
    expect(await run(["--comment"], smallResult)).toMatchObject({ status: 1, stdout: "the comment\n" });
  });

  it("is printed for a program that failed too, since the one of before would say that all is well", async () => {
    const failed = resultOf([], { programSucceeded: false });
    expect(await run(["--comment"], failed)).toMatchObject({ status: 2, stdout: "the comment\n" });
  });
});
