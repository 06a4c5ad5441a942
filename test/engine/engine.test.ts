import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { judgeState } from "../../cli/audit/input/judgeState";
import { readStateFile } from "../../cli/audit/input/stateFile";
import { runPreview } from "../../cli/preview/engine";
import type { PreviewResult, Violation } from "../../cli/preview/model";
import { Cli, cliFolder, needsCli, type Subject } from "./cli";
import { briefly, isUnknown, normalise, verdicts } from "./compare";
import { ROOT, sample, staging } from "./subjects";
import { askEngine, type EngineAnswer } from "./writeFixture";

const MINUTES = 60_000;

const violationsOf = ({ packs }: PreviewResult): readonly Violation[] =>
  packs.flatMap(({ violations }) => violations);

// The sample violates a mandatory policy on purpose, so that it can only be deployed without its pack.
const subjects: readonly (readonly [string, Subject, boolean])[] = [
  ["the sample", sample, false],
  ["staging", staging, true],
];

describe.each(subjects)("%s and the real engine", (_name, subject, deploysWithPolicies) => {
  let cli: Cli | undefined;
  let preview: PreviewResult | undefined;
  let engine: EngineAnswer | undefined;

  const the = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the engine was not asked");
    return value;
  };
  const up = (): string[] => [
    "up",
    "--stack",
    subject.stack,
    "--yes",
    "--skip-preview",
    ...(deploysWithPolicies ? ["--policy-pack", subject.policyPack] : []),
  ];

  beforeAll(async () => {
    if (!cliFolder()) return;
    cli = new Cli(subject, join(ROOT, "node_modules"));
    await cli.init();
    engine = await askEngine(cli);
    preview = await runPreview({
      projectDir: cli.project,
      stack: subject.stack,
      policyPacks: [subject.policyPack],
    });
  }, 10 * MINUTES);

  afterAll(() => cli?.close());

  it("agree on every resource: type, parent, inputs, dependencies, secrets, provider", (context) => {
    needsCli(context);
    const ours = normalise(the(preview).digest);
    const theirs = the(engine).digest;
    expect(ours.steps.map(({ urn }) => urn)).toEqual(theirs.steps.map(({ urn }) => urn));
    ours.steps.forEach((step, index) => expect(step).toEqual(theirs.steps[index]));
    expect(ours.changeSummary).toEqual(theirs.changeSummary);
    expect(ours.config).toEqual(theirs.config);
  });

  it("agree on every policy's verdict", (context) => {
    needsCli(context);
    expect(verdicts(violationsOf(the(preview)))).toEqual(the(engine).violations);
  });

  it(
    "create everything, judge its state alike, change nothing the second time, and destroy everything",
    async (context) => {
      needsCli(context);
      const engineCli = the(cli);
      const created = the(preview).digest.steps.length;

      const first = await engineCli.events(up());
      expect(first.violations.filter(({ enforcementLevel }) => enforcementLevel === "mandatory")).toEqual([]);
      expect(first.errors).toEqual([]);
      expect(first.resourceChanges).toEqual({ create: created });

      const state = join(engineCli.project, "state.json");
      await engineCli.must(["stack", "export", "--stack", subject.stack, "--file", state]);
      const analyzed = await engineCli.events([
        "policy",
        "analyze",
        "--policy-pack",
        subject.policyPack,
        "--file",
        state,
      ]);
      // What a preview can't know, a state does.
      const known = violationsOf(the(preview)).filter((violation) => !isUnknown(violation));
      // The engine's own provider, of which the SDK asks for the resources that are passed to components.
      const asked = analyzed.violations.filter(
        ({ urn }) => !urn?.endsWith("::pulumi:providers:pulumi::default"),
      );
      expect(briefly(asked)).toEqual(briefly(known));
      // As the audit judges it, without the CLI, and without what is encrypted in it.
      const audited = await judgeState(
        readStateFile("state.json", state),
        join(engineCli.project, subject.policyPack),
        {},
      );
      expect(briefly(audited.pack.violations)).toEqual(briefly(known));

      const second = await engineCli.events(up());
      expect(second.errors).toEqual([]);
      expect(second.resourceChanges).toEqual({ same: created });

      await engineCli.must(["state", "unprotect", "--all", "--yes", "--stack", subject.stack]);
      const destroyed = await engineCli.events([
        "destroy",
        "--stack",
        subject.stack,
        "--yes",
        "--skip-preview",
      ]);
      expect(destroyed.errors).toEqual([]);
      expect(destroyed.resourceChanges).toEqual({ delete: created });
    },
    15 * MINUTES,
  );
});
