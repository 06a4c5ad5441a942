import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runPreview } from "../../cli/preview/engine";
import { readContract } from "../../infra/contract/contract";
import { BUILD_FOLDER, buildFunctions } from "../../infra/edge/bundle";
import { NO_GUARD, PRODUCTION_ACCOUNT, ProgramCopy } from "../support/programCopy";
import { release } from "../support/released";

/**
 * Every way to production, tried with the real program and the real pack: the program alone refuses it before anything is registered, and
 * the pack alone refuses it where the program's guard was taken out. With a letter and all evidence both let it through.
 */
let copy: ProgramCopy;
afterEach(() => copy.remove());

/** Whole previews, on a machine that may be busy. */
vi.setConfig({ testTimeout: 300_000 });

interface Way {
  readonly what: string;
  /** @default "staging" */
  readonly stack?: string;
  readonly configFile?: string;
  readonly change: (copy: ProgramCopy) => void;
  /** What the program says. */
  readonly program: RegExp;
  /** Types of which nothing may be registered before the program refuses. @default all */
  readonly never?: RegExp;
  /** A policy that must be among those that refuse; none where only an engine with a state shows it to the pack. */
  readonly policy?: string;
}

const settingsOf = (program: ProgramCopy): string =>
  readFileSync(path.join(program.folder, "Pulumi.staging.yaml"), "utf8");

const LETTER = "production-requires-letter";
const ways: readonly Way[] = [
  {
    what: "a renamed stack",
    stack: "staging-2",
    change: (program) => program.write("Pulumi.staging-2.yaml", settingsOf(program)),
    program: /stack: got "staging-2"; allowed: "staging" without a letter/,
    policy: LETTER,
  },
  {
    what: "another account in the settings",
    change: (program) =>
      program.write(
        "Pulumi.staging.yaml",
        settingsOf(program).replaceAll("123456789012", PRODUCTION_ACCOUNT),
      ),
    program: /account\.id: got "210987654321"/,
    policy: LETTER,
  },
  {
    what: "another zone in the settings",
    change: (program) =>
      program.write(
        "Pulumi.staging.yaml",
        settingsOf(program).replaceAll("staging.example.com", "production.example.com"),
      ),
    program: /account\.zoneName: got "production\.example\.com"/,
    policy: LETTER,
  },
  {
    what: "production's cluster in the settings",
    change: (program) =>
      program.edit("Pulumi.staging.yaml", "fase-b:cluster:\n", "fase-b:cluster:\n    context: production\n"),
    program: /cluster\.context: got "production"/,
    policy: LETTER,
  },
  {
    what: "production's Grafana in the settings",
    change: (program) =>
      program.edit(
        "Pulumi.staging.yaml",
        "url: https://grafana.staging.example.com",
        "url: https://grafana.example.com",
      ),
    program: /observability\.grafana: got "grafana\.example\.com"/,
    policy: LETTER,
  },
  {
    what: "a configuration file of elsewhere",
    configFile: "elsewhere.yaml",
    change: (program) =>
      program.write("elsewhere.yaml", settingsOf(program).replaceAll("123456789012", PRODUCTION_ACCOUNT)),
    program: /account\.id: got "210987654321"/,
    policy: LETTER,
  },
  {
    what: "a provider of another account beside the settings",
    change: (program) =>
      program.edit(
        "stacks/staging.ts",
        "allowedAccountIds: [account.id]",
        `allowedAccountIds: ["${PRODUCTION_ACCOUNT}"]`,
      ),
    // What waits for the provider is not registered; what is no resource of AWS is in nobody's account.
    never: /^(aws:|pulumi:providers:aws)/,
    program:
      /pulumi:providers:aws 'aws': got allowedAccountIds .*210987654321.*; allowed: \["123456789012"\]/,
    policy: LETTER,
  },
  {
    what: "production's cluster beside the settings",
    change: (program) =>
      program.edit(
        "infra/cluster/provider.ts",
        "...(context === undefined ? { renderYamlToDirectory: renderTo } : { context })",
        'context: "production"',
      ),
    never: /^(kubernetes:|pulumi:providers:kubernetes)/,
    program: /pulumi:providers:kubernetes 'kubernetes': got context "production"; allowed: nothing/,
    policy: LETTER,
  },
  {
    what: "a resource of production's state, by an alias",
    change: (program) =>
      program.edit(
        "infra/data/data.ts",
        "          { parent: this },\n        ),\n    );\n  }\n\n  /**\n   * Versioned",
        '          { parent: this, aliases: ["urn:pulumi:production::fase-b::aws:dynamodb/table:Table::locks"] },\n        ),\n    );\n  }\n\n  /**\n   * Versioned',
      ),
    never: /^aws:dynamodb/,
    program: /the alias "urn:pulumi:production::fase-b::/,
    // The engine tells a pack of an alias where it meets something in the state: `test/engine/deploy.test.ts`.
  },
];

