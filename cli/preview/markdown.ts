import { clauses } from "../../policies/clauses";
import { plural } from "../style";
import type { Json, PreviewResult } from "./model";
import { treeLines } from "./text";
import {
  boardOf,
  boardText,
  certificatesOf,
  certificatesText,
  clausesOfPreview,
  componentsOf,
  settledPacks,
  totalsOf,
  valueLines,
  verdictCounts,
  verdictText,
  type JudgedPack,
} from "./view";

/**
 * The preview as a document that the reviewer of a pull request reads. It has no date, duration or machine in
 * it: the same settings give the same document.
 */
export function previewMarkdown(result: PreviewResult, judged: readonly JudgedPack[]): string {
  const packs = settledPacks(judged);
  const { steps } = result.digest;
  const components = componentsOf(steps);
  const certificates = certificatesOf(steps);
  const board = boardOf(steps, result.digest.config);
  const violations = packs.flatMap((pack) => pack.violations.map((violation) => ({ pack, violation })));
  const outputs = Object.keys(result.outputs).sort();

  return blocks([
    `# Preview of stack \`${result.stack}\``,
    "Made by `npm run preview -- --write` from the program and its settings; do not edit. An empty account would get this.",
    table(
      ["What", "How many"],
      [
        ["Resources to create", String(steps.length)],
        ["Policies", verdictCounts(packs) || "none"],
        ...(certificatesText(certificates) === "" ? [] : [["Certificates", certificatesText(certificates)]]),
        ...(board === undefined ? [] : [["B8.4", boardText(board)]]),
      ],
    ),
    section("Violations", violations.length > 0, () =>
      table(
        ["Level", "Policy", "Resource", "What is wrong"],
        violations.map(({ violation }) => [
          violation.enforcementLevel,
          codeSpan(violation.policy),
          violation.urn === undefined ? "the stack as a whole" : codeSpan(violation.urn),
          cell(violation.message),
        ]),
      ),
    ),
    section("Components", components.length > 0, () =>
      table(
        ["Component", "How many", "Clauses", "Resources", "Names"],
        components.map(({ type, names, clauses: served, resources }) => [
          codeSpan(type),
          String(names.length),
          served.join(", "),
          String(resources),
          names.map(codeSpan).join(", "),
        ]),
      ),
    ),
    section("Clauses", components.length > 0, () =>
      table(
        ["Clause", "What was asked", "Served by", "Judged by"],
        clausesOfPreview(components, packs).map(({ clause, components: servants, policies }) => [
          clause,
          (textOfClause.get(clause) ?? "").replaceAll("|", "\\|"),
          servants.map(codeSpan).join(", "),
          policies.map(codeSpan).join(", "),
        ]),
      ),
    ),
    section("Certificates and domains", certificates.domains.length > 0, () =>
      table(
        ["Domain", "Protocol", "Certificate", "Mutual TLS", "Security policy"],
        certificates.domains.map(({ domain, protocol, certificate, mutualTls, securityPolicy }) => [
          codeSpan(domain),
          protocol,
          certificate === undefined
            ? "none"
            : "issued" in certificate
              ? `to issue: ${codeSpan(certificate.issued)}`
              : `existing: ${codeSpan(certificate.existing)}`,
          mutualTls ? "yes" : "no",
          securityPolicy === "" ? "" : codeSpan(securityPolicy),
        ]),
      ),
    ),
    section("Policies", packs.length > 0, () =>
      blocks(
        packs.flatMap((pack) => [
          `### ${cell(pack.name)} ${cell(pack.version)}, ${plural(pack.policies.length, "policy", "policies")}`,
          table(
            ["Policy", "Severity", "Level", "Clauses", "Verdict"],
            pack.policies.map(({ info, verdict }) => [
              codeSpan(info.name),
              info.severity,
              info.enforcementLevel,
              info.clauses.join(", "),
              cell(verdictText(verdict)),
            ]),
          ),
        ]),
      ),
    ),
    section("Stack outputs", outputs.length > 0, () =>
      fenced(outputs.flatMap((name) => valueLines(name, outputOf(result, name)))),
    ),
    "## Resources",
    table(
      ["Service", "Resources", "Types"],
      totalsOf(steps).map(({ service, count, types }) => [
        codeSpan(service),
        String(count),
        types.map(([type, of]) => `${cell(type)} ${of}`).join(", "),
      ]),
    ),
    `<details>\n<summary>The tree of all ${plural(steps.length, "resource")}</summary>`,
    fenced(treeLines(result)),
    "</details>",
  ]);
}

const textOfClause: ReadonlyMap<string, string> = new Map(clauses.map(({ id, text }) => [id, text]));

const outputOf = (result: PreviewResult, name: string): Json => result.outputs[name] ?? null;

const section = (title: string, hasContent: boolean, content: () => string): string =>
  hasContent ? blocks([`## ${title}`, content()]).trimEnd() : "";

/** Blocks with an empty line between them and a new line at the end. */
const blocks = (texts: readonly string[]): string =>
  `${texts
    .filter((text) => text !== "")
    .map((text) => text.trimEnd())
    .join("\n\n")}\n`;

/** Text in a table's cell: what Markdown or HTML would obey is escaped, a new line becomes `<br>`. */
export const cell = (text: string): string =>
  text
    .trim()
    .replace(/[\\`*_[\]<>&|~]/g, (character) => `\\${character}`)
    .replace(/\s*[\r\n]\s*/g, "<br>");

/** Text in a fixed-width font. A bar would end the cell even there, and a backtick the span. */
export const codeSpan = (text: string): string =>
  /[`\r\n]/.test(text) ? cell(text) : `\`${text.replaceAll("|", "\\|")}\``;

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

/** A block in a fixed-width font; the fence is longer than any run of backticks in it. */
function fenced(contents: readonly string[]): string {
  const longest = Math.max(
    2,
    ...contents.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)),
  );
  const fence = "`".repeat(longest + 1);
  return [`${fence}text`, ...contents, fence].join("\n");
}
