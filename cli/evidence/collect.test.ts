import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readCollectorKeys } from "../../infra/evidence/record/collectorKeys";
import { readCopy } from "../../infra/evidence/record/readCopy";
import type { EvidenceFile } from "../../infra/evidence/record/verify";
import { good, HOUR_MS, NOW_MS, SOURCE, testKey, verifyOf } from "../../infra/evidence/record/testSupport";
import type { Bucket } from "./bucket";
import { collectClause, type CollectPorts } from "./collect";
import type { Collected, CollectorContext } from "./collector";
import { evidenceCommand, explained } from "./command";
import { writeOnce } from "./copy";
import { makeKey, readSigningKey } from "./keys";
import { run } from "./run";
import { testContext } from "./testSupport";

const key = testKey();
let folder: string;
let there: Map<string, Uint8Array>;
const bucket: Bucket = {
  list: (clause) => Promise.resolve([...there.keys()].filter((path) => path.startsWith(`${clause}/`))),
  get: (path) => Promise.resolve(there.get(path) ?? new Uint8Array()),
  put: ({ path, bytes }) => {
    if (there.has(path)) throw new Error(`over ${path}`);
    there.set(path, bytes);
    return Promise.resolve();
  },
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "collect-"));
  there = new Map();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const context = (nowMs: number): CollectorContext =>
  testContext({ sourceDigest: SOURCE, nowMs: () => nowMs });
const ports = (changes: Partial<CollectPorts> = {}): CollectPorts => ({
  folder,
  bucket,
  key: key.privateKey,
  keys: [key.entry],
  collector: { name: "fase-b evidence", version: "0.1.0" },
  sourceDigest: () => SOURCE,
  ...changes,
});
const measured = (value: number): Collected => {
  const { verdict, because, sources } = good.common;
  const common = { verdict, because, sources };
  return {
    kind: "metrics",
    predicate: { ...common, clause: "B8.1", ...good.metrics, value },
  } as unknown as Collected;
};
const collect = (value: number, hoursAgo: number, changes: Partial<CollectPorts> = {}) =>
  collectClause(
    "B8.1",
    () => Promise.resolve([measured(value)]),
    context(NOW_MS - hoursAgo * HOUR_MS),
    ports(changes),
  );
const judged = (files: readonly EvidenceFile[]) => {
  const { clauses, refusals } = verifyOf(files, [key], { clauses: ["B8.1"] });
  return [clauses[0]?.verdict, refusals.map(({ why }) => why)];
};

