import { execFileSync } from "node:child_process";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sourceDigest } from "../../infra/evidence/record/sourceDigest";
import { exitCodes } from "../outcome";
import { UsageError } from "../usageError";
import { deployCommand, type EngineCall, type EngineRun, type Surroundings } from "./command";
import { help, parseCommand } from "./options";
import { readPlan } from "./readPlan";
import * as run from "./run";

const ROOT = join(__dirname, "..", "..");
const TABLE = "aws:dynamodb/table:Table";
const urn = (type: string, name: string): string => `urn:pulumi:staging::fase-b::${type}::${name}`;
const state = (type: string, inputs: object = {}): object => ({ type, custom: true, protect: true, inputs });
const same = (type: string, name: string, inputs: object): object => ({
  op: "same",
  urn: urn(type, name),
  oldState: state(type, inputs),
  newState: state(type, inputs),
});
const facts = [
  same("pulumi:providers:aws", "aws", { allowedAccountIds: '["123456789012"]' }),
  same("aws:acm/certificate:Certificate", "c", { domainName: "a.staging.example.com" }),
];
const deletion = { op: "delete", urn: urn(TABLE, "locks"), oldState: state(TABLE) };
const digest = (...steps: readonly object[]): string => JSON.stringify({ steps: [...facts, ...steps] });

/** As the CLI streams them. */
const events = (steps: readonly object[], others: readonly object[] = [{ summaryEvent: {} }]): string =>
  [
    ...steps.map((step) => {
      const { op, urn: of, oldState, newState } = step as Record<string, unknown>;
      return {
        resourcePreEvent: { metadata: { op, urn: of, old: oldState, new: newState }, planning: true },
      };
    }),
    ...others,
  ]
    .map((event, sequence) => `${JSON.stringify({ sequence, timestamp: 0, ...event })}\n`)
    .join("");

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "fase-b-deploy-test-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Told {
  readonly status: number;
  readonly text: string;
  readonly calls: readonly (readonly string[])[];
}

/** The command with an engine that answers what the test says, one answer a call. */
async function deploy(
  argv: readonly string[],
  answers: readonly (Partial<EngineRun> | undefined)[] = [],
  others: Partial<Surroundings> = {},
): Promise<Told> {
  let text = "";
  const calls: (readonly string[])[] = [];
  const write = (part: string): void => void (text += part);
  const status = await deployCommand(argv, {
    cwd: ROOT,
    env: {},
    stdout: { write },
    stderr: { write },
    nowMs: () => Date.UTC(2026, 10, 26),
    runPulumi: (args: readonly string[], _how: EngineCall) => {
      calls.push(args);
      if (calls.length > answers.length) throw new Error(`nobody expected pulumi ${args.join(" ")}`);
      const answer = answers[calls.length - 1];
      return Promise.resolve(answer && { status: 0, stdout: "", stderr: "", ...answer });
    },
    loadRun: () => run,
    ...others,
  });
  return { status, text, calls };
}

const planFile = (text: string | Buffer): string => {
  const file = join(folder, "plan.json");
  writeFileSync(file, text);
  return file;
};

