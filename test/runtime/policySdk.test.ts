import { Client, credentials } from "@grpc/grpc-js";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  decodeAnalyzeResponse,
  encodeAnalyze,
  encodeAnalyzeStack,
  encodeConfigure,
  type AnalyzedResource,
} from "../../cli/preview/engine/messages";
import { ASSET, SECRET, SIGNATURE, UNKNOWN } from "../../cli/preview/engine/signatures";
import { encodeStruct } from "../../cli/preview/engine/values";
import type { EnforcementLevel } from "../../cli/preview/model";
import { analyzed } from "../support/analyzed";

const root = join(__dirname, "..", "..");
const hook = join(root, "runtime", "register.cjs");

/** Policies that say all that they are shown, so that two answers differ where anything else does. */
const pack = `
const { PolicyPack } = require(${JSON.stringify(join(root, "node_modules", "@pulumi", "policy"))});
const all = ({ parent, dependencies, propertyDependencies, props, isType, asType, getConfig, notApplicable, ...rest }) =>
  JSON.stringify({
    ...rest,
    shown: Object.keys(props).map((key) => { try { return [key, props[key]]; } catch (error) { return [key, error.message]; } }),
    parent: parent?.urn,
    dependencies: dependencies?.map(({ urn }) => urn),
    from: propertyDependencies && Object.entries(propertyDependencies).map(([key, from]) => [key, from.map(({ urn }) => urn)]),
    is: isType?.({ __pulumiType: "a:b:C" }),
    as: asType?.({ __pulumiType: "a:b:C" }) === props,
  });
const only = (type, validate) => Object.assign(validate, { __pulumiType: type });
const base = { description: "d", enforcementLevel: "mandatory", severity: "high" };
let sees;
new PolicyPack("shows", {
  policies: [
    { ...base, name: "other-type", validateResource: only("x:y:Z", () => { throw new Error("never"); }) },
    { ...base, enforcementLevel: "disabled", name: "off", validateResource: only("x:y:Z", () => { throw new Error("never"); }) },
    { ...base, enforcementLevel: "remediate", name: "remediates", validateResource: only("x:y:Z", () => { throw new Error("never"); }), remediateResource: () => ({ mended: true }) },
    { ...base, name: "waits", validateResource: async ({ name }) => { if (name === "slow") await new Promise((resolve) => setTimeout(resolve, 50)); } },
    { ...base, name: "resource", validateResource: (args, report) => { if (!["quiet", "declined"].includes(args.name)) report(all(args), args.urn); } },
    { ...base, name: "reads-unknown", validateResource: (args, report) => { if (args.name === "full" && args.props.unknown.length) report("known"); } },
    { ...base, name: "declines", validateResource: (args) => { if (args.name === "declined") args.notApplicable(args.props.reason); } },
    { ...base, name: "stack", validateStack: ({ resources, stackTags, getConfig }, report) => {
      sees = resources[0];
      for (const each of resources) report(all(each), each.urn);
      report(JSON.stringify([stackTags.size, getConfig()]));
    } },
    { ...base, name: "stack-of-a-type", validateStack: only("a:b:C", ({ resources }, report) => report(String(resources.length))) },
    { ...base, name: "stack-of-no-type", validateStack: only("x:y:Z", () => { throw new Error("never"); }) },
    { ...base, name: "stack-waits", validateStack: async function ({ resources }, report) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      report([this.name, ...resources.map(({ urn }) => urn)].join());
    } },
    { ...base, name: "stack-reads-unknown", validateStack: ({ resources }) => { for (const { props } of resources) void props.unknown; } },
    { ...base, name: "stack-declines", validateStack: ({ notApplicable }) => notApplicable("none here") },
    ...(process.env.SHOW_THROWING ? [
      { ...base, name: "throws", validateResource: () => { throw new Error("thrown by a policy, with «ü»"); } },
      { ...base, enforcementLevel: "remediate", name: "throws-too", remediateResource: () => { throw new Error("thrown by a remediation"); } },
    ] : []),
    ...(process.env.SHOW_SHARED ? [
      { ...base, name: "sees-the-same", validateStack: ({ resources }, report) => report(String(resources[0] === sees)) },
      { ...base, name: "sorts", validateStack: ({ resources }, report) => { try { resources.reverse(); report("sorted"); } catch { report("refused"); } } },
    ] : []),
  ],
});
`;

