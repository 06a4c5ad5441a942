import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { readContract } from "../infra/contract/contract";
import { EVIDENCE_CLAUSES } from "../infra/evidence/record/requirements";
import type { Letter } from "../infra/release/letter.schema";
import * as program from "../infra/release/release";
import { STAGING } from "../infra/release/stackFacts";
import { readStackFile, type StackValues } from "../infra/release/stackFile";
import { loadSettings } from "../infra/settings/loadSettings";
import type { Settings } from "../infra/settings/settings.schema";
import { PRODUCTION_ACCOUNT, ProgramCopy } from "../test/support/programCopy";
import { release, trustedIn, type Otherwise } from "../test/support/released";
import { stagingSettings, stagingValues } from "../test/support/staging";
import { guard, GuardError, type Guarded } from "./guard";

const NOW_MS = Date.UTC(2026, 10, 26, 12);
const HOUR_MS = 3_600_000;
const TABLE = "aws:dynamodb/table:Table::data-requests";

let copy: ProgramCopy;
beforeAll(() => {
  copy = new ProgramCopy().addProduction();
});
afterAll(() => copy.remove());

const production = (): Settings =>
  loadSettings(
    { project: "fase-b", stack: "production", values: written(), secretKeys: [] },
    readContract(),
    { nowMs: NOW_MS },
  );
const written = (): StackValues => readStackFile(copy.folder, "production");
const releaseIt = (otherwise: Otherwise = {}): ReturnType<typeof release> =>
  release(copy.folder, "production", { nowMs: NOW_MS, ...otherwise });

interface Asked {
  readonly stack?: string;
  readonly settings?: Settings;
  readonly handed?: StackValues;
  readonly nowMs?: number;
  readonly environment?: NodeJS.ProcessEnv;
}

const ask = ({
  stack = "production",
  settings,
  handed,
  nowMs = NOW_MS,
  environment = {},
}: Asked = {}): Guarded<{
  readonly settings: Settings;
}> =>
  guard({
    stack,
    projectDir: copy.folder,
    nowMs,
    environment,
    handed: handed ?? (stack === "production" ? written() : {}),
    readSources: () => ({ settings: settings ?? production() }),
    loadRelease: () => judge,
  });

/** This program, by the keys that are entered in the copy. */
const judge: typeof program = {
  ...program,
  releaseOf: (where) => program.releaseOf({ ...where, trustedRoles: trustedIn(copy.folder) }),
  unprotectedInStaging: (where) =>
    program.unprotectedInStaging({ ...where, trustedRoles: trustedIn(copy.folder) }),
};

/** What the guard says, one problem a line. */
function told(asked: Asked = {}): readonly string[] {
  try {
    ask(asked);
  } catch (error) {
    if (error instanceof GuardError) return error.problems;
    throw error;
  }
  throw new Error("the guard let it through");
}

const NAMED = /^stack: got "production"; allowed: "staging" without a letter/;

/** What it says beside that the stack is production. */
const refusal = (asked: Asked = {}): readonly string[] => told(asked).filter((line) => !NAMED.test(line));

