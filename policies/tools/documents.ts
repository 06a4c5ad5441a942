/** Writes what is made from the pack: `npm run catalogue`. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { definitions } from "../catalogue";
import { otherControls, withoutControl } from "../controls";
import { controlExceptions, policyExceptions } from "../exceptions";
import { types } from "../lib/types";

const policiesDir = join(__dirname, "..");
const begin = "<!-- catalogue: made by policies/tools/documents.ts -->";
const end = "<!-- end of catalogue -->";

const cell = (text: string): string => text.replace(/[|*]/g, "\\$&");
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.map(cell).join(" | ")} |`).join("\n");

/** One row a policy, in the order of the pack. */
export const catalogue = (): string =>
  table(
    ["Clauses", "Policy", "Severity", "Level", "What holds", "What it reads", "Remediation"],
    definitions.map((definition) => [
      definition.clauses.join(", "),
      `[\`${definition.name}\`](${definition.url})`,
      definition.severity,
      definition.level ?? "mandatory",
      definition.summary,
      definition.reads,
      definition.remediation,
    ]),
  );

/** The README with its catalogue as the pack has it now. */
export function readme(text: string): string {
  const [before, rest] = text.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) {
    throw new Error(
      `policies/README.md: no "${begin}" … "${end}" found; put both where the catalogue belongs.`,
    );
  }
  return `${before}${begin}\n\n${catalogue()}\n\n${end}${after}`;
}

/** A stack policy's reads begin with the resource that it is about: `Bucket, and for each …`. */
function tokenOf(reads: string): string {
  const [subject = ""] = reads.split(/[^\w]/);
  const token = Object.values(types).find((type) => type.endsWith(`:${subject}`));
  if (!token)
    throw new Error(`got reads "${reads}"; expected the class of a resource first, such as Bucket.`);
  return token;
}

/** The controls' table, by control. */
export function controls(): string {
  const met = definitions.flatMap(({ name, types: judged, reads, controls: list = [] }) =>
    list.map((control) => [control, judged.join(", ") || tokenOf(reads), `met by \`${name}\``]),
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
    "FSBP: AWS Foundational Security Best Practices. CKV: checkov. AwsSolutions: cdk-nag. A control is met by a policy",
    "(so that its absence fails a preview), met by the program's form, excepted for a time with a reason, or not applicable.",
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
}
