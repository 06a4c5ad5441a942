import { execFileSync, spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyIdOf, openEnvelope, signatureHolds } from "../../infra/evidence/record/envelope";
import * as release from "../../infra/release/release";
import { exitCodes } from "../outcome";
import { UsageError } from "../usageError";
import { explained, rollbackCommand, type Surroundings } from "./command";
import { holdInterrupt } from "./interrupt";
import { help, parseCommand } from "./options";
import { placeOf } from "./place";
import { RollbackError } from "./problem";
import { keep, leftDeployments, ROLLBACK_TYPE, type Rollback } from "./record";
import { demandReleased } from "./release";
import { domain, DIGESTS } from "./testSupport";

const projectDir = join(__dirname, "..", "..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollback-"));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: fase-b\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const apply = ["apply", "--by", "devops-security", "--reason", "every chat is a 500"];
const calling = ["--client-cert", "c.pem", "--client-key", "k.pem", "--api-key", "a.txt"];

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Where nobody is asked anything and nothing is shown. */
const surroundings = (): Omit<Surroundings, "loadRun"> => ({
  cwd: folder,
  env: {},
  stdout: { write: () => undefined },
  stderr: { write: () => undefined },
  nowMs: () => 0,
  runProgram: () => Promise.resolve(undefined),
  holdInterrupt: () => ({ signal: new AbortController().signal, release: () => undefined }),
  loadRelease: () => release,
});

describe("the command line", () => {
  it("explains itself without loading anything", async () => {
    let shown = "";
    const status = await rollbackCommand(["-h"], {
      ...surroundings(),
      stdout: { write: (text) => (shown += text) },
      loadRun: () => {
        throw new Error("loaded");
      },
    });
    expect([status, shown]).toEqual([exitCodes.ok, help]);
  });

  it.each<[string, readonly string[], RegExp]>([
    ["no command", [], /command: got none; allowed: list, plan, apply, check, document/],
    ["another command", ["undo"], /command: got "undo"/],
    ["a word too many", ["list", "x"], /list: got "x"/],
    ["an option that is none", ["list", "--nothing"], /option --nothing; allowed: --to/],
    ["another command's option", ["list", "--to", "a"], /--to: got an option that list has not/],
    ["a deployment that can be none", ["plan", "--to", "../x"], /--to: got "\.\.\/x"/],
    ["nobody who answers for it", ["apply", "--reason", "0123456789"], /--by: got none/],
    ["a person instead of a role", ["apply", "--by", "jane"], /--by: got "jane"; allowed: lead-security/],
    ["no reason", ["apply", "--by", "ceo"], /--reason: got none/],
    ["a reason of two lines", ["apply", "--by", "ceo", "--reason", "0123456789\nx"], /--reason: got "0123/],
    ["nothing to call by", apply, /nothing to call the gateway by; allowed: .*--unverified/],
    ["half of what is needed to call", [...apply, "--client-cert", "c"], /got only --client-cert/],
    ["both ways", [...apply, "--unverified", ...calling], /--unverified: got --client-cert beside it/],
    ["a route that is none", [...apply, ...calling, "--route", "chat"], /--route: got "chat"/],
    ["statuses that are none", [...apply, ...calling, "--expect", "ok"], /--expect: got "ok"/],
    ["a time that is none", [...apply, ...calling, "--wait", "0"], /--wait: got "0"/],
    ["a place that is none", [...apply, ...calling, "--connect", "here"], /--connect: got "here"/],
  ])("is refused with %s, in one line and with 2", (_, argv, says) => {
    const error = thrownBy(() => parseCommand(argv));
    expect(error).toBeInstanceOf(UsageError);
    const { text, status } = explained(error);
    expect(text).toMatch(says);
    expect([status, text.split("\n").length]).toEqual([exitCodes.unusable, 1]);
  });

  it("is understood", () => {
    expect(parseCommand([...apply, ...calling, "--to", "a1", "--expect", "200,400"])).toMatchObject({
      kind: "apply",
      to: "a1",
      by: "devops-security",
      call: { route: "POST /chat", expect: [200, 400] },
    });
    expect(parseCommand([...apply, "--unverified"])).not.toHaveProperty("call");
  });

  it("ends with 1 where something stands against a rollback", () => {
    const error = new RollbackError({ what: "x", got: "y", allowed: "z", fix: "w" });
    expect(explained(error)).toEqual({ text: "x: got y; allowed: z; fix: w", status: exitCodes.refused });
  });
});

const options = { stack: "staging", color: "never" } as const;

describe("the place", () => {
  const settings = (text: string): void => writeFileSync(join(folder, "Pulumi.staging.yaml"), text);
  const good =
    'config:\n  fase-b:account: { id: "123456789012", region: eu-west-1 }\n  fase-b:gateway: { stageName: v1 }\n';

  it("is read of settings which the program refuses", () => {
    settings(`${good}  fase-b:agents: what is no list\n  fase-b:unknown: [\n    1]\n`);
    expect(placeOf(options, folder)).toMatchObject({
      apiName: "fase-b-staging",
      stageName: "v1",
      region: "eu-west-1",
      accountId: "123456789012",
      pagerAccount: undefined,
    });
  });

  it("is asked for on the command line where the settings cannot be read", () => {
    settings("config: [");
    expect(() => placeOf(options, folder)).toThrow(
      /fase-b:account\.region: got nothing that can be read; .*name it with --region/,
    );
    const named = { ...options, region: "eu-west-1", account: "123456789012", stageName: "v1" };
    expect(placeOf(named, folder)).toMatchObject({ stageName: "v1", zoneName: undefined });
    expect(() => placeOf({ ...named, account: "1" }, folder)).toThrow(/--account: got "1"/);
  });

  it("is this project's own", () => {
    expect(placeOf(options, projectDir)).toMatchObject({
      stageName: "v1",
      pagerAccount: "example.pagerduty.com",
    });
  });
});

describe("the program that is broken (B7.4)", () => {
  it("is not loaded: nothing of it, of its settings or of Pulumi", () => {
    const script = `
      require("./cli/rollback/run.ts");
      const here = process.cwd();
      console.log(JSON.stringify(Object.keys(require.cache).map((name) => name.replace(here + "/", ""))));`;
    const loaded = JSON.parse(
      execFileSync(process.execPath, ["--require=./runtime/register.cjs", "-e", script], {
        cwd: projectDir,
        encoding: "utf8",
      }),
    ) as readonly string[];
    expect(loaded).toContain("cli/rollback/plan.ts");
    expect(
      loaded.filter((name) =>
        /^(stacks|policies)\/|^infra\/(settings|contract|gateway)\/|loadSettings|node_modules\/@pulumi\//.test(
          name,
        ),
      ),
    ).toEqual([]);
  });
});

