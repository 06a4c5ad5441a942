import { describe, expect, it } from "vitest";
import { UsageError } from "../usageError";
import { drift, type EngineRun } from "./command";
import { exitCodes } from "../outcome";
import type { RefreshedStep } from "./drift";

const urn = (type: string, name: string): string => `urn:pulumi:staging::fase-b::${type}::${name}`;
const step = (op: string, type: string, name: string, diffReasons?: readonly string[]): RefreshedStep => ({
  op,
  urn: urn(type, name),
  newState: { type },
  ...(diffReasons ? { diffReasons } : {}),
});

const KEY = "aws:apigateway/apiKey:ApiKey";
const ACL = "aws:wafv2/webAcl:WebAcl";
const refreshed = [step("refresh", KEY, "client-web-app-key"), step("refresh", ACL, "firewall-acl")];

interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly asked: readonly string[] | undefined;
}

async function run(
  argv: readonly string[],
  answer: EngineRun | "no CLI" | readonly RefreshedStep[] = refreshed,
  file = "",
): Promise<Ended> {
  const text = { stdout: "", stderr: "" };
  let asked: readonly string[] | undefined;
  const status = await drift(argv, {
    env: {},
    stdout: { write: (part) => (text.stdout += part) },
    stderr: { write: (part) => (text.stderr += part) },
    readFile: (path) => {
      if (path !== "digest.json") throw Object.assign(new Error("no"), { code: "ENOENT" });
      return file;
    },
    runPulumi: (args) => {
      asked = args;
      return Promise.resolve(
        Array.isArray(answer)
          ? { status: 0, stdout: JSON.stringify({ steps: answer as unknown }), stderr: "" }
          : answer === "no CLI"
            ? undefined
            : (answer as EngineRun),
      );
    },
  });
  return { status, ...text, asked };
}

describe("npm run drift", () => {
  it("finds none where the engine would change nothing, and says whose values it left", async () => {
    const { status, stdout, asked } = await run([]);
    expect(status).toBe(exitCodes.ok);
    expect(asked).toEqual(["preview", "--refresh", "--json", "--stack", "staging", "--non-interactive"]);
    expect(stdout).toBe(
      "✓ no drift in 2 resources\nNot looked into, since others own them: 1 live value\n  1 of rotate-client-keys\n",
    );
  });

  it("names what was changed, what is gone, and what is not the program's", async () => {
    const { status, stdout } = await run(
      [],
      [
        ...refreshed,
        step("update", ACL, "firewall-acl", ["rules", "description"]),
        step("create", "aws:sns/topic:Topic", "alarms-topic"),
        step("delete", "aws:sns/topic:Topic", "other"),
      ],
    );
    expect(status).toBe(exitCodes.refused);
    expect(stdout).toContain("✗ aws:wafv2/webAcl:WebAcl firewall-acl differs: rules, description\n");
    expect(stdout).toContain("✗ aws:sns/topic:Topic alarms-topic is gone; an update would make it again\n");
    expect(stdout).toContain(
      "✗ aws:sns/topic:Topic other is not in the program; an update would delete it\n",
    );
  });

  it("takes a rotation for none, and another change of the same resource for drift", async () => {
    const rotated = [...refreshed, step("update", KEY, "client-web-app-key", ["enabled", "lastUpdatedDate"])];
    expect((await run([], rotated)).status).toBe(exitCodes.ok);
    const renamed = [...refreshed, step("update", KEY, "client-web-app-key", ["enabled", "name"])];
    const { status, stdout } = await run([], renamed);
    expect(status).toBe(exitCodes.refused);
    expect(stdout).toContain("client-web-app-key differs: name\n");
  });

  it("takes a live value's resource that is gone for drift", async () => {
    expect((await run([], [...refreshed, step("create", KEY, "client-web-app-key")])).status).toBe(1);
  });

  it("takes an update that does not say of what for drift", async () => {
    expect((await run([], [...refreshed, step("update", KEY, "client-web-app-key")])).status).toBe(1);
  });

  it("reads a file instead, and prints JSON alone where it is asked to", async () => {
    const { status, stdout, asked } = await run(
      ["--json", "--file", "digest.json"],
      "no CLI",
      JSON.stringify({ steps: refreshed }),
    );
    expect([status, asked]).toEqual([exitCodes.ok, undefined]);
    expect(JSON.parse(stdout)).toMatchObject({ drifts: [], lookedAt: 2 });
  });

  it.each<[string, readonly string[], EngineRun | "no CLI" | readonly RefreshedStep[], string]>([
    ["an option that is none", ["--stak", "x"], "no CLI", "Unknown option '--stak'"],
    ["a stack's name that is none", ["--stack", "../x"], "no CLI", '--stack: got "../x"'],
    ["a colour that is none", ["--color", "red"], "no CLI", '--color: got "red"'],
    ["a file that is not there", ["--file", "none.json"], "no CLI", "none.json can't be read (ENOENT)"],
    ["no CLI", [], "no CLI", "pulumi: none on the PATH"],
    [
      "an engine that fails",
      [],
      { status: 255, stdout: "", stderr: "\nerror: no stack\n" },
      "pulumi ended with 255: error: no stack",
    ],
    ["a digest without a refresh", [], [step("same", ACL, "firewall-acl")], "without refreshed steps"],
    ["nothing at all", [], [], "without refreshed steps"],
  ])("is no answer with %s", async (_, argv, answer, message) => {
    await expect(run(argv, answer)).rejects.toThrow(UsageError);
    await expect(run(argv, answer)).rejects.toThrow(message);
  });

  it("is no answer where the engine's diagnostics hold an error", async () => {
    const stdout = JSON.stringify({
      steps: refreshed,
      diagnostics: [{ severity: "error", message: "no credentials\nat all" }],
    });
    await expect(run([], { status: 1, stdout, stderr: "" })).rejects.toThrow(
      "pulumi could not look: no credentials",
    );
  });
});
