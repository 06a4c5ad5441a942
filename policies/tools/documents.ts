/** Writes what is made from the pack: `npm run catalogue`. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { definitions } from "../catalogue";
import { clauseTable, commandOf, type ClauseRow } from "../clauseTable";
import { asvs, clauseFrameworks, fsbp, nist, owaspApi } from "../frameworks";
import { controlTypes, otherControls, withoutControl } from "../controls";
import { controlExceptions, policyExceptions } from "../exceptions";
import { shownByText } from "../proofs";
import { types } from "../lib/types";

const policiesDir = join(__dirname, "..");
const generated = (name: string) => ({
  begin: `<!-- ${name}: made by policies/tools/documents.ts -->`,
  end: `<!-- end of ${name} -->`,
});

const cell = (text: string): string => text.replace(/[|*]/g, "\\$&");
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n");

/** Where each policy stands, by its name, from this folder. */
export function policyFiles(): ReadonlyMap<string, string> {
  const sources = readdirSync(policiesDir)
    .filter((folder) => /^b\d-|^baseline$/.test(folder))
    .flatMap((folder) => readdirSync(join(policiesDir, folder)).map((file) => `${folder}/${file}`))
    .map((path) => ({ path, text: readFileSync(join(policiesDir, path), "utf8") }));
  return new Map(
    definitions.map(({ name }) => {
      const found = sources.filter(({ text }) => text.includes(`"${name}"`));
      const [only] = found;
      if (!only || found.length > 1)
        throw new Error(
          `policy ${name}: got ${found.length} files that name it; expected the one that defines it.`,
        );
      return [name, only.path];
    }),
  );
}

/** What a clause has of each framework, by the publishers' ids. */
function frameworksCell({ frameworks }: ClauseRow): string {
  const parts = [
    ["NIST", frameworks.nist],
    ["OWASP", frameworks.owaspApi],
    ["ASVS", frameworks.asvs],
    ["FSBP", frameworks.fsbp],
  ] as const;
  return parts
    .filter(([, ids]) => ids.length > 0)
    .map(([name, ids]) => `${name} ${ids.join(", ")}`)
    .join("<br>");
}

function proofCell({ id, proofs }: ClauseRow): string {
  const tests = proofs.tests.map(
    ({ file, title }) => `[${file}](../${file}): ${title} (\`${commandOf(file)}\`)`,
  );
  const evidence = proofs.evidence
    ? [`evidence of staging: ${proofs.evidence.join(", ")} (\`npm run evidence -- collect ${id}\`)`]
    : [];
  const reasons = proofs.withoutPolicy ? [`no policy: ${proofs.withoutPolicy}`] : [];
  return [`shown by ${shownByText[proofs.shownBy]}`, ...evidence, ...tests, ...reasons].join("<br>");
}

/** A row for each policy of a clause, the clause's own cells in its first. */
function clauseRows(row: ClauseRow, files: ReadonlyMap<string, string>): readonly (readonly string[])[] {
  const own = [`<a id="${row.id.toLowerCase().replace(".", "")}"></a>${row.id}<br>${row.text}`];
  const rules = row.policies.map(({ name, severity, level, summary, remediation }) => [
    `[\`${name}\`](${files.get(name) ?? ""})`,
    severity,
    level ?? "mandatory",
    summary,
    remediation,
  ]);
  const [first = ["none", "", "", "", ""], ...rest] = rules;
  return [
    [...own, ...first, frameworksCell(row), proofCell(row)],
    ...rest.map((rule) => [row.id, ...rule, "", ""]),
  ];
}

/** Every clause with its policies, by block, and a line of links to find one by. */
export function clauseSections(): string {
  const files = policyFiles();
  const all = clauseTable((name) => files.get(name) ?? "");
  const links = all
    .map(({ clauses: list }) =>
      list.map(({ id }) => `[${id}](#${id.toLowerCase().replace(".", "")})`).join(" "),
    )
    .join(" · ");
  const sections = all.map(({ id, title, clauses: list }) =>
    [
      `### ${id} ${title}`,
      table(
        [
          "Clause",
          "Policy",
          "Severity",
          "Level",
          "What holds when it passes",
          "Remediation",
          "Frameworks",
          "Proof",
        ],
        list.flatMap((row) => clauseRows(row, files)),
      ),
    ].join("\n\n"),
  );
  return [links, ...sections].join("\n\n");
}

/** One row a policy, in the order of the pack. */
export function catalogue(): string {
  const files = policyFiles();
  return table(
    ["Policy", "Clauses", "What holds", "What it reads", "See"],
    definitions.map(({ name, clauses: ids, summary, reads, url }) => [
      `[\`${name}\`](${files.get(name) ?? ""})`,
      ids.join(", "),
      summary,
      reads,
      `[${new URL(url).hostname}](${url})`,
    ]),
  );
}

