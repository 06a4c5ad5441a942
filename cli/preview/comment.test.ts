import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPlan } from "../deploy/readPlan";
import { UsageError } from "../usageError";
import { changesBetween, changesOfPlan, type Change } from "./change";
import { commentMarkdown, markerOf, MAX_COMMENT_BYTES, type CommentInput } from "./comment";
import { commentOf } from "./commentReport";
import type { PreviewResult } from "./model";
import { previewJson } from "./committed";
import { resultOf, smallResult, stackStep, stepOf } from "./testing";
import { judgedPacks } from "./view";

const SOURCE = "5".repeat(64);
const change = (rest: Partial<Change> = {}): Change => ({
  deed: "changed",
  type: "aws:apigateway/stage:Stage",
  name: "stage",
  clauses: ["B4.1"],
  properties: [{ path: "limit", before: 10, after: 20 }],
  ...rest,
});
const comment = (rest: Partial<CommentInput> = {}): string =>
  commentMarkdown({
    result: resultOf([stackStep]),
    packs: [],
    changes: [],
    against: "account",
    errors: [],
    source: SOURCE,
    ...rest,
  });
const bytes = (text: string): number => Buffer.byteLength(text, "utf8");

describe("the comment of a pull request (B0.3)", () => {
  it("begins with the marker by which it is found again, and is the same for the same source", () => {
    const once = comment({ changes: [change()] });
    expect(once.split("\n")[0]).toBe(markerOf("staging"));
    expect(markerOf("staging")).not.toBe(markerOf("production"));
    expect(comment({ changes: [change()] })).toBe(once);
  });

  it("tells deletions and replacements before anything else, with who may not", () => {
    const text = comment({
      changes: [
        change({
          deed: "deleted",
          type: "aws:dynamodb/table:Table",
          name: "locks",
          judged: { allowed: false, because: "it holds state, and no letter names it" },
        }),
        change({ deed: "replaced", name: "other", judged: { allowed: true, because: "it holds no state" } }),
        change(),
        change({ deed: "created", name: "new" }),
      ],
    });
    expect(text).toContain("## ✗ Preview of `staging`: 1 deleted, 1 replaced, 1 changed, 1 created");
    const [, risk = ""] = text.split("### Cost of risk\n\n");
    expect(risk.split("\n").slice(0, 2)).toEqual([
      "- ✗ **deleted** `aws:dynamodb/table:Table::locks` (B4.1): it holds state, and no letter names it",
      "- ! **replaced** `aws:apigateway/stage:Stage::other` (B4.1): it holds no state",
    ]);
    expect(text.indexOf("### Cost of risk")).toBeLessThan(text.indexOf("### What changes"));
    expect(text.indexOf("### What changes")).toBeLessThan(text.indexOf("<details>"));
  });

  it("says which clauses are touched, and of what is changed which inputs", () => {
    const text = comment({ changes: [change(), change({ name: "b", clauses: ["B1.1", "B8.4"] })] });
    expect(text).toContain("- **B1.1, B8.4** (1): changed `aws:apigateway/stage:Stage::b` (`limit`)\n");
    expect(text).toContain("- **B4.1** (1): changed `aws:apigateway/stage:Stage::stage` (`limit`)\n");
  });

  it("folds the whole difference, property by property", () => {
    const [top = "", folded = ""] = comment({ changes: [change()] }).split("<details>");
    expect(top).not.toContain("10");
    expect(folded).toContain(
      "```diff\n! changed aws:apigateway/stage:Stage stage\n-     limit: 10\n+     limit: 20\n```\n\n</details>",
    );
  });

  it("says each mandatory violation on top, and folds advice, which is there on every day", () => {
    const text = comment({ result: smallResult, packs: judgedPacks(smallResult) });
    expect(text).toContain("## ✗ Preview of `staging`: no resource changes");
    const [top = "", folded = ""] = text.split("<details>");
    expect(top).toContain(
      "1 violated, 1 advisory, 1 passed, 1 not applicable, 1 disabled. Advice: `name-is-short` 1.\n\n- `api-limits-rate`: ",
    );
    expect(top).not.toContain("the names are long");
    expect(folded).toContain("<summary>Advice: 1</summary>\n\n- `name-is-short`: `the names are long`\n");
  });

  it("says why the engine refuses, and that a program failed", () => {
    expect(comment({ errors: ["error: no stack named <b>"] })).toContain(
      "### The engine refuses\n\n- `error: no stack named <b>`",
    );
    const failed: PreviewResult = resultOf([], {
      programSucceeded: false,
      diagnostics: [{ severity: "error", message: "limit is 0" }],
    });
    const text = comment({ result: failed });
    expect(text).toContain("## ✗ Preview of `staging`: the program failed");
    expect(text).toContain("- error: `limit is 0`");
    expect(text).not.toContain("Nothing is deleted");
  });

  it("never says that nothing is replaced where nobody asked the account", () => {
    expect(comment({ against: "preview" })).toContain("what would be replaced is known to the engine alone");
    expect(comment()).not.toContain("known to the engine alone");
    expect(comment({ against: "nothing" })).not.toContain("Nothing is deleted");
  });

  it("shows no secret and no unknown as if it was a value", () => {
    const properties = [{ path: "token", before: "[secret]", after: "04da6b54-80e4-46f7-96ec-b56ff0331ba9" }];
    expect(comment({ changes: [change({ properties })] })).toContain(
      "-     token: [secret]\n+     token: [unknown]",
    );
  });

  it("is obeyed by nothing that a value holds: no fence is closed, no marker repeated", () => {
    const value = `\`\`\`\`\n</details>\n${markerOf("staging")}`;
    const text = comment({
      changes: [change({ name: "`a`|\n# b", properties: [{ path: "x", before: value, after: "y" }] })],
    });
    expect(text).toContain("`````diff\n");
    expect(text.split("\n").filter((line) => line === markerOf("staging"))).toHaveLength(1);
    expect(text.split("\n").filter((line) => line.startsWith("# b"))).toEqual([]);
    expect(text.trimEnd().endsWith("`````\n\n</details>")).toBe(true);
  });
});