describe("a checkout in which more is broken", () => {
  /** The command as npm starts it, with what is around `register.cjs` in the folder. */
  const started = (packages: readonly string[] | undefined): { status: number | null; stderr: string } => {
    mkdirSync(join(folder, "runtime"));
    copyFileSync(join(projectDir, "runtime", "register.cjs"), join(folder, "runtime", "register.cjs"));
    if (packages !== undefined) mkdirSync(join(folder, "node_modules"));
    for (const name of packages ?? [])
      symlinkSync(join(projectDir, "node_modules", name), join(folder, "node_modules", name));
    return spawnSync(
      process.execPath,
      [
        `--require=${join(folder, "runtime", "register.cjs")}`,
        ...[join(projectDir, "cli", "rollback", "main.ts"), "list", "-C", folder],
      ],
      { encoding: "utf8" },
    );
  };

  it("needs no SDK of Pulumi", () => {
    const { status, stderr } = started(["sucrase"]);
    expect(stderr).toMatch(
      /^error: Pulumi\.staging\.yaml: fase-b:account\.region: got nothing that can be read; .*\n$/,
    );
    expect(status).toBe(exitCodes.unusable);
  });

  it("says in one line that there are no packages", () => {
    const { status, stderr } = started(undefined);
    expect(stderr).toBe(
      "error: node_modules: got none (ENOENT); allowed: the locked packages; fix: npm ci\n",
    );
    expect(status).toBe(exitCodes.unusable);
  });

  it("says in one line which of its own files does not load, and what to do then", async () => {
    const attempt = rollbackCommand(["list"], {
      ...surroundings(),
      loadRun: () => {
        throw new SyntaxError("Error transforming infra/x.ts: Unexpected token (7:1)\nand more");
      },
    });
    const error: unknown = await attempt.catch((reason: unknown) => reason);
    expect(explained(error)).toEqual({
      text: expect.stringMatching(
        /^the command itself: got Error transforming infra\/x\.ts: Unexpected token \(7:1\); allowed: .*; fix: npm ci, or .*by hand/,
      ) as string,
      status: exitCodes.unusable,
    });
  });
});