describe("the guard of staging", () => {
  it("lets it through by name, account and zone, without a letter, and lifts no protection", () => {
    const { staging, unprotect } = ask({ stack: "staging", settings: stagingSettings() });
    expect({ staging, unprotect }).toEqual({ staging: true, unprotect: [] });
  });

  const settings = stagingSettings();
  const { account, agents, cluster, observability } = settings;
  const { grafana } = observability;
  const inCluster = (context: string): Settings => ({ ...settings, cluster: { ...cluster, context } });

  it("lets it through with its own cluster", () => {
    const applied = inCluster(STAGING.clusterContext);
    expect(ask({ stack: "staging", settings: applied }).unprotect).toEqual([]);
  });

  it.each<[string, Settings, string]>([
    [
      "the account is another",
      { ...settings, account: { ...account, id: PRODUCTION_ACCOUNT } },
      "account.id",
    ],
    [
      "the zone is another",
      { ...settings, account: { ...account, zoneName: "example.com" } },
      "account.zoneName",
    ],
    [
      "the zone only ends alike",
      { ...settings, account: { ...account, zoneName: "notstaging.example.com" } },
      "account.zoneName",
    ],
    [
      "one agent's domain is elsewhere",
      {
        ...settings,
        agents: agents.map((agent, at) => (at === 4 ? { ...agent, domain: "a.example.com" } : agent)),
      },
      "account.zoneName",
    ],
    ["it is applied to another cluster", inCluster("production"), "cluster.context"],
    [
      "Grafana is another",
      {
        ...settings,
        observability: { ...observability, grafana: { ...grafana, url: "https://grafana.example.com" } },
      },
      "observability.grafana",
    ],
    [
      "Prometheus is another",
      {
        ...settings,
        observability: {
          ...observability,
          grafana: { ...grafana, prometheusUrl: "https://prometheus.example.com:9090" },
        },
      },
      "observability.grafana",
    ],
  ])("refuses it as production where %s", (_what, changed, fact) => {
    const problems = refusal({ stack: "staging", settings: changed });
    expect(problems[0]).toMatch(new RegExp(`^${fact}: got .*; allowed: .* without a letter`));
    expect(problems.join("\n")).toContain("letters of fase-b: got none");
  });

  it("refuses another name before any settings are read", () => {
    const readSources = (): never => {
      throw new Error("settings were read");
    };
    const input = {
      stack: "staging2",
      projectDir: copy.folder,
      nowMs: NOW_MS,
      environment: {},
      handed: {},
      readSources,
      loadRelease: () => judge,
    };
    expect(() => guard(input)).toThrow(GuardError);
    expect(() => guard(input)).toThrow(/stack: got "staging2"; allowed: "staging" without a letter/);
  });

  describe("with a letter of Fase A", () => {
    const start = (letter: Partial<Letter>): void => {
      release(copy.folder, "staging", {
        nowMs: NOW_MS,
        letter: { phase: "fase-a", unprotect: [TABLE], ...letter },
      });
    };
    const unprotect = (nowMs = NOW_MS): readonly string[] =>
      ask({ stack: "staging", settings: stagingSettings(), nowMs }).unprotect;

    it("lifts what it names, for as long as it is valid", () => {
      start({ informe: { name: "Informe A", sha256: "f".repeat(64) } });
      expect(unprotect()).toEqual([TABLE]);
      expect(unprotect(NOW_MS + 24 * HOUR_MS - 1)).toEqual([TABLE]);
      expect(unprotect(NOW_MS + 24 * HOUR_MS)).toEqual([]);
    });

    it("lifts nothing by one that says NO-GO, and nothing where the keys can't be read", () => {
      start({ decision: "NO-GO", unprotect: [] });
      expect(unprotect()).toEqual([]);
      start({});
      writeFileSync(path.join(copy.folder, "stacks/staging/roles.json"), "no list");
      expect(unprotect()).toEqual([]);
    });
  });
});