describe("deploy check", () => {
  it("lets a plan through that takes nothing away", async () => {
    const { status, text } = await deploy(["check", "--plan", planFile(digest())]);
    expect(text).toContain("nothing of staging is deleted or replaced");
    expect(status).toBe(exitCodes.ok);
  });

  it("refuses one that deletes a table, and says how it could be", async () => {
    const { status, text } = await deploy(["check", "--plan", planFile(digest(deletion))]);
    expect(text).toMatch(
      /✗ deleted: aws:dynamodb\/table:Table::locks: it holds state, and no letter names it/,
    );
    expect(text).toContain("npm run letter -- draft --unprotect");
    expect(status).toBe(exitCodes.refused);
  });

  it("refuses production as long as it is not released, whatever the plan does", async () => {
    const steps = digest().replaceAll("123456789012", "210987654321");
    const { status, text } = await deploy(["check", "--plan", planFile(steps)]);
    expect(text).toContain("staging is production, and is not released");
    expect(text).toContain('account.id: got "210987654321"; allowed: "123456789012" without a letter');
    expect(text).toContain("stacks/staging/letters: letters of fase-b: got none");
    for (const clause of ["B6.2", "B6.3", "B8.1", "B8.4", "B8.8"])
      expect(text).toMatch(new RegExp(`${clause}: got unknown`));
    expect(status).toBe(exitCodes.refused);
  });

  it("refuses a plan of a preview that failed, with its reasons", async () => {
    const failed = JSON.stringify({
      steps: facts,
      diagnostics: [{ severity: "error", message: "error: preview failed" }],
    });
    const { status, text } = await deploy(["check", "--plan", planFile(failed)]);
    expect(text).toContain("error: preview failed");
    expect(status).toBe(exitCodes.refused);
  });

  it.each([
    ["a text", "hello", "a text that is no JSON"],
    ["settings", "config:\n  fase-b:account: x\n", "a text that is no JSON"],
    ["no steps", "{}", "JSON without steps"],
    ["an empty list", '{"steps":[]}', "JSON without steps"],
    ["a list", "[]", "JSON that is no object"],
    [
      "a step without an operation",
      '{"steps":[{"urn":"urn:pulumi:staging::fase-b::a:b:C::c"}]}',
      "JSON with a step that is none of the engine's",
    ],
    [
      "a step with a state that is none",
      '{"steps":[{"op":"delete","urn":"urn:pulumi:staging::fase-b::a:b:C::c","oldState":7}]}',
      "JSON with a step that is none of the engine's",
    ],
    ["a half digest", digest().slice(0, -9), "JSON that breaks off"],
    [
      "a half digest of lines",
      JSON.stringify(JSON.parse(digest()), null, 2).slice(0, -9),
      "JSON that breaks off",
    ],
    ["events that break off", events(facts, []), "events that break off"],
    ["a half event", `${events(facts)}{"sequence": 9`, "events that break off"],
    ["a half event alone", '{"sequence": 9', "JSON that breaks off"],
    ["events of nothing", events([]), "events without steps, or with one that is none of the engine's"],
    [
      "a broken line among events",
      events(facts).replace('}\n{"sequence":2', '\n{"sequence":2'),
      "events with a line that is no JSON",
    ],
    ["nothing", "", "nothing, an empty text"],
    ["blank lines", "\n \n", "nothing, an empty text"],
    [
      "an archive",
      Buffer.from([0x50, 0x4b, 3, 4, 0, 0xff, 0xfe]),
      "something binary, or a text that is no UTF-8",
    ],
    ["UTF-16", Buffer.from(digest(), "utf16le"), "something binary, or a text that is no UTF-8"],
  ])("takes %s for no plan, and says in one line which it is", async (_what, text, is) => {
    const attempt = deploy(["check", "--plan", planFile(text)]);
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(
      new RegExp(`: got ${is}; allowed: the output of pulumi preview --json; fix: .*> plan\\.json$`),
    );
  });

  it("never tells to write over the file that was named", async () => {
    const attempt = deploy(["check", "--plan", "Pulumi.staging.yaml"]);
    await expect(attempt).rejects.toThrow(
      /^Pulumi\.staging\.yaml: got a text that is no JSON; .* > plan\.json$/,
    );
  });

  it("takes another stack's plan for a mistake", async () => {
    const other = digest().replaceAll("urn:pulumi:staging::", "urn:pulumi:other::");
    await expect(deploy(["check", "--plan", planFile(other)])).rejects.toThrow(
      /the plan: got one of the stack "other"; allowed: of "staging"/,
    );
  });

  it("names a file that is not there", async () => {
    await expect(deploy(["check", "--plan", join(folder, "none.json")])).rejects.toThrow(
      /can't be read \(ENOENT\)/,
    );
  });
});

