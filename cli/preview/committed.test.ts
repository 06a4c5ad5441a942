import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compare, previewJson, readCommitted, writeCommitted } from "./committed";
import { previewMarkdown } from "./markdown";
import { resultOf, smallResult, stackStep, stepOf } from "./testing";
import { judgedPacks } from "./view";

const jsonOf = (result: typeof smallResult): string => previewJson(result, judgedPacks(result));

describe("the committed preview", () => {
  it("is the CLI's digest, with outputs and verdicts behind it", () => {
    const document = JSON.parse(jsonOf(smallResult)) as Record<string, unknown>;
    expect(Object.keys(document)).toEqual(["config", "steps", "changeSummary", "outputs", "policies"]);
    expect(document["policies"]).toMatchObject([
      {
        name: "small-pack",
        policies: [
          { name: "api-limits-rate", verdict: "violated" },
          { name: "domain-wants-tls", verdict: "passed" },
          { name: "key-rotates", verdict: "not applicable", reason: "the stack has no keys" },
          { name: "name-is-short", verdict: "advisory" },
          { name: "switched-off", verdict: "disabled" },
        ],
        violations: [{ policy: "api-limits-rate" }, { policy: "name-is-short" }],
      },
    ]);
  });

  it("says nothing of what is judged by the day, neither what was found nor that nothing was", () => {
    const [pack] = smallResult.packs;
    if (!pack) throw new Error("no pack");
    const policies = pack.policies.map((policy) =>
      policy.name === "api-limits-rate" ? { ...policy, tags: ["by-the-day"] } : policy,
    );
    const today = { ...smallResult, packs: [{ ...pack, policies }] };
    const violations = pack.violations.filter(({ policy }) => policy !== "api-limits-rate");
    const tomorrow = { ...smallResult, packs: [{ ...pack, policies, violations }] };
    expect(jsonOf(today)).toBe(jsonOf(tomorrow));
    expect(previewMarkdown(today, judgedPacks(today))).toBe(previewMarkdown(tomorrow, judgedPacks(tomorrow)));
    expect(JSON.parse(jsonOf(today))).toMatchObject({
      policies: [
        {
          policies: [{ name: "api-limits-rate", verdict: "judged by the day" }, {}, {}, {}, {}],
          violations: [{ policy: "name-is-short" }],
        },
      ],
    });
    expect(previewMarkdown(today, judgedPacks(today))).toContain(
      "| `api-limits-rate` | high | mandatory | B4.1 | judged by the day: npm run audit |",
    );
    // Whoever looks at a terminal is told today's verdict.
    expect(judgedPacks(today)[0]?.policies[0]?.verdict).toMatchObject({ kind: "violated" });
    expect(judgedPacks(today)[0]?.violations).toHaveLength(2);
  });

  it("is the same for the same files", () => {
    const files = { json: jsonOf(smallResult), markdown: "# a\n" };
    expect(compare(files, files, "staging")).toEqual({ state: "same", resources: [], other: [], notes: [] });
  });

  it("is absent without files", () => {
    expect(compare({}, { json: "{}", markdown: "" }, "staging").state).toBe("absent");
  });

  it("is stale when one file is missing, and says which", () => {
    const json = jsonOf(smallResult);
    expect(compare({ json }, { json, markdown: "#" }, "staging")).toMatchObject({
      state: "stale",
      notes: ["stacks/staging/preview.md is missing."],
    });
    expect(compare({ markdown: "#" }, { json, markdown: "#" }, "staging")).toMatchObject({
      state: "stale",
      notes: ["stacks/staging/preview.json is missing."],
    });
  });

  it("is stale when only the document was edited", () => {
    const json = jsonOf(smallResult);
    expect(compare({ json, markdown: "# a" }, { json, markdown: "# b" }, "staging")).toMatchObject({
      state: "stale",
      notes: ["stacks/staging/preview.md does not say what preview.json says."],
    });
  });

  it.each(["<<<<<<< ours\n{}", "[]", '{"steps": [1]}', '{"steps": {}}'])(
    "is stale, and said to be no digest, when it reads %j",
    (json) => {
      expect(compare({ json }, { json: jsonOf(smallResult) }, "staging")).toMatchObject({
        state: "stale",
        resources: [],
        notes: [
          "stacks/staging/preview.json is not a preview's digest, perhaps a conflict that was not resolved.",
        ],
      });
    },
  );

  it("is stale when only its white space or the order of its steps differs", () => {
    const json = jsonOf(smallResult);
    const notes = ["stacks/staging/preview.json differs in order or white space only."];
    expect(compare({ json: JSON.stringify(JSON.parse(json)) }, { json }, "staging")).toMatchObject({
      state: "stale",
      notes,
    });
    const reordered = jsonOf({
      ...smallResult,
      digest: { ...smallResult.digest, steps: [...smallResult.digest.steps].reverse() },
    });
    expect(compare({ json: reordered }, { json }, "staging")).toMatchObject({ state: "stale", notes });
  });

  it("tells which resource differs, and where", () => {
    const withLimit = (limit: number): string =>
      jsonOf(resultOf([stackStep, stepOf("aws:x:Api", "api", { limit })]));
    expect(compare({ json: withLimit(1) }, { json: withLimit(2) }, "staging").resources).toMatchObject([
      { kind: "changed", properties: [{ path: "limit", before: 1, after: 2 }] },
    ]);
  });
});

describe("writing the committed preview", () => {
  let project: string;
  const files = { json: "{}\n", markdown: "# a\n" };

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), "committed-"));
  });
  afterEach(() => rmSync(project, { recursive: true, force: true }));

  it("makes the folder and leaves nothing but the two files in it", () => {
    expect(writeCommitted(project, "staging", files)).toEqual(["preview.json", "preview.md"]);
    expect(readdirSync(join(project, "stacks/staging")).sort()).toEqual(["preview.json", "preview.md"]);
    expect(readCommitted(project, "staging")).toEqual(files);
  });

  it("touches only what changed", () => {
    writeCommitted(project, "staging", files);
    expect(writeCommitted(project, "staging", files)).toEqual([]);
    expect(writeCommitted(project, "staging", { ...files, markdown: "# b\n" })).toEqual(["preview.md"]);
    expect(readCommitted(project, "staging").markdown).toBe("# b\n");
  });

  it("replaces a file as a whole: who holds the old one open still reads the old one", () => {
    writeCommitted(project, "staging", files);
    const path = join(project, "stacks/staging/preview.json");
    const link = join(project, "old.json");
    linkSync(path, link);
    writeCommitted(project, "staging", { ...files, json: '{"a":1}\n' });
    expect(readFileSync(link, "utf8")).toBe("{}\n");
    expect(readFileSync(path, "utf8")).toBe('{"a":1}\n');
  });

  it("says in one line that the folder cannot be written", () => {
    writeFileSync(join(project, "stacks"), "a file, no folder");
    expect(() => writeCommitted(project, "staging", files)).toThrow(
      /^stacks\/staging: cannot be written \((ENOTDIR|EEXIST)\); make it a writable folder$/,
    );
  });

  it("changes nothing and leaves nothing behind when the second file cannot be put in place", () => {
    mkdirSync(join(project, "stacks/staging/preview.md"), { recursive: true });
    expect(() => writeCommitted(project, "staging", files)).toThrow("stacks/staging");
    expect(existsSync(join(project, "stacks/staging/preview.json"))).toBe(false);
    expect(readdirSync(join(project, "stacks/staging"))).toEqual(["preview.md"]);
  });
});