interface Outcome {
  /** What the program says against it. */
  readonly program: string;
  /** Types of what was registered, beside the stack itself. */
  readonly registered: readonly string[];
  /** Mandatory policies that are violated. */
  readonly policies: readonly string[];
}

async function tryIt(pack: boolean, { stack = "staging", configFile }: Partial<Way> = {}): Promise<Outcome> {
  const { digest, diagnostics, packs } = await runPreview({
    projectDir: copy.folder,
    stack,
    ...(configFile === undefined ? {} : { configFile: path.join(copy.folder, configFile) }),
    policyPacks: pack ? [path.join(copy.folder, "policies")] : [],
  });
  const violations = packs.flatMap((one) => one.violations);
  const mandatory = violations.filter(({ enforcementLevel }) => enforcementLevel === "mandatory");
  return {
    program: diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message)
      .join("\n"),
    registered: digest.steps
      .map(({ newState }) => newState.type)
      .filter((type) => type !== "pulumi:pulumi:Stack"),
    policies: [...new Set(mandatory.map(({ policy }) => policy))].sort(),
  };
}

/** The program without what holds it back. */
const withoutGuard = (): void => {
  for (const [file, text] of Object.entries(NO_GUARD)) copy.write(file, text);
};

describe("B0.1: the program alone, the pack left out,", () => {
  it.each(ways)("refuses $what", async (way) => {
    copy = new ProgramCopy();
    way.change(copy);
    const { program, registered } = await tryIt(false, way);
    expect(program).toMatch(way.program);
    expect(registered.filter((type) => (way.never ?? /./).test(type))).toEqual([]);
  });
});

describe("B0.1: the pack alone, the program's guard taken out,", () => {
  it.each(ways.filter(({ policy }) => policy !== undefined))("refuses $what", async (way) => {
    copy = new ProgramCopy();
    way.change(copy);
    withoutGuard();
    const { program, registered, policies } = await tryIt(true, way);
    expect(program).toBe("");
    expect(registered.length).toBeGreaterThan(500);
    expect(policies).toContain(way.policy);
  });
});

describe("production with its letter and all evidence", () => {
  const released = (): ReadonlyMap<string, string> => {
    copy = new ProgramCopy().addProduction();
    return release(copy.folder, "production");
  };
  const production = { stack: "production" };

  it("is let through by both", async () => {
    released();
    const { program, registered, policies } = await tryIt(true, production);
    expect({ program, policies }).toEqual({ program: "", policies: [] });
    expect(registered.length).toBeGreaterThan(500);
  });

  it("runs what is built of its source, and not what lies in the build's folder with its hash beside it", async () => {
    released();
    await buildFunctions(copy.folder, readContract());
    const folder = path.join(copy.folder, BUILD_FOLDER, "bundles");
    const poison = "exports.handler = async () => 'of nobody';\n";
    const manifest = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8")) as {
      readonly files: Record<string, string>;
    };
    manifest.files["voice.js"] = createHash("sha256").update(poison).digest("hex");
    copy.write(`${BUILD_FOLDER}/bundles/voice.js`, poison);
    copy.write(`${BUILD_FOLDER}/bundles/manifest.json`, JSON.stringify(manifest));
    // The bills are of the source's own bundles: of others the pack would say that there is none.
    const { program, policies } = await tryIt(true, production);
    expect({ program, policies }).toEqual({ program: "", policies: [] });
  });

  it("is refused by either where the other's check of the letter was taken out", async () => {
    copy = new ProgramCopy().addProduction();
    withoutGuard();
    release(copy.folder, "production", { letter: { decision: "NO-GO" } });
    expect((await tryIt(true, production)).policies).toEqual([LETTER]);
  });

  it("is refused by either where the other's check of one clause was taken out", async () => {
    copy = new ProgramCopy().addProduction();
    withoutGuard();
    release(copy.folder, "production", {
      evidence: (said) => (said.clause === "B8.6" ? undefined : said),
    });
    expect((await tryIt(true, production)).policies).toEqual(["idempotency-requires-evidence"]);
  });
});