describe("a plan that is read", () => {
  it("is the same from a digest and from events", () => {
    const steps = [...facts, deletion];
    expect(readPlan(events(steps), "p")).toEqual(readPlan(JSON.stringify({ steps }), "p"));
  });

  it("says which mandatory policy is violated, and not which gives advice", () => {
    const said = (enforcementLevel: string): object => ({
      policyEvent: { policyName: `${enforcementLevel}-policy`, message: "no\n", enforcementLevel },
    });
    const { errors } = readPlan(
      events(facts, [said("mandatory"), said("advisory"), { summaryEvent: {} }]),
      "p",
    );
    expect(errors).toEqual(["mandatory-policy: no"]);
  });
});

describe("deploy up", () => {
  const preview = { stdout: events(facts) };

  it("asks the engine for a plan under the pack, and lets it do that and nothing else", async () => {
    const { status, calls } = await deploy(["up", "--yes"], [preview, {}]);
    expect(status).toBe(exitCodes.ok);
    const [asked = [], done = []] = calls;
    expect(asked.slice(0, 6)).toEqual([
      "preview",
      "--json",
      "--stack",
      "staging",
      "--policy-pack",
      "policies",
    ]);
    expect(done.slice(0, 5)).toEqual(["up", "--stack", "staging", "--policy-pack", "policies"]);
    expect(done[done.indexOf("--plan") + 1]).toBe(asked[asked.indexOf("--save-plan") + 1]);
    expect(done).not.toContain("--skip-preview");
  });

  it("does not start an update that would delete a table", async () => {
    const { status, text, calls } = await deploy(["up", "--yes"], [{ stdout: events([...facts, deletion]) }]);
    expect(text).toContain(`deleted: ${TABLE}::locks`);
    expect([status, calls.length]).toEqual([exitCodes.refused, 1]);
  });

  it("does not start one whose preview failed, though it said no reason", async () => {
    const { status, text, calls } = await deploy(["up", "--yes"], [{ ...preview, status: 255 }]);
    expect(text).toContain("pulumi ended with 255");
    expect([status, calls.length]).toEqual([exitCodes.refused, 1]);
  });

  it("says what the engine says where it gave no plan at all", async () => {
    const { status, text } = await deploy(
      ["up", "--yes"],
      [{ status: 255, stderr: "error: no stack named 'staging' found" }],
    );
    expect(text).toContain("no stack named 'staging' found");
    expect(status).toBe(exitCodes.refused);
  });

  it("ends with the engine's failure", async () => {
    expect((await deploy(["up", "--yes"], [preview, { status: 255 }])).status).toBe(exitCodes.refused);
  });

  it("asks for the stack's name, and does nothing without it", async () => {
    const answered = (answer: string, answers: readonly object[]): Promise<Told> =>
      deploy(["up"], answers, { ask: () => Promise.resolve(answer) });
    expect((await answered("yes", [preview])).status).toBe(exitCodes.refused);
    expect((await answered("staging", [preview, {}])).status).toBe(exitCodes.ok);
  });

  it("needs somebody to ask, or --yes, before anything is asked of the engine", async () => {
    await expect(deploy(["up"])).rejects.toThrow(/up: got no terminal to ask/);
  });

  it("says where there is no CLI", async () => {
    await expect(deploy(["up", "--yes"], [undefined])).rejects.toThrow(/pulumi: got none on the PATH/);
  });
});

