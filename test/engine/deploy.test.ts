import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PreviewDigest } from "../../cli/preview/model";
import { NO_GUARD } from "../support/programCopy";
import { Cli, cliFolder, needsCli } from "./cli";
import { ROOT, staging } from "./subjects";

const MINUTES = 60_000;
type State = PreviewDigest["steps"][number]["newState"];

describe("the real engine and the guard", () => {
  let cli: Cli | undefined;
  const the = (): Cli => {
    if (!cli) throw new Error("there is no engine");
    return cli;
  };
  const resourcesOf = async (stack: string): Promise<readonly State[]> => {
    const { stdout } = await the().must(["stack", "export", "--stack", stack]);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources?: readonly State[] } };
    return deployment.resources ?? [];
  };
  const edit = (file: string, from: string | RegExp, to: string): void => {
    const target = join(the().project, file);
    const parts = readFileSync(target, "utf8").split(from);
    if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${String(from)}`);
    writeFileSync(target, parts.join(to));
  };

  beforeAll(async () => {
    if (!cliFolder()) return;
    cli = new Cli(staging, join(ROOT, "node_modules"));
    await cli.init();
  }, 10 * MINUTES);
  afterAll(() => cli?.close());

  const renamed = async (name: string, pack: readonly string[]): Promise<string> => {
    const engine = the();
    cpSync(join(engine.project, "Pulumi.staging.yaml"), join(engine.project, `Pulumi.${name}.yaml`));
    await engine.must(["stack", "init", name]);
    const { status, stdout, stderr } = await engine.run([
      "up",
      "--stack",
      name,
      "--yes",
      "--skip-preview",
      ...pack,
    ]);
    expect(status).not.toBe(0);
    expect((await resourcesOf(name)).filter(({ type }) => type !== "pulumi:pulumi:Stack")).toEqual([]);
    return stdout + stderr;
  };
  const PACK = ["--policy-pack", staging.policyPack];
  /** With a pack that stands alone. */
  const withoutGuard = async (run: () => Promise<void>): Promise<void> => {
    const files = Object.keys(NO_GUARD).map((file) => join(the().project, file));
    const texts = files.map((file) => readFileSync(file, "utf8"));
    Object.values(NO_GUARD).forEach((text, at) => writeFileSync(files[at] ?? "", text));
    try {
      await run();
    } finally {
      texts.forEach((text, at) => writeFileSync(files[at] ?? "", text));
    }
  };

  it(
    "create nothing of a renamed stack in another backend, without a preview, pack or not",
    async (context) => {
      needsCli(context);
      // With the pack the engine does not even run the program on: the stack's own resource is refused.
      expect(await renamed("staging-2", PACK)).toContain("production-requires-letter");
      expect(await renamed("staging-3", [])).toContain(
        'stack: got "staging-3"; allowed: "staging" without a letter',
      );
    },
    10 * MINUTES,
  );

  it(
    "create nothing of it by the pack alone, the program's guard taken out",
    async (context) => {
      needsCli(context);
      await withoutGuard(async () => {
        expect(await renamed("staging-4", PACK)).toContain("production-requires-letter");
      });
    },
    10 * MINUTES,
  );

  it(
    "create everything of staging by a plan that was judged, and nothing is left without protection",
    async (context) => {
      needsCli(context);
      const { status, stdout, stderr } = await the().npmRun("deploy", ["up", "--yes"]);
      expect(stderr + stdout).toContain("nothing of staging is deleted or replaced");
      expect(status).toBe(0);
      const resources = await resourcesOf("staging");
      expect(resources.length).toBeGreaterThan(500);
      const open = resources.filter(({ type, protect }) => type === "aws:dynamodb/table:Table" && !protect);
      expect(open).toEqual([]);
    },
    15 * MINUTES,
  );

  /** Of the lowest tier. The engine writes the file in a form of its own. */
  const setBurst = (before: number, burst: number): void =>
    edit("Pulumi.staging.yaml", new RegExp(`burstRequests: ${before}\\b`), `burstRequests: ${burst}`);
  /** As in a pull request: a change is previewed in one checkout and made in another one, where nothing was built. */
  const reviewed = async (name: string, before: number, burst: number): Promise<readonly string[]> => {
    setBurst(before, burst);
    const folder = join(the().project, "..", `${name}-reviewed`);
    const { status, stdout, stderr } = await the().npmRun(
      "deploy",
      ["plan", "--out", folder],
      the().checkOut(`${name}-preview`),
    );
    expect(stderr + stdout).toContain("the plan, and of which source it is");
    expect(status).toBe(0);
    return ["up", "--yes", "--reviewed", folder];
  };
  /** What a client of the lowest tier may ask at once, route by route. */
  const burstsOf = async (clientId: string): Promise<readonly string[]> => {
    const plan = (await resourcesOf("staging")).find(({ urn }) => urn.endsWith(`::client-${clientId}-plan`));
    return JSON.stringify(plan?.inputs).match(/"burstLimit":\d+/g) ?? [];
  };

  it(
    "make a change by the plan that was reviewed, in another checkout than that of the review (B0.3)",
    async (context) => {
      needsCli(context);
      const before = (await resourcesOf("staging")).length;
      const up = await reviewed("limit", 20, 21);
      const { status, stdout, stderr } = await the().npmRun("deploy", up, the().checkOut("limit-update"));
      expect(stderr + stdout).toContain("nothing of staging is deleted or replaced");
      expect(status).toBe(0);
      expect(await burstsOf("prober")).toContain('"burstLimit":21');
      expect((await resourcesOf("staging")).length).toBe(before);
    },
    15 * MINUTES,
  );

  it(
    "make nothing by a reviewed plan where the account has changed since, nor of another source (B0.3)",
    async (context) => {
      needsCli(context);
      const up = await reviewed("stale", 21, 22);
      const dashboard = (await resourcesOf("staging")).find(
        ({ type }) => type === "grafana:oss/dashboard:Dashboard",
      );
      await the().must(["state", "delete", dashboard?.urn ?? "", "--yes", "--stack", "staging"]);
      const before = await resourcesOf("staging");
      const stale = await the().npmRun("deploy", up);
      expect(stale.stdout + stale.stderr).toMatch(/violates plan/);
      expect(stale.status).toBe(1);
      expect(await resourcesOf("staging")).toEqual(before);

      setBurst(22, 21);
      const other = await the().npmRun("deploy", up);
      expect(other.stdout).toMatch(
        /refused: the source: got [0-9a-f]{64}; allowed: [0-9a-f]{64}, of which the plan is/,
      );
      expect(other.status).toBe(1);
      expect(await resourcesOf("staging")).toEqual(before);
    },
    15 * MINUTES,
  );

  it(
    "do not start an update that would delete a table, though it was unprotected by hand",
    async (context) => {
      needsCli(context);
      await the().must(["state", "unprotect", "--all", "--yes", "--stack", "staging"]);
      // Under another name: the old ones go.
      edit("infra/data/data.ts", "          `${name}-${table}`,", "          `${name}-${table}-2`,");
      const before = await resourcesOf("staging");
      const { status, stdout } = await the().npmRun("deploy", ["up", "--yes"]);
      expect(stdout).toMatch(
        /✗ deleted: aws:dynamodb\/table:Table::data-requests: it holds state, and no letter names it/,
      );
      expect(stdout).toContain("refused: 4 resources");
      expect(status).toBe(1);
      expect(await resourcesOf("staging")).toEqual(before);
    },
    15 * MINUTES,
  );

  it(
    "do not take over a resource of production by an alias: its state, brought here by hand, is not believed",
    async (context) => {
      needsCli(context);
      const engine = the();
      const mine = "urn:pulumi:staging::fase-b::fase-b:index:DataPlane$aws:dynamodb/table:Table::data-voice";
      const foreign = mine.replace("staging", "production");
      const { stdout } = await engine.must(["stack", "export", "--stack", "staging"]);
      expect(stdout).toContain(mine);
      writeFileSync(join(engine.project, "state.json"), stdout.replaceAll(mine, foreign));
      await engine.must(["stack", "import", "--force", "--stack", "staging", "--file", "state.json"]);
      edit("infra/data/data.ts", "          `${name}-${table}-2`,", "          `${name}-${table}`,");
      edit(
        "infra/data/data.ts",
        "          { parent: this },\n        ),\n    );\n  }\n\n  /**\n   * Versioned",
        `          { parent: this, aliases: ["${foreign}"] },\n        ),\n    );\n  }\n\n  /**\n   * Versioned`,
      );
      const before = await resourcesOf("staging");
      const up = ["up", "--stack", "staging", "--yes", "--skip-preview", ...PACK];
      const byProgram = await engine.run(up);
      expect(byProgram.stdout + byProgram.stderr).toContain('got the alias "urn:pulumi:production::fase-b::');
      await withoutGuard(async () => {
        const byPack = await engine.run(up);
        expect(byPack.stdout + byPack.stderr).toContain("aliases-forbid-other-stacks");
        expect(byPack.status).not.toBe(0);
      });
      const tables = (all: readonly State[]): readonly string[] =>
        all
          .filter(({ type }) => type === "aws:dynamodb/table:Table")
          .map(({ urn }) => urn)
          .sort();
      expect(tables(await resourcesOf("staging"))).toEqual(tables(before));
    },
    15 * MINUTES,
  );
});