describe("the guard of production", () => {
  beforeEach(() => void releaseIt());

  it("lets it through by a letter and all evidence, and lifts what the letter names", () => {
    expect(ask()).toMatchObject({ staging: false, unprotect: [] });
    releaseIt({ letter: { unprotect: [TABLE] } });
    expect(ask().unprotect).toEqual([TABLE]);
  });

  it.each(EVIDENCE_CLAUSES)("refuses it without evidence for %s, by that clause alone", (clause) => {
    releaseIt({ evidence: (said) => (said.clause === clause ? undefined : said) });
    const problems = refusal();
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(
      new RegExp(
        `^${clause}: got unknown: no \\w+ evidence was collected.*; allowed: met, .*; fix: npm run evidence`,
      ),
    );
  });

  it("refuses it where a clause is not met: p95 over what was ordered", () => {
    const slow = { value: 700.1 };
    releaseIt({ evidence: (said) => (said.clause === "B8.1" ? { ...said, predicate: slow } : said) });
    expect(refusal()).toEqual([expect.stringMatching(/^B8.1: got not-met: /)]);
  });

  it("refuses it where the evidence is of yesterday, though the letter is not", () => {
    releaseIt({ letter: { expiresAt: new Date(NOW_MS + 5 * 24 * HOUR_MS).toISOString() } });
    const problems = refusal({ nowMs: NOW_MS + 40 * HOUR_MS });
    expect(problems.map((line) => line.split(":")[0])).toEqual([...EVIDENCE_CLAUSES]);
  });

  it.each<[string, Otherwise, RegExp]>([
    ["says NO-GO", { letter: { decision: "NO-GO" } }, /NO-GO/],
    ["is about another source", { letter: { sourceDigest: "1".repeat(64) } }, /source/],
    ["has two signatures", { signers: (keys) => keys.slice(1) }, /signatures/],
    [
      "has one person's signature twice",
      { signers: ([a, b]) => (a && b ? [a, b, b] : []) },
      /signatures that are not one a key/,
    ],
    ["is over", { letter: { expiresAt: new Date(NOW_MS).toISOString() } }, /expiresAt/],
    ["has not begun", { letter: { startsAt: new Date(NOW_MS + 1).toISOString() } }, /startsAt/],
  ])("refuses it by a letter that %s", (_what, otherwise, why) => {
    releaseIt(otherwise);
    expect(refusal()).toEqual([expect.stringMatching(why)]);
  });

  const conditional = (evidence: string | undefined): Partial<Letter> => ({
    decision: "GO condicional",
    conditions: [
      { id: "C1", text: "Los límites de tasa se prueban.", clause: "B8.8", evidence: evidence ?? "" },
    ],
  });

  it("lets it through by a GO condicional whose condition has its piece of evidence", () => {
    releaseIt({ letter: (digests) => conditional(digests.get("B8.8")) });
    expect(ask().unprotect).toEqual([]);
  });

  it.each(["B8.7", "B8.1"])("refuses it by one whose condition names evidence of %s instead", (clause) => {
    releaseIt({ letter: (digests) => conditional(digests.get(clause)) });
    expect(refusal()).toEqual([expect.stringMatching(/condition C1: got no evidence .* of B8\.8/)]);
  });

  it("refuses it by a letter of another stack that is laid into its folder", () => {
    releaseIt({ letter: { stack: "production2" } });
    expect(refusal()).toEqual([expect.stringMatching(/production2/)]);
  });

  it.each<[string, () => void, RegExp]>([
    [
      "the letter",
      () => rmSync(path.join(copy.folder, "stacks/production/letters"), { recursive: true }),
      /got none/,
    ],
    [
      "who may sign",
      () => rmSync(path.join(copy.folder, "stacks/production/roles.json")),
      /roles\.json: got no file/,
    ],
    [
      "whose evidence counts",
      () => rmSync(path.join(copy.folder, "stacks/staging/collectors.json")),
      /collectors\.json: got no file/,
    ],
  ])("refuses it where %s is taken away", (_what, takeAway, why) => {
    takeAway();
    try {
      expect(refusal().join("\n")).toMatch(why);
    } finally {
      copy.write("stacks/staging/collectors.json", "[]");
    }
  });

  it("refuses it by a list of keys that the code has not entered, whoever's signatures the letter has", () => {
    const entered = path.join(copy.folder, "infra/release/trustedRoles.ts");
    const before = readFileSync(entered, "utf8");
    for (const [change, got] of [
      [/^ {2}"production".*\n/m, /whose keys count here nobody has entered/],
      [/(?<="production": ")[0-9a-f]{8}/, /whose keys count: got a list of the digest/],
    ] as const) {
      writeFileSync(
        entered,
        before.replace(change, (text) => (text.length > 8 ? "" : "00000000")),
      );
      // The source is another one as well, and so is that of the evidence: the letter is refused for the list before.
      expect(refusal()[0]).toMatch(got);
    }
    writeFileSync(entered, before);
    expect(ask().unprotect).toEqual([]);
  });

  it("refuses it where the list of whose evidence counts is another than when the letter was signed", () => {
    appendFileSync(path.join(copy.folder, "stacks/staging/collectors.json"), "\n");
    expect(refusal()).toEqual([expect.stringMatching(/whose evidence counts: got a collectors\.json of/)]);
  });

  it("refuses it where the text that people read was changed", () => {
    const folder = path.join(copy.folder, "stacks/production/letters");
    const [text = ""] = readdirSync(folder).filter((name) => name.endsWith(".md"));
    appendFileSync(path.join(folder, text), "\n");
    expect(refusal()).toEqual([expect.stringMatching(/as people read it/)]);
  });

  it("refuses it where a file of evidence was changed, or laid beside", () => {
    copy.write("stacks/staging/evidence/B8.1/metrics/more.json", "{}");
    expect(refusal()).toEqual([
      expect.stringMatching(/^B8.1: got unknown/),
      expect.stringMatching(
        /^stacks\/staging\/evidence\/B8.1\/metrics\/more.json: got a file that is not believed/,
      ),
    ]);
  });

  it("refuses it where the source was changed since: letter and evidence are of another one", () => {
    const lines = path.join(copy.folder, "infra/later.ts");
    writeFileSync(lines, "export {};\n");
    try {
      const problems = refusal().map((line) => line.split(": ")[0]);
      expect(problems).toContain("stacks/production/letters/fase-b-001.dsse.json");
      for (const clause of EVIDENCE_CLAUSES) expect(problems).toContain(clause);
    } finally {
      rmSync(lines);
    }
  });

  it("refuses it where staging's own settings can't be read, by which evidence is judged", () => {
    const file = "Pulumi.staging.yaml";
    const values = Object.entries(stagingValues()).map(([key, value]) => [`fase-b:${key}`, value]);
    copy.write(
      file,
      stringify({ config: { ...Object.fromEntries(values), "fase-b:ordered": { agents: 1 } } }),
    );
    try {
      expect(refusal().join("\n")).toMatch(/Pulumi\.staging\.yaml: \d+ problem/);
    } finally {
      const project = path.join(__dirname, "..");
      copy.write(file, stringify({ config: Object.fromEntries(values) }));
      expect(readStackFile(copy.folder, "staging")).toEqual(readStackFile(project, "staging"));
    }
  });

  it.each<[string, (values: StackValues) => StackValues, string]>([
    ["another value", (all) => ({ ...all, "fase-b:ordered": "{}" }), "fase-b:ordered"],
    ["one more", (all) => ({ ...all, "fase-b:more": "1" }), "fase-b:more"],
    [
      "one less",
      (all) => Object.fromEntries(Object.entries(all).filter(([key]) => key !== "fase-b:voice")),
      "fase-b:voice",
    ],
  ])("refuses it where the engine hands over %s than is written and released", (_what, change, key) => {
    expect(refusal({ handed: change(written()) })).toEqual([
      expect.stringMatching(new RegExp(`^${key}: got .*; allowed: what Pulumi.production.yaml says`)),
    ]);
  });

  it.each(["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "TF_AWS_STS_ENDPOINT"])(
    "refuses it where %s leads the provider to a host that could be any account",
    (name) => {
      const environment = { [name]: "https://sts.example.net", AWS_REGION: "eu-west-1" };
      expect(refusal({ environment })).toEqual([
        `${name}: got another endpoint than AWS' own; allowed: none, since whoever answers there says which account it is; fix: unset ${name}`,
      ]);
      expect(ask({ environment: { [name]: "" } }).unprotect).toEqual([]);
      // What is tried on a machine is tried on staging.
      expect(ask({ stack: "staging", settings: stagingSettings(), environment }).unprotect).toEqual([]);
    },
  );

  it("refuses it, released or not, as long as one of the facts is staging's", () => {
    const settings = production();
    const { account } = stagingSettings();
    const inStagings = { ...settings, account: { ...settings.account, id: account.id } };
    expect(refusal({ settings: inStagings })).toEqual([
      expect.stringMatching(/^account\.id: got "123456789012"; allowed: nothing of staging's/),
    ]);
    const [first, ...others] = settings.agents;
    if (first === undefined) throw new Error("no agent");
    const agents = [{ ...first, domain: `a.${account.zoneName}` }, ...others];
    expect(refusal({ settings: { ...settings, agents } })).toEqual([
      expect.stringMatching(
        /^account\.zoneName: got "a\.staging\.example\.com"; allowed: nothing of staging's/,
      ),
    ]);
    const cluster = { ...settings.cluster, context: STAGING.clusterContext };
    expect(refusal({ settings: { ...settings, cluster } })).toEqual([
      expect.stringMatching(/^cluster\.context: got "fase-b-staging"; allowed: nothing of staging's/),
    ]);
    const { observability } = stagingSettings();
    expect(refusal({ settings: { ...settings, observability } })).toEqual([
      expect.stringMatching(/^observability\.grafana: got "grafana\.staging\.example\.com", "prometheus/),
    ]);
  });

  it("says every problem in a line of the same form", () => {
    releaseIt({ evidence: () => undefined, letter: { decision: "NO-GO" } });
    const problems = told();
    expect(problems[0]).toMatch(NAMED);
    expect(problems).toHaveLength(1 + 1 + EVIDENCE_CLAUSES.length);
    for (const line of problems) expect(line).toMatch(/^[^\n]+: got [^\n]+; allowed: [^\n]+; fix: [^\n]+$/);
  });
});