const resource = (name: string, other: Partial<AnalyzedResource> = {}): AnalyzedResource =>
  analyzed({ urn: `urn:pulumi:s::p::a:b:C::${name}`, type: "a:b:C", name }, other);
const urn = (name: string): string => resource(name).urn;
const provider = (region: string): AnalyzedResource["provider"] => ({
  urn: "urn:pulumi:s::p::pulumi:providers:a::main",
  type: "pulumi:providers:a",
  name: "main",
  properties: encodeStruct({ region }),
});

const properties = encodeStruct({
  zeta: "ü",
  alpha: { yes: true, none: null, list: [1, -0.5, "x", [], {}], 10: "ten", 9: "nine" },
  unknown: UNKNOWN,
  hidden: { [SIGNATURE]: SECRET, value: { inner: "s" } },
  file: { [SIGNATURE]: ASSET, text: "content" },
  proto: { ["__proto__"]: "kept as the SDK keeps it" },
});
const known = encodeStruct({ unknown: "is known" });
const full = resource("full", {
  parent: urn("parent"),
  protect: true,
  ignoreChanges: ["zeta", "alpha"],
  deleteBeforeReplace: false,
  additionalSecretOutputs: ["hidden"],
  timeouts: { create: 60, update: 0.5, delete: 3600, read: 1 },
  provider: provider("one"),
  dependencies: [urn("parent"), urn("gone")],
  propertyDependencies: new Map([
    ["zeta", [urn("parent")]],
    ["alpha", [urn("quiet"), urn("parent")]],
  ]),
});

const single: readonly (readonly [string, Buffer])[] = [
  ["a resource with everything", encodeAnalyze(full, properties)],
  ["a resource with nothing", encodeAnalyze(resource("bare"), encodeStruct({}))],
  ["a resource of which nothing is said", encodeAnalyze(resource("quiet"), known)],
  ...["one", "other"].map(
    (reason) =>
      [
        `declined for ${reason} reason`,
        encodeAnalyze(resource("declined"), encodeStruct({ reason })),
      ] as const,
  ),
  [
    "the same provider with other properties",
    encodeAnalyze(resource("two", { provider: provider("two") }), known),
  ],
];
const otherType = encodeAnalyze(resource("declined", { type: "q:r:S" }), encodeStruct({ reason: "one" }));
const slow = encodeAnalyze(resource("slow"), encodeStruct({}));
/** `ConfigureAnalyzerRequest`: the policies' levels, as the engine sets them before it asks about resources. */
const configuredTo = (levels: Readonly<Record<string, EnforcementLevel>>): Buffer =>
  encodeConfigure(
    new Map(
      Object.entries(levels).map(([policy, enforcementLevel]) => [
        policy,
        { enforcementLevel, properties: encodeStruct({}) },
      ]),
    ),
  );
const disabled = (policy: string): Buffer => configuredTo({ [policy]: "disabled" });
const stacks: readonly (readonly [string, Buffer])[] = [
  [
    "a stack with relations",
    encodeAnalyzeStack([
      { analyzed: resource("parent", { provider: provider("two") }), outputs: known },
      { analyzed: full, outputs: properties },
      { analyzed: resource("quiet"), outputs: known },
    ]),
  ],
  ["another stack", encodeAnalyzeStack([{ analyzed: resource("alone"), outputs: known }])],
  ["no resources", encodeAnalyzeStack([])],
];