describe("an interrupt", () => {
  function held(): {
    listeners: Set<() => void>;
    exits: number[];
    said: string[];
    at: { ms: number };
  } & ReturnType<typeof holdInterrupt> {
    const listeners = new Set<() => void>();
    const [exits, said, at]: [number[], string[], { ms: number }] = [[], [], { ms: 0 }];
    const result = holdInterrupt(
      {
        on: (_signal, listener) => listeners.add(listener),
        off: (_signal, listener) => listeners.delete(listener),
        exit: (status) => exits.push(status),
      },
      { write: (text) => said.push(text) },
      () => at.ms,
    );
    return { ...result, listeners, exits, said, at };
  }

  it("ends the waiting, and the process only where somebody insists: npm sends the same one twice", () => {
    const { listeners, exits, said, at, signal } = held();
    const [press = () => undefined] = listeners;
    press();
    press();
    expect([signal.aborted, exits, said.length]).toEqual([true, [], 1]);
    at.ms = 1_001;
    press();
    expect(exits).toEqual([1]);
  });

  it("is the terminal's again when all is kept", () => {
    const { listeners, release: letGo } = held();
    letGo();
    expect(listeners.size).toBe(0);
  });
});

describe("production", () => {
  const place = {
    stack: "staging",
    accountId: "123456789012",
    zoneName: "staging.example.com",
    projectDir: "",
  };
  const staging = domain("chat-01.staging.example.com");

  it("is not what staging's names, account and domains all agree on: no letter is asked for, and no program loaded", () => {
    const unloaded = (): never => {
      throw new Error("loaded");
    };
    expect(() => demandReleased(place, [staging], 0, unloaded)).not.toThrow();
    expect(() => demandReleased({ ...place, zoneName: undefined }, [staging], 0, unloaded)).not.toThrow();
  });

  it.each<[string, Partial<typeof place>, Parameters<typeof domain>]>([
    ["another stack", { stack: "production" }, ["chat-01.staging.example.com"]],
    ["another account", { accountId: "210987654321" }, ["chat-01.staging.example.com"]],
    ["a domain of another zone", {}, ["chat-01.example.com"]],
    ["a certificate of another account", {}, ["chat-01.staging.example.com", { accountId: "210987654321" }]],
  ])("is %s, and is not changed without a Carta GO", (_, changes, other) => {
    expect(() =>
      demandReleased({ ...place, ...changes, projectDir: folder }, [domain(...other)], 0, () => release),
    ).toThrow(/which is production: got .*; allowed: a valid Carta GO/);
  });
});

const rollback = (from: string, to: string, changes: Partial<Rollback> = {}): Rollback => ({
  clause: "B7.4",
  verdict: "met",
  because: "it answers",
  startedAt: "2026-11-26T09:00:00.000Z",
  endedAt: "2026-11-26T09:00:05.000Z",
  api: "fase-b-staging",
  stageName: "v1",
  from: { id: from, createdAt: "2026-11-26T08:00:00.000Z", modelSha256: DIGESTS.b },
  to: { id: to, createdAt: "2026-11-26T07:00:00.000Z", modelSha256: DIGESTS.a },
  by: "devops-security",
  reason: "every chat is a 500",
  leftAlone: [],
  warnings: [],
  ...changes,
});