function fill(text: string, name: string, content: string): string {
  const { begin, end } = generated(name);
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(`policies/README.md: no "${begin}" … "${end}" found; put both where the ${name} belong.`);
  }
  return `${before}${begin}\n\n${content}\n\n${end}${after}`;
}

/** The README with its tables as the pack has them now. */
export const readme = (text: string): string =>
  fill(fill(text, "clauses", clauseSections()), "catalogue", catalogue());

/** From a control of a framework to the clauses that serve it. */
export function frameworks(): string {
  const section = (
    title: string,
    key: keyof ClauseRow["frameworks"],
    titles: Readonly<Record<string, string>>,
  ) =>
    [
      `## ${title}`,
      table(
        ["Control", "What it asks", "Clauses"],
        Object.entries(titles).map(([id, asked]) => [
          id,
          asked,
          Object.entries(clauseFrameworks)
            .filter(([, lists]) => (lists[key] as readonly string[]).includes(id))
            .map(([clause]) => `[${clause}](README.md#${clause.toLowerCase().replace(".", "")})`)
            .join(", ") || "none",
        ]),
      ),
    ].join("\n\n");
  const intro =
    "Made by `npm run catalogue` from `frameworks.ts`; edit that. A clause serves a control; it does not claim to be all of it.\n" +
    "What ASVS and FSBP ask stands here in this pack's words; the publisher's count.";
  return `${[
    "# Controls of published frameworks, and the clauses that serve them",
    intro,
    section("NIST SP 800-53 revision 5", "nist", nist),
    section("OWASP API Security Top 10, 2023", "owaspApi", owaspApi),
    section("OWASP ASVS 5.0.0", "asvs", asvs),
    section("AWS Foundational Security Best Practices", "fsbp", fsbp),
  ].join("\n\n")}\n`;
}

/** A stack policy's reads begin with the resource that it is about: `Bucket, and for each …`. */
function tokenOf(reads: string): string {
  const [subject = ""] = reads.split(/[^\w]/);
  const token = Object.values(types).find((type) => type.endsWith(`:${subject}`));
  if (!token)
    throw new Error(`got reads "${reads}"; expected the class of a resource first, such as Bucket.`);
  return token;
}

/** Whether the policy is met everywhere, or but for what an exception lifts. */
function exceptOf(policy: string): string {
  const excepted = policyExceptions.filter((one) => one.policy === policy);
  if (excepted.length === 0) return "met";
  const list = excepted.map(
    ({ id, stack, resource, expires }) => `${stack}'s ${resource} (${id}, to ${expires})`,
  );
  return `met, except ${list.join(", ")},`;
}

/** The controls' table, by control. */
export function controls(): string {
  const met = definitions.flatMap(({ name, types: judged, reads, controls: list = [] }) =>
    list.map((control) => [
      control,
      controlTypes[control] ?? (judged.join(", ") || tokenOf(reads)),
      `${exceptOf(name)} by \`${name}\``,
    ]),
  );
  const other = otherControls.map(({ control, resourceType, outcome, because }) => [
    control,
    resourceType,
    `${outcome}: ${because}`,
  ]);
  const excepted = controlExceptions.flatMap(
    ({ id, controls: list, resourceType, reason, recorded, expires }) =>
      list.map((control) => [
        control,
        resourceType,
        `excepted by ${id}, ${recorded} to ${expires}: ${reason}`,
      ]),
  );
  const rows = [...met, ...other, ...excepted].sort(([one = "", a = ""], [two = "", b = ""]) =>
    `${one} ${a}`.localeCompare(`${two} ${b}`, "en", { numeric: true }),
  );
  return [
    "# Published controls",
    "",
    "Made by `npm run catalogue` from the policies, `controls.ts` and `exceptions.ts`; edit those.",
    "",
    "FSBP: AWS Foundational Security Best Practices. SecurityHub: a control of Security Hub that is not of that standard. CKV: checkov.",
    "AwsSolutions: cdk-nag. A control is met by a policy (so that its absence fails a preview), for all resources or but for some that are",
    "excepted, met by the program's form, excepted for a time with a reason, or not applicable.",
    "",
    `Exceptions of single policies in force: ${policyExceptions.length}.`,
    "",
    table(["Control", "Resource", "Outcome"], rows),
    "",
    "Declared types without a row: their controls stand with what they belong to (a bucket, a domain), or none is published.",
    "",
    ...withoutControl.map((type) => `- ${type}`),
    "",
  ].join("\n");
}

if (require.main === module) {
  const readmePath = join(policiesDir, "README.md");
  writeFileSync(readmePath, readme(readFileSync(readmePath, "utf8")));
  writeFileSync(join(policiesDir, "controls.md"), controls());
  writeFileSync(join(policiesDir, "frameworks.md"), frameworks());
}