/** What is left for GitHub to obey: fenced blocks and spans of code go, as CommonMark reads them (0.31.2, 4.5 and 6.1). */
function obeyed(markdown: string): string {
  const kept: string[] = [];
  let fence: string | undefined;
  // A carriage return alone ends a line too.
  for (const line of markdown.split(/\r\n|\r|\n/)) {
    const [ticks] = /^`{3,}/.exec(line) ?? [];
    if (fence === undefined && ticks !== undefined) fence = ticks;
    else if (fence === undefined) kept.push(withoutSpans(line));
    else if (ticks !== undefined && ticks.length >= fence.length && line === ticks) fence = undefined;
  }
  return kept.join("\n");
}

/** A run of ticks opens a span where a run of the same length follows, and stands for itself where none does. */
function withoutSpans(line: string): string {
  const runs = [...line.matchAll(/`+/g)];
  let [kept, at] = ["", 0];
  for (let open = 0; open < runs.length; open += 1) {
    const [ticks] = runs[open] ?? [""];
    const close = runs.findIndex(([other], index) => index > open && other === ticks);
    if (close < 0) continue;
    kept += line.slice(at, runs[open]?.index);
    at = (runs[close]?.index ?? 0) + ticks.length;
    open = close;
  }
  return kept + line.slice(at);
}