describe("collecting", () => {
  it("keeps what verify believes, here and in the bucket, the same bytes", async () => {
    const [kept] = await collect(650, 1);
    const [file] = readCopy(folder);
    expect(file?.path).toBe(kept?.path);
    expect([...there]).toEqual(
      [[file?.path, new Uint8Array(file?.bytes ?? [])]].map(([path, bytes]) => [
        path,
        Buffer.from(bytes as Uint8Array),
      ]),
    );
    expect(judged(readCopy(folder))).toEqual(["met", []]);
  });

  it("follows what was kept before, also where it lies in the bucket only", async () => {
    await collect(650, 3);
    await collect(660, 2);
    rmSync(folder, { recursive: true });
    const [third] = await collect(670, 1);
    expect(third?.statement.predicate.previous).toBeDefined();
    expect(readCopy(folder)).toHaveLength(3);
    expect(judged(readCopy(folder))).toEqual(["met", []]);
    const [first, ...others] = readCopy(folder);
    expect(first).toBeDefined();
    expect(judged(others)).toEqual(["unknown", [expect.stringMatching(/what it follows is missing/)]]);
  });

  it("puts later what was kept here only", async () => {
    const [{ path } = { path: "" }] = await collectClause(
      "B8.1",
      () => Promise.resolve([measured(650)]),
      context(NOW_MS - 2 * HOUR_MS),
      (({ bucket: _, ...local }) => local)(ports()),
    );
    expect(there.size).toBe(0);
    await collect(660, 1);
    expect([...there.keys()]).toContain(path);
    expect(there.size).toBe(2);
  });

  it("keeps nothing where the collector fails, gives another kind, or the copy is not believed", async () => {
    const failing = collectClause("B8.1", () => Promise.reject(new Error("down")), context(NOW_MS), ports());
    await expect(failing).rejects.toThrow("down");
    const other = collectClause("B8.2", () => Promise.resolve([measured(1)]), context(NOW_MS), ports());
    await expect(other).rejects.toThrow(/B8\.2: got metrics; allowed: metrics/);
    expect(readCopy(folder)).toEqual([]);
    await collect(650, 1);
    const [file] = readCopy(folder);
    writeFileSync(join(folder, file?.path ?? ""), "changed");
    await expect(collect(650, 0.5)).rejects.toThrow(/a file that is not believed: its bytes have the digest/);
    expect(there.size).toBe(1);
  });

  it("leaves in the bucket what is no evidence by its name, and says so", async () => {
    for (const path of ["B8.1/../../x", "B8.1/metrics/.x.part", "B8.1/metrics/\u202e.json"])
      there.set(path, Buffer.from("x"));
    const now = testContext({ sourceDigest: SOURCE, nowMs: () => NOW_MS });
    await collectClause("B8.1", () => Promise.resolve([measured(650)]), now, ports());
    expect(readCopy(folder)).toHaveLength(1);
    expect(now.told).toHaveLength(3);
    expect(now.told.join()).not.toMatch(/\u202e/);
    expect(now.told[0]).toMatch(/its name is none of evidence/);
  });

  it("takes nothing from the bucket that came in part", async () => {
    await collect(650, 2);
    const [[path, bytes] = ["", new Uint8Array()]] = there;
    there.set(path, bytes.slice(0, 100));
    rmSync(folder, { recursive: true });
    await expect(collect(660, 1)).rejects.toThrow(/of the bucket: got bytes of the digest/);
    expect(readCopy(folder)).toEqual([]);
  });

  it("keeps nothing of a source that changed meanwhile", async () => {
    await expect(collect(650, 1, { sourceDigest: () => "0".repeat(64) })).rejects.toThrow(
      /the source while B8\.1 was collected: got 0000/,
    );
    expect([readCopy(folder), there.size]).toEqual([[], 0]);
  });

  it("keeps the copy where the bucket refuses, and puts it with the next", async () => {
    const refusing: Bucket = {
      ...bucket,
      put: () => Promise.reject(new Error("AccessDenied")),
    };
    await expect(collect(650, 2, { bucket: refusing })).rejects.toThrow("AccessDenied");
    expect([readCopy(folder).length, there.size]).toEqual([1, 0]);
    await collect(660, 1);
    expect([readCopy(folder).length, there.size]).toEqual([2, 2]);
    expect(judged(readCopy(folder))).toEqual(["met", []]);
  });

  it("hands the figure of before on, which is kept once and of enough samples", async () => {
    const few = {
      ...measured(801.5),
      predicate: { ...measured(801.5).predicate, samples: 999 },
    } as Collected;
    const kept = ports({ baseline: true });
    await expect(
      collectClause("B8.1", () => Promise.resolve([few]), context(NOW_MS - 3 * HOUR_MS), kept),
    ).rejects.toThrow(/--baseline of B8\.1: got 999 samples/);
    await collect(801.5, 3, { baseline: true });
    await expect(collect(900, 2, { baseline: true })).rejects.toThrow(/which B8\.1\/metrics\/.* hands on/);
    const [later] = await collect(650, 1);
    expect(later?.statement.predicate).toMatchObject({
      value: 650,
      baseline: { value: 801.5, samples: 5_000 },
    });
    expect(judged(readCopy(folder))).toEqual(["met", []]);
  });
});

describe("files", () => {
  it("appear whole, never over another, and leave no draft", () => {
    const path = join(folder, "a/b.json");
    writeOnce(path, Buffer.from("one"));
    expect(() => writeOnce(path, Buffer.from("two"))).toThrow(/got a file that is there/);
    expect(readFileSync(path, "utf8")).toBe("one");
    expect(readdirSync(join(folder, "a"))).toEqual(["b.json"]);
  });
});