describe("the record", () => {
  const where = (): { readonly folder: string; readonly stack: string } => ({
    folder: join(folder, "rollbacks"),
    stack: "staging",
  });

  it("is signed as evidence is, of what is in force now, and has its digest in its name", () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const { file, bytes, bucketPath } = keep(rollback("b", "a"), where(), privateKey);
    expect(bucketPath).toMatch(/^B7\.4\/rollback\/20261126T090005000Z-[0-9a-f]{64}\.json$/);
    const envelope = openEnvelope(readFileSync(file));
    if (typeof envelope === "string") throw new Error(envelope);
    const [signature] = envelope.signatures;
    expect(signature?.keyId).toBe(keyIdOf(privateKey));
    expect(signature && signatureHolds(envelope, signature, createPublicKey(privateKey))).toBe(true);
    expect(JSON.parse(envelope.payload.toString())).toMatchObject({
      subject: [{ name: "fase-b/staging/gateway", digest: { sha256: DIGESTS.a } }],
      predicateType: ROLLBACK_TYPE,
      predicate: { clause: "B7.4", verdict: "met" },
    });
    expect(bytes.equals(readFileSync(file))).toBe(true);
  });

  it("is never put over another, and leaves nothing half-written", () => {
    const first = keep(rollback("b", "a"), where(), undefined);
    expect(first).not.toHaveProperty("lost");
    expect(keep(rollback("b", "a"), where(), undefined).lost).toBe("a file that is there");
    expect(readdirSync(where().folder)).toHaveLength(1);
  });

  it("is not lost with its folder: the stage is changed by then", () => {
    writeFileSync(where().folder, "a file in its place");
    const { lost, bytes } = keep(rollback("b", "a"), where(), undefined);
    expect([lost, bytes.toString()]).toEqual([
      "a file that is there",
      expect.stringContaining('"verdict":"met"'),
    ]);
  });

  it("that nobody can read is named, and holds up nothing", () => {
    keep(rollback("b", "a"), where(), undefined);
    writeFileSync(join(where().folder, "20261126T090005000Z-half.json"), '{"_type":');
    writeFileSync(join(where().folder, ".unfinished.part"), "");
    mkdirSync(join(where().folder, "folder.json"));
    expect(leftDeployments(where().folder)).toEqual({
      ids: new Set(["b"]),
      unreadable: ["20261126T090005000Z-half.json", "folder.json"],
    });
    rmSync(where().folder, { recursive: true });
    expect(leftDeployments(where().folder).unreadable).toEqual([]);
    writeFileSync(where().folder, "a file in its place");
    expect(leftDeployments(where().folder)).toEqual({ ids: new Set(), unreadable: [""] });
  });

  it("says which deployments are no good: those that a rollback went away from, signed or not", () => {
    expect([...leftDeployments(where().folder).ids]).toEqual([]);
    const { privateKey } = generateKeyPairSync("ed25519");
    keep(rollback("c", "b", { endedAt: "2026-11-26T09:00:01.000Z" }), where(), undefined);
    keep(
      rollback("b", "a", { endedAt: "2026-11-26T09:00:02.000Z", verdict: "unknown" }),
      where(),
      privateKey,
    );
    writeFileSync(join(where().folder, "notes.json"), "{");
    expect([...leftDeployments(where().folder).ids].sort()).toEqual(["b", "c"]);
  });

  it("forgives a deployment that answered after all, and blames none that somebody went forward from", () => {
    keep(rollback("b", "a", { endedAt: "2026-11-26T09:00:01.000Z" }), where(), undefined);
    const forward = rollback("a", "b", { endedAt: "2026-11-26T09:00:02.000Z" });
    keep({ ...forward, from: forward.to, to: forward.from, because: "x" }, where(), undefined);
    const { from, to } = rollback("b", "a");
    expect([from.createdAt > to.createdAt]).toEqual([true]);
    keep(rollback("", "", { from: to, to: from, endedAt: "2026-11-26T09:00:03.000Z" }), where(), undefined);
    expect([...leftDeployments(where().folder).ids]).toEqual([]);
  });
});

describe("the document", () => {
  it("of this project is fresh", () => {
    mkdirSync(join(folder, "x"));
    const said = execFileSync(
      process.execPath,
      ["--require=./runtime/register.cjs", "cli/rollback/main.ts", "document", "--check"],
      { cwd: projectDir, encoding: "utf8" },
    );
    expect(said).toBe("stacks/staging/rollback.md is fresh\n");
  });
});