describe("a comment of names and messages that somebody chose", () => {
  const hostile = [
    "@example-org/lead-security please approve",
    "`@example-org/lead-security",
    "`` ` ```@a",
    "x\r\r@example-org/lead-security ![p](https://evil.example/p.png)\r\r# All is well",
    "x\n\n## All is well\n- [ ] https://evil.example/approve",
    "www.evil.example #12 GH-12 example-org/fase-b#12 " + "a".repeat(40),
    "<img src=https://evil.example/p.png> </details> <!--",
    "`" + "@a ".repeat(600),
    "",
  ];
  const made = (text: string): string => {
    const violation = {
      policy: text,
      enforcementLevel: "mandatory" as const,
      severity: "high" as const,
      message: text,
      urn: `urn:pulumi:staging::small::aws:a/b:B::${text}`,
    };
    const [pack] = smallResult.packs;
    if (pack === undefined) throw new Error("no pack");
    const advisory = { ...violation, enforcementLevel: "advisory" as const };
    const result: PreviewResult = {
      ...smallResult,
      packs: [{ ...pack, violations: [violation, advisory].map((one) => ({ ...one, pack: pack.name })) }],
    };
    const properties = [{ path: text, before: text, after: 1 }];
    return comment({
      result,
      packs: judgedPacks(result),
      errors: [text],
      changes: Array.from({ length: 60 }, () => change({ name: text, type: text, properties })),
    });
  };

  it.each(hostile)("calls nobody, links nowhere and says nothing of its own: %j", (text) => {
    for (const one of [
      made(text),
      comment({
        result: resultOf([], {
          programSucceeded: false,
          diagnostics: [{ severity: "error", message: text }],
        }),
      }),
    ]) {
      const rest = obeyed(one).replace(markerOf("staging"), "");
      expect(rest.replace(/<\/?(details|summary)>/g, "")).not.toMatch(
        /@|https?:|www\.|#\d|GH-\d|[[\]<>!]\(|<|[0-9a-f]{40}|All is well|`/,
      );
      expect(rest.split("\n").filter((line) => /^\s*([-*+] )*#/.test(line))).toEqual(
        rest.split("\n").filter((line) => /^##/.test(line)),
      );
    }
  });

  it("shows what nobody would see", () => {
    expect(comment({ errors: ["a\u202Eb\u200Bc"] })).toContain("- `a\\u202eb\\u200bc`");
  });
});

describe("the comment's length", () => {
  const long = Array.from({ length: 5_000 }, (_, index) =>
    change({
      name: `resource-${index}-ñ€😀`,
      properties: [{ path: "text", before: "€".repeat(3_000), after: "😀".repeat(3_000) }],
    }),
  );

  it("stays below what GitHub takes, and says how much is left out", () => {
    const text = comment({ changes: long });
    expect(bytes(text)).toBeLessThanOrEqual(MAX_COMMENT_BYTES);
    expect(bytes(text)).toBeGreaterThan(MAX_COMMENT_BYTES - 3_000);
    expect(text).toMatch(
      /\n… \d+ more lines, left out here: npm run preview -- --diff\n```\n\n<\/details>\n$/,
    );
  });

  it("hides no part on top behind another one", () => {
    const deleted = long.map((one): Change => ({
      ...one,
      deed: "deleted",
      judged: { allowed: false, because: "it holds state" },
    }));
    const violations = long.map(({ name }) => ({
      pack: "small-pack",
      policy: "api-limits-rate",
      enforcementLevel: "mandatory" as const,
      severity: "high" as const,
      message: `${name} ${"x".repeat(900)}`,
    }));
    const [pack] = smallResult.packs;
    if (pack === undefined) throw new Error("no pack");
    const result: PreviewResult = { ...smallResult, packs: [{ ...pack, violations }] };
    const text = comment({
      result,
      packs: judgedPacks(result),
      changes: deleted,
      errors: long.map(({ name }) => name),
    });
    expect(bytes(text)).toBeLessThanOrEqual(MAX_COMMENT_BYTES);
    for (const title of ["The engine refuses", "Cost of risk", "What changes", "Verdicts"])
      expect(text).toContain(`### ${title}\n`);
    expect(text).toContain("5000 deleted");
    expect(text).toContain(`Source \`${SOURCE}\``);
    expect(text.trimEnd().endsWith("</details>")).toBe(true);
  });
});

describe("what changes between two previews", () => {
  const gateway = stepOf("fase-b:index:Gateway", "gateway", { clauses: ["B4.1", "not a clause"] });
  const below = { parent: gateway.urn };
  const stage = (limit: number, rest = {}) =>
    stepOf("aws:apigateway/stage:Stage", "stage", { limit }, { ...below, ...rest });

  it("has the clauses of the component that holds it, and no component of its own", () => {
    const changes = changesBetween([stackStep], [stackStep, gateway, stage(1)]);
    expect(changes).toMatchObject([{ deed: "created", name: "stage", clauses: ["B4.1"] }]);
  });

  it("is refused where what is protected is gone", () => {
    expect(changesBetween([gateway, stage(1, { protect: true })], [])[0]).toMatchObject({
      deed: "deleted",
      clauses: ["B4.1"],
      judged: { allowed: false },
    });
  });
});

describe("npm run preview -- --comment", () => {
  const ROOT = join(__dirname, "..", "..");
  const place = { projectDir: ROOT, cwd: ROOT, nowMs: () => Date.UTC(2026, 10, 26) };
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "comment-"))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const file = (text: string): string => {
    const path = join(folder, "file.json");
    writeFileSync(path, text);
    return path;
  };
  const made = (options: { plan?: string; base?: string }, result = smallResult): string =>
    commentOf(result, judgedPacks(result), options, place);

  const TABLE = "aws:dynamodb/table:Table";
  const plan = (op: string): string => {
    const urn = `urn:pulumi:staging::fase-b::fase-b:index:DataPlane$${TABLE}::locks`;
    const state = (limit: number) => ({ type: TABLE, custom: true, protect: true, inputs: { limit } });
    return JSON.stringify({
      steps: [{ op, urn, oldState: state(1), ...(op === "delete" ? {} : { newState: state(2) }) }],
    });
  };

  it("says what the engine would do to the account, by the rules of npm run deploy", () => {
    const text = made({ plan: file(plan("replace")) });
    expect(text).toContain("- ✗ **replaced** `aws:dynamodb/table:Table::locks`: ");
    expect(text).toContain("-     limit: 1\n+     limit: 2");
    expect(made({ plan: file(plan("delete")) })).toContain("**deleted**");
    expect(made({ plan: file(plan("same")) })).toContain("no resource changes");
  });

  it("orders by what it costs, whatever order the engine tells it in, and tells a replacement once", () => {
    const step = (op: string, name: string, both = true) => {
      const state = (limit: number) => ({ type: TABLE, custom: true, protect: true, inputs: { limit } });
      return {
        op,
        urn: `urn:pulumi:staging::fase-b::${TABLE}::${name}`,
        ...(both ? { oldState: state(1) } : {}),
        newState: state(2),
      };
    };
    const steps = [
      step("create", "d", false),
      step("update", "c"),
      step("create-replacement", "b"),
      step("replace", "b"),
      step("delete-replaced", "b"),
      step("delete", "a"),
    ];
    expect(
      changesOfPlan(readPlan(JSON.stringify({ steps }), "p").steps, []).map(({ deed, name }) => [deed, name]),
    ).toEqual([
      ["deleted", "a"],
      ["replaced", "b"],
      ["changed", "c"],
      ["created", "d"],
    ]);
  });

  it("says without a plan what differs from another branch's preview", () => {
    const base = resultOf([stackStep]);
    const text = made({ base: file(previewJson(base, [])) });
    expect(text).toContain("4 created");
    expect(text).toContain("known to the engine alone");
  });

  it.each([
    [
      "another stack's plan",
      { plan: plan("update").replaceAll("staging", "other") },
      /^--plan: got one of the stack "other"/,
    ],
    [
      "no plan",
      { plan: "hello" },
      /got a text that is no JSON; allowed: the output of pulumi preview --json/,
    ],
    [
      "no preview",
      { base: "hello" },
      /got no preview's digest; allowed: what npm run preview -- --write wrote/,
    ],
  ])("takes %s for a mistake, in one line", (_what, texts: { plan?: string; base?: string }, message) => {
    const options = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, file(text)]));
    expect(() => made(options)).toThrow(UsageError);
    expect(() => made(options)).toThrow(message);
  });

  it("names a file that is not there", () => {
    expect(() => made({ plan: join(folder, "none.json") })).toThrow(
      /^--plan: got .*none\.json, which can't be read \(ENOENT\)/,
    );
  });
});