describe("a collector's key", () => {
  it("is made for its owner alone, and its private half is in no output", () => {
    const path = join(folder, "key.pem");
    const entry = makeKey(path, "evidence-collector", NOW_MS);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(entry)).not.toMatch(/PRIVATE/);
    expect(() => makeKey(path, "evidence-collector", NOW_MS)).toThrow(/got a file that is there/);
    const known = [{ ...key.entry, keyId: entry.keyId }];
    expect(readSigningKey(path, known, NOW_MS).name).toBe("evidence-collector");
    for (const [change, says] of [
      [() => chmodSync(path, 0o640), /others may read/],
      [
        () => writeFileSync(path, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        /got no private key/,
      ],
      [() => writeFileSync(path, "A".repeat(5_000)), /got a file too large to be a key/],
      [() => rmSync(path), /got ENOENT/],
      [() => mkdirSync(path), /got a folder or a device/],
    ] as const) {
      change();
      let text = "";
      try {
        readSigningKey(path, known, NOW_MS);
      } catch (error) {
        const { status, text: why } = explained(error);
        text = `${status} ${why}`;
      }
      expect(text).toMatch(/^2 --key /);
      expect(text).toMatch(says);
      expect(text).not.toMatch(/BEGIN|AAAA/);
    }
  });

  it("counts only where collectors.json knows it and it is in force", () => {
    const path = join(folder, "key.pem");
    const { keyId } = makeKey(path, "evidence-collector", NOW_MS);
    expect(() => readSigningKey(path, [], NOW_MS)).toThrow(/collectors\.json does not know/);
    const ended = [{ ...key.entry, keyId, validUntilMs: NOW_MS }];
    expect(() => readSigningKey(path, ended, NOW_MS)).toThrow(/was in force until/);
  });
});

describe("what is named and cannot be read ends with 2, and with a fix that fits", () => {
  const told = async (...argv: string[]): Promise<string> => {
    try {
      await evidenceCommand(argv, {
        cwd: process.cwd(),
        env: {},
        stdout: { write: () => undefined },
        stderr: { write: () => undefined },
        nowMs: () => NOW_MS,
        signal: new AbortController().signal,
        loadRun: () => ({ run }),
      });
      return "";
    } catch (error) {
      const { text, status } = explained(error);
      return `${status} ${text}`;
    }
  };

  it("a copy that is not there, or is a file", async () => {
    const file = join(folder, "binary");
    writeFileSync(file, Buffer.of(0, 255, 7));
    for (const command of ["verify", "list"]) {
      expect(await told(command, "--from", join(folder, "missing"))).toMatch(
        /^2 --from: got .+missing, which is not there; .+ fix: name one/,
      );
      expect(await told(command, "--from", file)).toMatch(/^2 .+binary: got a file; .+ fix: name the folder/);
    }
    expect(await told("collect", "B8.6", "--local", "--key", join(folder, "missing.pem"))).toMatch(
      /^2 --key .+missing\.pem: got ENOENT; .+ fix: name the file that npm run evidence -- keygen has made/,
    );
  });

  it("a link among the copy's files, which somebody has to take out", () => {
    symlinkSync("/etc/hosts", join(folder, "link"));
    expect(() => readCopy(folder)).toThrow(/got no plain file; .+ fix: put the file itself there/);
  });

  it.each(["{[", "{}", "\0\u00ff", '[{"keyId":1}]'])("collectors.json that is %j", (content) => {
    writeFileSync(join(folder, "collectors.json"), content);
    let said = "";
    try {
      readCollectorKeys(folder);
    } catch (error) {
      const { status, text } = explained(error);
      said = `${status} ${text}`;
    }
    expect(said).toMatch(/^2 .+collectors\.json: got .+ fix: git checkout .+collectors\.json, or mend it/);
  });
});

describe("the command line", () => {
  const told = async (...argv: string[]): Promise<string> => {
    try {
      await evidenceCommand(argv, {
        cwd: folder,
        env: {},
        stdout: { write: () => undefined },
        stderr: { write: () => undefined },
        nowMs: () => NOW_MS,
        signal: new AbortController().signal,
        loadRun: () => {
          throw new Error("loaded");
        },
      });
      return "";
    } catch (error) {
      const { text, status } = explained(error);
      return `${status} ${text.split("\n")[0]}`;
    }
  };

  it.each([
    [[], /^2 command: got none/],
    [["collect"], /^2 collect: got no clause/],
    [["collect", "B1.1", "--key", "k"], /^2 collect: got "B1\.1"/],
    [["collect", "B8.1"], /^2 collect: got no --key; allowed: --key/],
    [["verify", "--key", "k"], /^2 --key: got an option that verify has not/],
    [["verify", "--at", "tomorrow"], /^2 --at: got "tomorrow"/],
    [["verify", "--expect", "abc"], /^2 --expect: got "abc"/],
    [["verify", "B8.1"], /^2 verify: got "B8\.1"/],
    [["keygen"], /^2 keygen: got no --out; allowed: --out/],
    [["verify", "--nope"], /^2 got the option --nope; allowed: --key/],
  ])("is told what is wrong with %j before anything is loaded", async (argv, says) => {
    expect(await told(...argv)).toMatch(says);
    expect(existsSync(join(folder, "stacks"))).toBe(false);
  });
});
