import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PreviewDigest } from "../../cli/preview/model";
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
  const edit = (file: string, from: string, to: string): void => {
    const target = join(the().project, file);
    const parts = readFileSync(target, "utf8").split(from);
    if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${from}`);
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

  it(
    "create nothing of a renamed stack in another backend, without a preview, pack or not",
    async (context) => {
      needsCli(context);
      for (const [name, pack] of [["staging-2", PACK] as const, ["staging-3", []] as const])
        expect(await renamed(name, pack)).toContain(
          `stack: got "${name}"; allowed: "staging" without a letter`,
        );
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
});