describe("deploy by a plan that was reviewed (B0.3)", () => {
  const preview = { stdout: events(facts) };
  /** As the engine does, which saves the plan where it is told to. */
  const saving =
    (answers: readonly Partial<EngineRun>[], calls: (readonly string[])[], plan = '{"version":1}') =>
    (args: readonly string[]): Promise<EngineRun> => {
      calls.push(args);
      const saved = args.indexOf("--save-plan");
      if (saved > 0) writeFileSync(args[saved + 1] ?? "", plan);
      const answer = answers[calls.length - 1];
      if (answer === undefined) throw new Error(`nobody expected pulumi ${args.join(" ")}`);
      return Promise.resolve({ status: 0, stdout: "", stderr: "", ...answer });
    };
  const engine = async (argv: readonly string[], answers: readonly Partial<EngineRun>[]): Promise<Told> => {
    const calls: (readonly string[])[] = [];
    const told = await deploy(argv, [], { runPulumi: saving(answers, calls) });
    return { ...told, calls };
  };
  const out = (): string => join(folder, "reviewed");
  const planned = (): Promise<Told> => engine(["plan", "--out", out()], [preview]);
  const change = (file: string, to: (text: string) => string): void =>
    writeFileSync(join(out(), file), to(readFileSync(join(out(), file), "utf8")));

  it("keeps the plan, what the engine said, and of which source it is, and changes nothing", async () => {
    const { status, calls } = await planned();
    expect([status, calls.map(([word]) => word)]).toEqual([exitCodes.ok, ["preview"]]);
    expect(readdirSync(out()).sort()).toEqual(["plan.json", "preview.json", "reviewed.json"]);
    expect(readFileSync(join(out(), "preview.json"), "utf8")).toBe(preview.stdout);
    expect(JSON.parse(readFileSync(join(out(), "reviewed.json"), "utf8"))).toMatchObject({
      stack: "staging",
      source: sourceDigest(ROOT),
    });
  });

  it("keeps no plan that is refused, and all that the reviewer must see", async () => {
    const refused = { stdout: events([...facts, deletion]) };
    const { status } = await engine(["plan", "--out", out()], [refused]);
    expect([status, readdirSync(out())]).toEqual([exitCodes.refused, ["preview.json"]]);
  });

  it("keeps why there is no plan, where the engine gave none, in a form that the comment is made of", async () => {
    const none = { status: 255, stderr: "error: no stack named 'staging' found" };
    expect((await engine(["plan", "--out", out()], [none])).status).toBe(exitCodes.refused);
    const answer = readFileSync(join(out(), "preview.json"), "utf8");
    expect(readPlan(answer, "it").errors).toEqual([
      "the preview ended with 255: error: no stack named 'staging' found",
    ]);
  });

  /** The plan that the engine is given, and what happens before. */
  const updated = async (before: () => void): Promise<{ plan: string; path: string; told: Told }> => {
    let [plan, path] = ["", ""];
    const calls: (readonly string[])[] = [];
    const told = await deploy(["up", "--yes", "--reviewed", out()], [], {
      runPulumi: (args) => {
        if (args[0] === "preview") before();
        if (args[0] === "up") {
          path = args[args.indexOf("--plan") + 1] ?? "";
          plan = readFileSync(path, "utf8");
        }
        return saving([preview, {}], calls, '{"version":2}')(args);
      },
    });
    return { plan, path, told: { ...told, calls } };
  };

  it("updates by that plan, and lets the engine preview under it first", async () => {
    await planned();
    const { plan, told } = await updated(() => undefined);
    const [, done = []] = told.calls;
    expect([told.status, done[0], plan]).toEqual([exitCodes.ok, "up", '{"version":1}']);
    expect(done).not.toContain("--skip-preview");
  });

  it("updates by the plan whose digest was compared, whatever is put into the folder after that", async () => {
    await planned();
    const { plan, path, told } = await updated(() => {
      change("plan.json", () => '{"version":"another"}');
    });
    expect([told.status, plan]).toEqual([exitCodes.ok, '{"version":1}']);
    // Nobody else can write there.
    expect(path.startsWith(out())).toBe(false);
  });

  it("takes no link and no pipe for a plan", async () => {
    await planned();
    const elsewhere = join(folder, "elsewhere.json");
    renameSync(join(out(), "plan.json"), elsewhere);
    symlinkSync(elsewhere, join(out(), "plan.json"));
    await expect(engine(["up", "--yes", "--reviewed", out()], [])).rejects.toThrow(
      /got a plan\.json that is no file; allowed: the folder/,
    );
    rmSync(join(out(), "plan.json"));
    execFileSync("mkfifo", [join(out(), "plan.json")]);
    await expect(engine(["up", "--yes", "--reviewed", out()], [])).rejects.toThrow(/that is no file/);
  });

  it("asks the engine nothing where the source is not the one that was reviewed", async () => {
    await planned();
    change("reviewed.json", (text) => text.replace(sourceDigest(ROOT), "0".repeat(64)));
    const { status, text, calls } = await engine(["up", "--yes", "--reviewed", out()], []);
    expect(text).toContain(`the source: got ${sourceDigest(ROOT)}; allowed: ${"0".repeat(64)}`);
    expect([status, calls]).toEqual([exitCodes.refused, []]);
  });

  it("judges anew what the update would take away: the account may have changed since", async () => {
    await planned();
    const now = { stdout: events([...facts, deletion]) };
    const { status, calls } = await engine(["up", "--yes", "--reviewed", out()], [now]);
    expect([status, calls.length]).toEqual([exitCodes.refused, 1]);
  });

  it.each([
    [
      "a plan that was changed",
      "plan.json",
      (text: string) => `${text} `,
      /got a plan\.json that is not the one/,
    ],
    [
      "another stack's",
      "reviewed.json",
      (text: string) => text.replace('"staging"', '"other"'),
      /got a plan of the stack "other"/,
    ],
    [
      "half a file",
      "reviewed.json",
      (text: string) => text.slice(0, -9),
      /got a reviewed\.json that is none/,
    ],
    [
      "no digest",
      "reviewed.json",
      (text: string) => text.replace(/[0-9a-f]{64}/, "x"),
      /got a reviewed\.json that is none/,
    ],
  ])("refuses %s before the engine is asked", async (_what, file, to, message) => {
    await planned();
    change(file, to);
    const attempt = engine(["up", "--yes", "--reviewed", out()], []);
    await expect(attempt).rejects.toThrow(UsageError);
    await expect(attempt).rejects.toThrow(message);
  });

  it("takes a folder that is not there, and never writes into one that is", async () => {
    await expect(engine(["up", "--yes", "--reviewed", out()], [])).rejects.toThrow(
      /got no reviewed\.json \(ENOENT\)/,
    );
    await planned();
    await expect(planned()).rejects.toThrow(
      /--out: got .*, where something is already; allowed: a folder that is not there yet/,
    );
    expect(readdirSync(folder)).toEqual(["reviewed"]);
  });
});

