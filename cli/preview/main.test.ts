import { spawn, type ChildProcess } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

/** The command itself, as a process, on a small program with a policy pack of its own. */

const root = resolve(__dirname, "../..");
let project: string;

const settings = (limit: number, folder = project): void =>
  writeFileSync(join(folder, "Pulumi.staging.yaml"), `config:\n  small:limit: "${limit}"\n`);

/** A copy in a folder of its own, so that the runs can change settings and write files. */
function copyProject(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "preview-")));
  cpSync(join(__dirname, "fixtures/small"), folder, { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

beforeAll(() => {
  project = copyProject();
});
beforeEach(() => {
  settings(10);
  rmSync(join(project, "stacks"), { recursive: true, force: true });
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(argv: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const inherited = { ...process.env };
  delete inherited["FORCE_COLOR"];
  delete inherited["NO_COLOR"];
  return spawn(
    process.execPath,
    [
      `--require=${join(root, "runtime/register.cjs")}`,
      join(root, "cli/preview/main.ts"),
      "--cwd",
      project,
      ...argv,
    ],
    {
      cwd: root,
      env: { ...inherited, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
}

function run(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const child = start(argv, env);
  const text = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (part: string) => (text.stdout += part));
  child.stderr?.setEncoding("utf8").on("data", (part: string) => (text.stderr += part));
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (status) => done({ status, ...text }));
  });
}

const withoutDuration = (text: string): string => text.replace(/ · \d+\.\d s$/m, "");

describe("npm run preview", () => {
  it("shows people what the stack declares, without colours or progress in a pipe", async () => {
    const { status, stdout, stderr } = await run([]);
    expect(stderr).toBe("info: hello from the program\n");
    expect(withoutDuration(stdout)).toBe(`   Type                        Name           Plan    Clauses
 + pulumi:pulumi:Stack         small-staging  create
 + └─ small:index:Api          api            create  B1.6 B4.1
 +    └─ small:index:Throttle  api-throttle   create

Changes against stacks/staging/preview.json: it is not there yet, so everything is new

Policies
  small-pack 1.0.0: 3 policies
    - bucket-is-closed      high  mandatory        not applicable: there are no buckets
    ✓ throttle-is-modest    low   advisory         passed
    ✓ throttle-limits-rate  high  mandatory  B4.1  passed

Outputs
  endpoint: [unknown]
  token: [secret]

Totals: 3 resources to create
  pulumi:pulumi  1  Stack 1
  small:index    2  Api 1, Throttle 1

✓ 3 resources to create · 3 policies: 2 passed, 1 not applicable · no committed preview
`);
    expect(status).toBe(0);
  });

  it("prints as JSON the digest and nothing else, the same in another folder, and violations beside it", async () => {
    const other = copyProject();
    settings(500);
    settings(500, other);
    const first = await run(["--json"]);
    const second = await run(["--json", "--cwd", other]);
    rmSync(other, { recursive: true, force: true });

    const digest = JSON.parse(first.stdout) as Record<string, unknown>;
    expect(Object.keys(digest)).toEqual(["config", "steps", "changeSummary"]);
    expect(digest).toMatchObject({ config: { "small:limit": "500" }, changeSummary: { create: 3 } });
    expect(first.stdout).not.toContain("hidden");
    expect(second.stdout).toBe(first.stdout);

    expect(first.status).toBe(1);
    expect(first.stderr).toContain(
      [
        "  mandatory throttle-limits-rate (small-pack 1.0.0): high B4.1",
        "      urn:pulumi:staging::small::small:index:Api$small:index:Throttle::api-throttle",
        "      A throttle lets at most 100 through.",
        "      limit: got 500; allowed: up to 100",
        "      Fix: Lower the limit.",
        "      See: https://example.com/throttle",
      ].join("\n"),
    );
  });

  it("writes what reviewers read, and notices when it is stale", async () => {
    const written = await run(["--write"]);
    expect(written).toMatchObject({ status: 0 });
    expect(written.stdout).toContain("Wrote stacks/staging/preview.json and stacks/staging/preview.md\n");
    expect(readdirSync(join(project, "stacks/staging")).sort()).toEqual(["preview.json", "preview.md"]);
    expect(await run(["--check"])).toMatchObject({ status: 0 });

    settings(20);
    const stale = await run(["--check"]);
    expect(stale.status).toBe(1);
    expect(stale.stdout).toContain(
      "  ~ small:index:Throttle api-throttle\n      ~ limit: 10 → 20\n      ~ policy » allow[0]: 10 → 20\n",
    );
    expect(stale.stdout).toContain('  ~ config["small:limit"]: "10" → "20"\n');
    expect(stale.stdout).toContain(
      `The committed preview is stale; to mend it: npm run preview -- --write --cwd ${project}\n`,
    );
  });

  it("shows the program's settings errors one a line, without a stack trace, and writes nothing", async () => {
    settings(5000);
    const { status, stdout, stderr } = await run(["--write"]);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toBe(
      "error: small:limit: got 5000; allowed: up to 1000; fix: lower it\nerror: small:name: got nothing; allowed: a text; fix: set it\n",
    );
    expect(readdirSync(project)).not.toContain("stacks");
  });

  it("ends quietly when the reader of a pipe leaves early", async () => {
    const child = start([]);
    let complaints = "";
    child.stderr?.setEncoding("utf8").on("data", (part: string) => (complaints += part));
    child.stdout?.destroy();
    const status = await new Promise((done) => child.once("close", done));
    expect(complaints).toBe("info: hello from the program\n");
    expect(status).toBe(0);
  });
});

describe("npm run preview with something wrong", () => {
  const oneLine = /^error: [^\n]+\n$/;

  it.each([
    [["--stak", "dev"], "unknown option --stak"],
    [["--stack", "dev"], '--stack: no stack "dev": Pulumi.dev.yaml is not there; allowed: staging;'],
    [["--config-file", "nowhere.yaml"], "--config-file: nowhere.yaml is no file"],
    [["--policy-pack", "nowhere"], "--policy-pack: nowhere is no policy pack"],
    [["--cwd", "/"], "no Pulumi.yaml in /"],
  ])("says so of %j in one line, before anything slow starts", async (argv, message) => {
    const { status, stdout, stderr } = await run(argv);
    expect(status).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(oneLine);
    expect(stderr).toContain(message);
  });

  it("says so of a configuration file that is no YAML", async () => {
    writeFileSync(join(project, "broken.yaml"), "config: [unclosed\n");
    const { status, stderr } = await run(["--config-file", "broken.yaml"]);
    expect(status).toBe(2);
    expect(stderr).toMatch(oneLine);
    expect(stderr).toContain("broken.yaml is not YAML");
  });

  it("says so of a policy pack that does not start", async () => {
    mkdirSync(join(project, "broken-pack"), { recursive: true });
    writeFileSync(join(project, "broken-pack/PulumiPolicy.yaml"), "runtime: nodejs\n");
    writeFileSync(join(project, "broken-pack/package.json"), '{ "main": "index.js" }\n');
    writeFileSync(join(project, "broken-pack/index.js"), "throw new Error('no such rule');\n");
    const { status, stderr } = await run(["--policy-pack", "broken-pack"]);
    expect(status).toBe(2);
    expect(stderr).toContain("no such rule");
    expect(stderr).not.toContain("    at ");
  });

  it("explains itself", async () => {
    const { status, stdout } = await run(["--help"]);
    expect(status).toBe(0);
    expect(stdout).toContain("Usage: npm run preview -- [options]");
  });
});