describe("a policy pack's SDK, lightened", () => {
  let folder = "";
  const running: { readonly kill: () => void }[] = [];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "fase-b-policy-sdk-"));
    writeFileSync(join(folder, "package.json"), '{ "version": "1.2.3" }');
    writeFileSync(join(folder, "pack.js"), pack);
  });
  afterAll(() => {
    for (const each of running) each.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Starts the pack; hands back what asks it. */
  async function start(
    env: NodeJS.ProcessEnv,
  ): Promise<(method: string, request: Buffer) => Promise<Buffer>> {
    const child = spawn(process.execPath, [`--require=${hook}`, "pack.js"], {
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    running.push(child);
    const [port] = (await once(child.stdout, "data")) as [Buffer];
    const client = new Client(`127.0.0.1:${port.toString().trim()}`, credentials.createInsecure());
    running.push({ kill: () => client.close() });
    const same = (bytes: Buffer): Buffer => bytes;
    return (method, request) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(`/pulumirpc.Analyzer/${method}`, same, same, request, (error, answer) =>
          error ? reject(error) : resolve(answer ?? Buffer.alloc(0)),
        );
      });
  }

  it("shows policies the same and answers the same, byte for byte", async () => {
    const [plain, light] = await Promise.all([start({ FASE_B_PLAIN_SDK: "true" }), start({})]);
    // Twice: what was kept of the first time answers the second.
    for (const [what, request] of [...single, ...single]) {
      const expected = await plain("Analyze", request);
      expect(decodeAnalyzeResponse(expected).notApplicable.map(({ policy }) => policy)).toContain(
        "other-type",
      );
      expect([what, (await light("Analyze", request)).toString("latin1")]).toEqual([
        what,
        expected.toString("latin1"),
      ]);
    }
    for (const [what, request] of [...stacks, ...stacks]) {
      const expected = await plain("AnalyzeStack", request);
      expect(decodeAnalyzeResponse(expected).diagnostics).not.toEqual([]);
      expect([what, (await light("AnalyzeStack", request)).toString("latin1")]).toEqual([
        what,
        expected.toString("latin1"),
      ]);
    }
  }, 120_000);

  it("answers the same where resources of several types are judged at the same time", async () => {
    const requests = [slow, otherType, single[0]?.[1] ?? Buffer.alloc(0), otherType];
    const answers = async (env: NodeJS.ProcessEnv): Promise<readonly string[]> => {
      const ask = await start(env);
      return (await Promise.all(requests.map((request) => ask("Analyze", request)))).map((each) =>
        each.toString("latin1"),
      );
    };
    expect(await answers({})).toEqual(await answers({ FASE_B_PLAIN_SDK: "true" }));
  }, 120_000);

  it("says of a policy that the engine takes out what the SDK says, and remediates as before", async () => {
    const [plain, light] = await Promise.all([start({ FASE_B_PLAIN_SDK: "true" }), start({})]);
    const both = async (method: string, request: Buffer): Promise<void> => {
      const expected = await plain(method, request);
      expect((await light(method, request)).toString("latin1")).toBe(expected.toString("latin1"));
    };
    for (const method of ["Remediate", "Analyze", "Remediate"]) await both(method, otherType);
    expect((await light("Remediate", otherType)).toString("latin1")).toContain("mended");
    await both("Configure", disabled("other-type"));
    await both("Analyze", otherType);
    const { notApplicable } = decodeAnalyzeResponse(await light("Analyze", otherType));
    expect(notApplicable.map(({ policy }) => policy)).toEqual(["remediates", "declines"]);
  }, 120_000);

  it("answers by the levels that the engine has set last", async () => {
    const [plain, light] = await Promise.all([start({ FASE_B_PLAIN_SDK: "true" }), start({})]);
    const others = async (): Promise<readonly string[]> => {
      const expected = await plain("Analyze", otherType);
      expect((await light("Analyze", otherType)).toString("latin1")).toBe(expected.toString("latin1"));
      return decodeAnalyzeResponse(expected).notApplicable.map(({ policy }) => policy);
    };
    const levels = async (set: Parameters<typeof configuredTo>[0]): Promise<readonly string[]> => {
      for (const ask of [plain, light]) await ask("Configure", configuredTo(set));
      return others();
    };
    const all = ["other-type", "off", "remediates", "declines"];
    expect(await others()).toEqual(["other-type", "remediates", "declines"]);
    // One that is left out by itself is brought in by the engine, and taken out again.
    expect(await levels({ off: "mandatory" })).toEqual(all);
    expect(await levels({ off: "disabled", remediates: "disabled" })).toEqual(["other-type", "declines"]);
    expect(await levels({ "other-type": "advisory", off: "advisory" })).toEqual(all);
    expect(await levels({})).toEqual(["other-type", "remediates", "declines"]);
  }, 120_000);

  it("answers many resources that are declined for reasons of their own", async () => {
    const ask = await start({});
    const reasons = Array.from({ length: 250 }, (_, number) => `reason ${number}`);
    const answers = await Promise.all(
      [...reasons, ...reasons].map((reason) =>
        ask("Analyze", encodeAnalyze(resource("declined"), encodeStruct({ reason }))),
      ),
    );
    expect(answers.map((answer) => decodeAnalyzeResponse(answer).notApplicable.at(-1)?.reason)).toEqual([
      ...reasons,
      ...reasons,
    ]);
  }, 120_000);

  it("tells two stacks apart that are judged at the same time", async () => {
    const light = await start({});
    const [first, second] = stacks.map(([, request]) => request);
    const alone = [
      await light("AnalyzeStack", first ?? Buffer.alloc(0)),
      await light("AnalyzeStack", second ?? Buffer.alloc(0)),
    ];
    const together = await Promise.all([
      light("AnalyzeStack", first ?? Buffer.alloc(0)),
      light("AnalyzeStack", second ?? Buffer.alloc(0)),
    ]);
    expect(together.map((answer) => answer.toString("latin1"))).toEqual(
      alone.map((answer) => answer.toString("latin1")),
    );
  }, 120_000);

  it("shows all stack policies the same resources, in a list that none can change", async () => {
    const said = async (env: NodeJS.ProcessEnv): Promise<readonly string[]> => {
      const ask = await start({ SHOW_SHARED: "true", ...env });
      const answer = await ask("AnalyzeStack", stacks[0]?.[1] ?? Buffer.alloc(0));
      return decodeAnalyzeResponse(answer)
        .diagnostics.filter(({ policy }) => ["sees-the-same", "sorts"].includes(policy))
        .map(({ message }) => message.split("\n")[1] ?? "");
    };
    expect(await said({})).toEqual(["true", "refused"]);
    expect(await said({ FASE_B_PLAIN_SDK: "true" })).toEqual(["false", "sorted"]);
  }, 120_000);

  it("refuses what the SDK's server refuses, with the same code and words", async () => {
    const refusals = async (env: NodeJS.ProcessEnv): Promise<readonly string[]> => {
      const ask = await start({ SHOW_THROWING: "true", ...env });
      const refused = async (method: string, request: Buffer): Promise<string> => {
        try {
          await ask(method, request);
          return "answered";
        } catch (error) {
          const { code, details } = error as { readonly code: number; readonly details: string };
          return `${code}: ${details}`;
        }
      };
      const request = single[0]?.[1] ?? Buffer.alloc(0);
      return [
        await refused("Analyze", request),
        await refused("Remediate", request),
        // A wire type that there is none of.
        await refused("ConfigureStack", Buffer.from([0x0f])),
        // And then it answers on.
        await refused("GetAnalyzerInfo", Buffer.alloc(0)),
        (await refused("NoSuchMethod", Buffer.alloc(0))).split(":")[0] ?? "",
      ];
    };
    const light = await refusals({});
    expect(light).toEqual(await refusals({ FASE_B_PLAIN_SDK: "true" }));
    expect(light).toEqual([
      expect.stringMatching(/^2: Error validating [^]*thrown by a policy, with «ü»/),
      expect.stringMatching(/^2: Error remediating [^]*thrown by a remediation/),
      "13: Error deserializing request",
      "answered",
      "12",
    ]);
  }, 120_000);

  it("is loaded by a policy pack alone", () => {
    const script = `require(${JSON.stringify(join(root, "node_modules", "@pulumi", "pulumi"))});
console.log(Object.keys(require.cache).some((file) => file.endsWith("policySdk.ts")));`;
    expect(
      execFileSync(process.execPath, [`--require=${hook}`, "-e", script], { encoding: "utf8", cwd: folder }),
    ).toBe("false\n");
  });
});
