import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clauseTable, commandOf, type ClauseRow } from "../clauseTable";
import { clauses } from "../clauses";
import { asvs, clauseFrameworks, fsbp, nist, owaspApi } from "../frameworks";
import { proofs, type ClauseProofs, type Proof } from "../proofs";
import { clauseSections, policyFiles } from "../tools/documents";
import { published } from "./publishedIds";
import { testTitles } from "./testTitles";

const project = join(__dirname, "../..");
const files = policyFiles();
const rows = clauseTable((name) => files.get(name) ?? "").flatMap(({ clauses: list }) => list);

/** What is wrong with what stands for a clause; nothing where it is whole. */
function gapsOf({ id, policies, proofs: proof }: Pick<ClauseRow, "id" | "policies" | "proofs">): string[] {
  const judged = policies.length > 0 || proof.evidence !== undefined;
  const reason = proof.withoutPolicy;
  const gaps = [];
  if (!judged && reason === undefined)
    gaps.push(`${id}: got no policy, no evidence and no reason; expected one of them`);
  if (policies.length > 0 && proof.withoutPolicy !== undefined)
    gaps.push(`${id}: got a reason for having no policy beside ${policies.length}; expected none`);
  if (proof.tests.length === 0) gaps.push(`${id}: got no test; expected one to three`);
  if (proof.tests.length > 3) gaps.push(`${id}: got ${proof.tests.length} tests; expected the best three`);
  if (proof.shownBy === "policies" && policies.length === 0)
    gaps.push(`${id}: got no policy; expected one, since it is said to be shown by policies alone`);
  if ((proof.shownBy === "evidence") !== (proof.evidence !== undefined))
    gaps.push(
      `${id}: got "${proof.shownBy}" and ${proof.evidence ? "evidence" : "none"}; expected both or none`,
    );
  if (reason !== undefined && reason.length < 40) gaps.push(`${id}: got "${reason}"; expected a reason`);
  return gaps;
}

/** What is wrong with a proof of a clause. */
function defectOf(id: string, { file, title }: Proof): string[] {
  const path = join(project, file);
  if (!existsSync(path)) return [`${id}: got ${file}; expected a file of the project`];
  const found = testTitles(readFileSync(path, "utf8"), file).filter(
    (candidate) => candidate === title,
  ).length;
  return [
    ...(found === 1 ? [] : [`${id}: got ${found} tests "${title}" in ${file}; expected one`]),
    ...(new RegExp(`(?<![\\w.])${id.replace(".", "\\.")}(?!\\d)`).test(title)
      ? []
      : [`${id}: got a title without the clause's id: "${title}"; expected it in there`]),
  ];
}

describe("every clause of the work order", () => {
  it("stands in the table once, in the work order's order", () => {
    expect(rows.map(({ id }) => id)).toEqual(clauses.map(({ id }) => id));
  });

  it("has a policy, a proof or a gate that carries its id, or says plainly what is not there", () => {
    expect(rows.flatMap(gapsOf)).toEqual([]);
  });

  it("names proofs that exist, by file and title, and that carry its id", () => {
    expect(rows.flatMap(({ id, proofs: { tests } }) => tests.flatMap((one) => defectOf(id, one)))).toEqual(
      [],
    );
  });

  it("shows first what is about it alone, then what stands in its block's folder", () => {
    const firstOf = (id: string): string | undefined => rows.find((row) => row.id === id)?.policies[0]?.name;
    expect(firstOf("B1.5")).not.toBe("images-require-pins");
    expect(firstOf("B4.1")).toBe("usage-plan-requires-quota");
    for (const { id, policies } of rows) {
      const place = policies.map(({ name, clauses: own }) => [
        own.length,
        Number(!files.get(name)?.startsWith(`b${id[1]}-`)),
      ]);
      expect(place).toEqual([...place].sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d));
    }
  });

  it("names tests that a command runs", () => {
    const runs = /\.(test|reference\.test|load)\.ts$/;
    for (const {
      proofs: { tests },
    } of rows)
      for (const { file } of tests) expect(file).toMatch(runs);
    expect(commandOf("test/local/voice.test.ts")).toBe("npm run test:local");
    expect(commandOf("test/prober/exporter.test.ts")).toBe("npm run test:prober");
    expect(commandOf("test/load/breakerUnderLoad.load.ts")).toBe("npm run load");
    expect(commandOf("test/reference/race.reference.test.ts")).toBe("npm run test:reference");
    expect(commandOf("test/wholeStack.test.ts")).toBe("npm test");
  });

  it("is served in the table's first row by its controls and proofs, in the others by a policy each", () => {
    const text = clauseSections();
    for (const { id, policies } of rows) {
      const lines = text
        .split("\n")
        .filter((line) => line.includes(`| ${id} |`) || line.includes(`</a>${id}<br>`));
      expect(lines).toHaveLength(Math.max(1, policies.length));
      for (const { name } of policies) expect(lines.join("\n")).toContain(`[\`${name}\`]`);
    }
  });

  it("leads to the file of each policy, which names the policy and no other file does", () => {
    for (const [name, file] of policyFiles()) {
      expect(readFileSync(join(project, "policies", file), "utf8")).toContain(`"${name}"`);
    }
  });
});