describe("the command line of deploy", () => {
  it.each([
    [[], /command: got none; allowed: check, plan, up/],
    [["plan"], /plan: got no folder; allowed: plan --out <dir>/],
    [["plan", "--out", "d", "--yes"], /--yes: got --yes with plan/],
    [["plan", "--out", "d", "--plan", "p"], /--plan: got a plan for plan/],
    [["up", "--out", "d"], /--out: got it with up/],
    [["check", "--plan", "p", "--reviewed", "d"], /--reviewed: got it with check/],
    [["destroy"], /command: got "destroy"/],
    [["check"], /check: got no plan/],
    [["check", "--plan", "p", "--yes"], /--yes: got --yes with check/],
    [["up", "--plan", "p"], /--plan: got a plan for up/],
    [["up", "more"], /up: got "more"/],
    [["up", "--force"], /got the option --force/],
    [["up", "--stack", "../x"], /--stack: got "..\/x"/],
  ])("refuses %j", (argv, message) => {
    expect(() => parseCommand(argv)).toThrow(UsageError);
    expect(() => parseCommand(argv)).toThrow(message);
  });

  it("is explained by --help", async () => {
    const { status, text } = await deploy(["--help"]);
    expect([status, text]).toEqual([exitCodes.ok, help]);
  });
});
