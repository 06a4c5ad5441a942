import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PreviewError, runPreview } from "../../cli/preview/engine";
import type { PreviewResult, PreviewStep, ResourceState } from "../../cli/preview/model";
import { TemporaryProject, previewOf, type SmallProject } from "./project";
import { sample } from "./subjects";

const stateOf = ({ digest }: PreviewResult, name: string): ResourceState => {
  const step = digest.steps.find(({ urn }) => urn.endsWith(`::${name}`));
  if (!step) throw new Error(`no resource ${name}`);
  return step.newState;
};

async function refusal(preview: Promise<unknown>): Promise<PreviewError> {
  const error = await preview.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PreviewError)) throw new Error(`expected a PreviewError, got ${String(error)}`);
  return error;
}

const refusalOf = (content: SmallProject): Promise<PreviewError> => refusal(previewOf(content));

describe("a preview", () => {
  it("is the same bytes in another folder and another run, with no path of the machine in it", async () => {
    const content: SmallProject = {
      program: `
        for (let i = 0; i < 30; i++) {
          const first = custom("x:y:Z", "first-" + i, { text: new pulumi.asset.FileAsset(__dirname + "/package.json") });
          custom("x:y:Z", "second-" + i, { of: first.id, deep: [{ urn: first.urn }] }, { dependsOn: first });
        }
        pulumi.log.info("in " + __dirname);`,
      policies: `{
        name: "says", description: "Says.", validateResource: (args, report) => report(args.name),
      }`,
    };
    const withoutDuration = (result: PreviewResult): string => JSON.stringify({ ...result, durationMs: 0 });
    const once = withoutDuration(await previewOf(content));
    const again = withoutDuration(await previewOf(content));
    expect(once).toContain("first-29");
    expect(again).toBe(once);
    expect(once).not.toMatch(/fase-b-preview-|node_modules|file:/);
  });

  it("lists a resource after its parent, its provider and what it depends on", async () => {
    const result = await previewOf({
      program: `
        const z = custom("x:y:Z", "z");
        const a = custom("x:y:Z", "a", {}, { dependsOn: z });
        const parent = new pulumi.ComponentResource("x:y:Parent", "q");
        custom("x:y:Z", "b", { from: a.id }, { parent });`,
    });
    const names = result.digest.steps.map(({ urn }) => urn.split("::").at(-1));
    expect(names).toEqual(["small-test", "q", "z", "a", "b"]);
  });

  it("keeps a package's default provider from the digest and gives it its configuration and version", async () => {
    const result = await previewOf({
      program: `custom("aws:s3/bucket:Bucket", "bucket", { bucket: "b" }, { version: "7.1.0" });`,
      stack: "config:\n  aws:region: eu-west-1\n",
      policies: `{
        name: "provider", description: "p", validateResource: (args, report) => {
          if (args.provider) report(JSON.stringify([args.provider.name, args.provider.props]));
        },
      }`,
    });
    expect(result.digest.steps).toHaveLength(2);
    expect(stateOf(result, "bucket").provider).toBe(
      "urn:pulumi:test::small::pulumi:providers:aws::default_7_1_0::04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    );
    expect(result.packs[0]?.violations.map(({ message }) => message)).toEqual([
      'p\n["default_7_1_0",{"region":"eu-west-1","version":"7.1.0"}]',
    ]);
  });

  it("hands protection and providers down to children", async () => {
    const result = await previewOf({
      program: `
        class Provider extends pulumi.ProviderResource { constructor(name) { super("x", name, {}); } }
        const provider = new Provider("mine");
        const outer = new pulumi.ComponentResource("a:b:Outer", "outer", {}, { providers: [provider], protect: true });
        const inner = new pulumi.ComponentResource("a:b:Inner", "inner", {}, { parent: outer });
        custom("x:y:Z", "child", {}, { parent: inner });`,
    });
    const child = stateOf(result, "child");
    expect(child.urn).toBe("urn:pulumi:test::small::a:b:Outer$a:b:Inner$x:y:Z::child");
    expect(child.protect).toBe(true);
    expect(child.provider).toContain("pulumi:providers:x::mine::");
  });

  it("hides secrets and marks what is unknown", async () => {
    const result = await previewOf({
      program: `
        const first = custom("x:y:Z", "first", { plain: "p", secret: pulumi.secret({ deep: "hush" }), in: ["a", pulumi.secret("hush")] });
        custom("x:y:Z", "second", { id: 1, from: first.id });
        exports.hidden = pulumi.secret("hush");
        exports.later = first.id;`,
    });
    expect(JSON.stringify(result)).not.toContain("hush");
    expect(stateOf(result, "first").inputs).toEqual({
      plain: "p",
      secret: "[secret]",
      in: ["a", "[secret]"],
    });
    expect(stateOf(result, "second").inputs?.["from"]).toBe("04da6b54-80e4-46f7-96ec-b56ff0331ba9");
    expect(result.outputs).toEqual({ hidden: "[secret]", later: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" });
  });

  it("passes lists and maps of the configuration as JSON, and defaults that the project declares", async () => {
    const result = await previewOf({
      program: `
        const config = new pulumi.Config();
        exports.all = [config.requireObject("list"), config.requireNumber("number"), config.require("word"), config.requireBoolean("yes")];`,
      project: "config:\n  word:\n    type: string\n    default: hello\n",
      stack: "config:\n  small:list: [{ b: 1, a: '<' }]\n  small:number: 1.5\n  small:yes: true\n",
    });
    expect(result.outputs).toEqual({ all: [[{ a: "<", b: 1 }], 1.5, "hello", true] });
    expect(result.digest.config).toEqual({
      "small:list": '[{"a":"\\u003c","b":1}]',
      "small:number": "1.5",
      "small:word": "hello",
      "small:yes": "true",
    });
  });
});

describe("a program that fails", () => {
  it("is told by what it logged, without a stack trace, and what it registered before is shown", async () => {
    const result = await previewOf({
      program: `custom("x:y:Z", "before"); setTimeout(() => { throw new Error("no such limit"); }, 300);`,
    });
    expect(result.programSucceeded).toBe(false);
    expect(result.diagnostics).toHaveLength(1);
    expect(result.diagnostics[0]).toMatchObject({
      severity: "error",
      message: expect.stringContaining("no such limit"),
    });
    expect(result.diagnostics[0]?.message).not.toMatch(/\n\s+at /);
    expect(stateOf(result, "before").type).toBe("x:y:Z");
  });

  it("is told when it gives two resources one URN", async () => {
    const result = await previewOf({ program: `custom("x:y:Z", "twice"); custom("x:y:Z", "twice");` });
    expect(result.programSucceeded).toBe(false);
    expect(result.diagnostics.map(({ message }) => message)).toEqual([
      "Duplicate resource URN 'urn:pulumi:test::small::x:y:Z::twice'; try giving it a unique name",
    ]);
  });

  it.each([
    ["an invoke", `exports.zone = pulumi.runtime.invoke("aws:route53/getZone:getZone", { name: "x" });`],
    ["a read", `custom("x:y:Z", "read", {}, { id: "i-1" });`],
    ["an import", `custom("x:y:Z", "imported", {}, { import: "i-1" });`],
  ])("is refused %s: there is no look-up at preview", async (_name, program) => {
    const result = await previewOf({ program });
    expect(result.programSucceeded).toBe(false);
    expect(JSON.stringify(result.diagnostics)).toContain("no look-up at preview");
  });

  it("is told when its process ends by itself", async () => {
    const result = await previewOf({ program: `process.exit(7);` });
    expect(result.programSucceeded).toBe(false);
    expect(result.diagnostics).toEqual([{ severity: "error", message: "the program ended with 7" }]);
  });
});

describe("policies", () => {
  it("judge resources and the stack, at the level that counts", async () => {
    const result = await previewOf({
      program: `
        const first = custom("x:y:Z", "first", { size: 3 });
        custom("x:y:Z", "second", { from: first.id });
        custom("x:y:Other", "other");`,
      policies: `
        { name: "size", description: "Size.", severity: "high", framework: { name: "f", version: "1", reference: "B4.1 B8.4", specification: "s" },
          remediationSteps: "make it smaller", url: "https://example.com/", tags: ["by-the-day"],
          validateResource: (args, report) => { if (args.props.size > 2) report("too large"); } },
        { name: "reads-unknown", description: "Reads.", validateResource: (args, report) => { if (args.props.from === "x") report("x"); } },
        { name: "not-here", description: "Not.", validateResource: (args) => { if (args.type === "x:y:Other") args.notApplicable("looked at elsewhere"); } },
        { name: "whole", description: "Whole.", enforcementLevel: "advisory", validateStack: (args, report) => {
            report(args.resources.length + " resources");
            report("about one", args.resources.find(({ name }) => name === "first").urn);
        } }`,
    });
    const [pack] = result.packs;
    expect(pack).toMatchObject({ name: "small-policies", version: "1.0.0" });
    expect(pack?.policies.find(({ name }) => name === "size")).toEqual({
      name: "size",
      displayName: "",
      description: "Size.",
      enforcementLevel: "mandatory",
      severity: "high",
      clauses: ["B4.1", "B8.4"],
      remediationSteps: "make it smaller",
      url: "https://example.com/",
      tags: ["by-the-day"],
    });
    expect(
      pack?.violations.map(({ policy, urn, enforcementLevel }) => [
        policy,
        urn?.split("::").at(-1),
        enforcementLevel,
      ]),
    ).toEqual([
      ["reads-unknown", "second", "advisory"],
      ["size", "first", "mandatory"],
      ["whole", undefined, "advisory"],
      ["whole", "first", "advisory"],
    ]);
    expect(pack?.notApplicable).toEqual([
      { policy: "not-here", reason: "looked at elsewhere", urn: "urn:pulumi:test::small::x:y:Other::other" },
    ]);
  });

  it("may remediate before the resource is created", async () => {
    const result = await previewOf({
      program: `custom("x:y:Z", "first", { size: 3, secret: pulumi.secret("hush") });`,
      policies: `{
        name: "smaller", description: "Smaller.", enforcementLevel: "remediate",
        remediateResource: (args) => (args.type === "x:y:Z" ? Object.assign(args.props, { size: 1 }) : undefined),
      }`,
    });
    expect(stateOf(result, "first").inputs).toEqual({ size: 1, secret: "[secret]" });
  });

  it("that throw fail the preview", async () => {
    const error = await refusalOf({
      program: `custom("x:y:Z", "first");`,
      policies: `{ name: "throws", description: "T.", validateResource: () => { throw new Error("a mistake in a rule"); } }`,
    });
    expect(error.what).toContain("policies");
    expect(error.got).toContain("a mistake in a rule");
  });

  it("leave time while they judge the stack, in which the steps are handed over", async () => {
    const project = new TemporaryProject({
      program: `custom("x:y:Z", "one");`,
      policies: `{ name: "waits", description: "W.", validateStack: async () => {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        require("node:fs").writeFileSync(__dirname + "/judged", "");
      } }`,
    });
    try {
      const judged = join(project.directory, "policies", "judged");
      const handedOver: { readonly steps: readonly PreviewStep[]; readonly judged: boolean }[] = [];
      const result = await project.preview({
        onSteps: (steps) => handedOver.push({ steps, judged: existsSync(judged) }),
      });
      expect(handedOver.map((each) => each.judged)).toEqual([false]);
      expect(handedOver[0]?.steps).toBe(result.digest.steps);
      expect(existsSync(judged)).toBe(true);
    } finally {
      project.remove();
    }
  });

  it("whose process dies while it judges the stack fail the preview", async () => {
    const error = await refusalOf({
      program: `custom("x:y:Z", "one");`,
      policies: `{ name: "dies", description: "D.", validateStack: () => process.exit(3) }`,
    });
    expect(error.message).toContain("ended with 3");
  });

  it("whose process dies fail the preview instead of hanging it", async () => {
    const error = await refusalOf({
      program: `custom("x:y:Z", "first");`,
      policies: `{ name: "dies", description: "D.", validateResource: () => process.exit(3) }`,
    });
    expect(error.what).toBe("the policy pack policies failed");
  });

  it("that do not start say why", async () => {
    const error = await refusalOf({
      program: `custom("x:y:Z", "first");`,
      policies: "",
      packPrelude: 'throw new Error("a pack that cannot be");',
    });
    expect(error.what).toBe("the policy pack policies did not start");
    expect(error.got).toContain("a pack that cannot be");
  });
});

describe("what a preview refuses, with what, got, allowed and fix", () => {
  it.each<readonly [string, Partial<SmallProject>, string]>([
    [
      "an encrypted value",
      { stack: "config:\n  small:token:\n    secure: v1:abc\n" },
      "an encrypted value in Pulumi.test.yaml",
    ],
    [
      "a date without quotes",
      { stack: "config:\n  small:until: 2026-01-01\n" },
      "Pulumi.test.yaml holds a date that is not quoted",
    ],
    [
      "a key without namespace",
      { stack: "config:\n  until: x\n" },
      "a configuration key in Pulumi.test.yaml",
    ],
    [
      "a missing key",
      { project: "config:\n  needed:\n    type: string\n" },
      "the stack test lacks configuration",
    ],
    [
      "a wrong type",
      { project: "config:\n  count:\n    type: integer\n", stack: "config:\n  small:count: many\n" },
      "the configuration's count in Pulumi.test.yaml",
    ],
    ["a broken file", { stack: "config: [\n" }, "Pulumi.test.yaml is not YAML"],
  ])("%s", async (_name, content, what) => {
    const error = await refusalOf({ program: "", ...content });
    expect(error.what).toBe(what);
    for (const part of [error.got, error.allowed, error.fix]) expect(part).not.toBe("");
    expect(error.message).not.toMatch(/fase-b-preview-/);
  });

  it("a stack without configuration", async () => {
    const error = await refusal(
      runPreview({ projectDir: sample.directory, stack: "nowhere", policyPacks: [] }),
    );
    expect(error.what).toBe("there is no such stack");
  });

  it("a folder without project", async () => {
    const error = await refusal(runPreview({ projectDir: __dirname, stack: "sample", policyPacks: [] }));
    expect(error.what).toBe("there is no project here");
  });

  it("a policy pack that is not there", async () => {
    const project = new TemporaryProject({ program: "" });
    const run = runPreview({ projectDir: project.directory, stack: "test", policyPacks: ["nowhere"] });
    const error = await refusal(run).finally(() => project.remove());
    expect(error.what).toBe("there is no policy pack");
    expect(error.got).toBe("nowhere");
  });
});