describe("a gap is found", () => {
  const [row] = rows.filter(({ id }) => id === "B5.1");
  const proof: ClauseProofs = proofs["B5.1"];
  const whole = { id: "B5.1" as const, policies: row?.policies ?? [], proofs: proof };
  const [first] = proof.tests;

  it("in a clause without policy, evidence and reason, and in one without tests", () => {
    expect(gapsOf(whole)).toEqual([]);
    expect(gapsOf({ ...whole, policies: [] }).join()).toMatch(/no policy, no evidence and no reason/);
    expect(
      gapsOf({ ...whole, policies: [], proofs: { ...proof, shownBy: "evidence", evidence: ["metrics"] } }),
    ).toEqual([]);
    expect(gapsOf({ ...whole, proofs: { shownBy: "tests", tests: [] } }).join()).toMatch(/got no test/);
    expect(
      gapsOf({
        ...whole,
        policies: [],
        proofs: { ...proof, shownBy: "tests", withoutPolicy: "later" },
      }).join(),
    ).toMatch(/expected a reason/);
  });

  it("in what is said to be shown otherwise than it can be", () => {
    expect(gapsOf({ ...whole, policies: [] }).join()).toMatch(/said to be shown by policies alone/);
    expect(gapsOf({ ...whole, proofs: { ...proof, shownBy: "evidence" } }).join()).toMatch(/both or none/);
    expect(gapsOf({ ...whole, proofs: { ...proof, evidence: ["metrics"] } }).join()).toMatch(/both or none/);
  });

  it("in a reason that a policy has overtaken", () => {
    const reason = "A pack sees resources and nothing of what a function does.";
    expect(gapsOf({ ...whole, proofs: { ...proof, withoutPolicy: reason } }).join()).toMatch(/expected none/);
  });

  it("in a proof whose file is gone, whose title is another, or lacks the id", () => {
    if (!first) throw new Error("B5.1 has no proof");
    expect(defectOf("B5.1", first)).toEqual([]);
    expect(defectOf("B5.1", { ...first, file: "test/gone.test.ts" }).join()).toMatch(/a file of the project/);
    expect(defectOf("B5.1", { ...first, title: `${first.title}.` }).join()).toMatch(/got 0 tests/);
    expect(defectOf("B5.2", first).join()).toMatch(/without the clause's id/);
    expect(defectOf("B5.1", { ...first, title: "AB5.1 and B5.10" }).join()).toMatch(
      /without the clause's id/,
    );
  });
});

describe("titles are read from a test's source", () => {
  it("below their suites, rows of a table once, and what a template puts in as %s", () => {
    const source = [
      'describe("a", () => { it("b", () => {}); it.each([1])("c %s", () => {}); test(`d ${x} e`, () => {}); });',
      'describe.each([1])("f %s", () => { describe("g", () => { it.each`x`("h", () => {}); }); });',
      'it(name, () => {}); other("i", () => {}); it("no body");',
    ].join("\n");
    expect(testTitles(source)).toEqual(["a > b", "a > c %s", "a > d %s e", "f %s > g > h"]);
  });
});

describe("a framework's id", () => {
  it.each([
    ["nist", Object.keys(nist), /^[A-Z]{2}-\d+(\(\d+\))?$/, published.nist],
    ["asvs", Object.keys(asvs), /^\d+\.\d+\.\d+$/, published.asvs],
    ["fsbp", Object.keys(fsbp), /^[A-Z][A-Za-z0-9]+\.\d+$/, published.fsbp],
  ])("of %s has its form and is one that was published", (_, ids, form, known) => {
    for (const id of ids) expect(id).toMatch(form);
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
  });

  it("of OWASP API Security is one of the ten of 2023", () => {
    expect(Object.keys(owaspApi)).toEqual(Array.from({ length: 10 }, (_, at) => `API${at + 1}:2023`));
  });

  it("stands in no glossary without a clause that it serves, and twice in no clause", () => {
    const lists = Object.values(clauseFrameworks);
    const used = (key: keyof (typeof lists)[number]): string[] => lists.flatMap((one) => [...one[key]]);
    expect(Object.keys(nist).filter((id) => !used("nist").includes(id))).toEqual([]);
    expect(Object.keys(asvs).filter((id) => !used("asvs").includes(id))).toEqual([]);
    expect(Object.keys(fsbp).filter((id) => !used("fsbp").includes(id))).toEqual([]);
    for (const one of lists)
      for (const ids of Object.values(one)) expect(new Set<string>(ids).size).toBe(ids.length);
  });

  it("serves every clause: none is without a control of NIST", () => {
    expect(rows.filter(({ frameworks }) => frameworks.nist.length === 0)).toEqual([]);
  });

  it("of FSBP is of a control that the pack answers in controls.md", () => {
    const answered = readFileSync(join(project, "policies/controls.md"), "utf8");
    for (const id of Object.keys(fsbp)) expect(answered).toContain(`| FSBP ${id} |`);
  });

  it("would be missed if it were made up", () => {
    for (const id of ["AC-99", "AC-2(6)", "XX-1"]) expect(published.nist).not.toContain(id);
    for (const id of ["2.1.4", "18.1.1", "1.1.0"]) expect(published.asvs).not.toContain(id);
    for (const id of ["Lambda.3", "KMS.4", "S3.15"]) expect(published.fsbp).not.toContain(id);
    expect([published.nist.size, published.asvs.size]).toEqual([425, 345]);
  });
});
