import { plural, printable } from "../style";
import type { Change } from "./change";
import type { PropertyChange } from "./diff";
import { isArray, isObject } from "./json";
import type { Json, PreviewResult } from "./model";
import { isMandatory, spellUnknowns, verdictCounts, type JudgedPack } from "./view";

/** What a comment is made of. */
export interface CommentInput {
  readonly result: PreviewResult;
  readonly packs: readonly JudgedPack[];
  /** What costs something first. */
  readonly changes: readonly Change[];
  /** Against what the changes are: the engine's plan knows the account, another preview does not. */
  readonly against: "account" | "preview" | "nothing";
  /** Why the engine says no; none where it was not asked. */
  readonly errors: readonly string[];
  /** SHA-256 of the source that was previewed. */
  readonly source: string;
}

/** By which the one comment of a stack is found again: the first line of it, and nothing that a reader sees. */
export const markerOf = (stack: string): string => `<!-- fase-b preview: ${stack} -->`;

/**
 * What GitHub takes as a comment's text, less the workflow's own line. It counts characters; bytes are never fewer, so that what is counted here holds whichever it is.
 * https://github.com/orgs/community/discussions/27190
 */
export const MAX_COMMENT_BYTES = 65_536 - 536;

const MAX_LINE = 400;
/** Each part on top has its own share, so that a long one hides no other. */
const MAX_SHARE_BYTES = 12_000;

/**
 * The comment of a pull request: on top what a reviewer decides by, below it, folded, the whole difference. It has no date in it: the same
 * source and the same account give the same comment.
 */
export function commentMarkdown(input: CommentInput): string {
  const { result, packs, changes, against, errors, source } = input;
  const { stack } = result;
  const top = [
    markerOf(stack),
    `## ${headline(input)}`,
    ...(result.programSucceeded ? [] : section("The program failed", result.diagnostics.map(diagnosticLine))),
    ...(errors.length === 0
      ? []
      : section(
          "The engine refuses",
          errors.map((error) => `- ${quoted(error)}`),
        )),
    ...(against === "nothing" || !result.programSucceeded
      ? []
      : section("Cost of risk", riskLines(changes, against))),
    ...(result.programSucceeded ? section("What changes", groupLines(changes, against)) : []),
    ...(packs.length === 0 ? [] : section("Verdicts", verdictLines(packs))),
    `Source \`${source}\`. The same here: \`npm run preview -- --diff\`.`,
  ].join("\n\n");
  const advice = foldedAdvice(packs);
  const rest = MAX_COMMENT_BYTES - bytesOf(top) - bytesOf(advice) - "\n\n\n\n\n".length;
  return `${[top, foldedChanges(changes, rest), advice].filter((part) => part !== "").join("\n\n")}\n`;
}

/** What is mandatory in full; of advice, which is there on every day, how much. */
function verdictLines(packs: readonly JudgedPack[]): readonly string[] {
  const all = packs.flatMap(({ violations }) => violations);
  const advice = new Map<string, number>();
  for (const { policy } of all.filter((one) => !isMandatory(one)))
    advice.set(policy, (advice.get(policy) ?? 0) + 1);
  const counts = [...advice].map(([policy, count]) => `${quoted(policy)} ${count}`);
  return [
    `${verdictCounts(packs)}.${counts.length === 0 ? "" : ` Advice: ${counts.join(", ")}.`}`,
    ...(all.some(isMandatory) ? [""] : []),
    ...all.filter(isMandatory).map(violationLine),
  ];
}

function foldedAdvice(packs: readonly JudgedPack[]): string {
  const advice = packs.flatMap(({ violations }) => violations).filter((one) => !isMandatory(one));
  if (advice.length === 0) return "";
  const lines = within(advice.map(violationLine), MAX_SHARE_BYTES);
  return `<details>\n<summary>Advice: ${advice.length}</summary>\n\n${lines}\n\n</details>`;
}

const violationLine = ({ policy, urn, message }: JudgedPack["violations"][number]): string =>
  `- ${[policy, ...(urn === undefined ? [] : [afterType(urn)]), message].map((text) => quoted(text)).join(": ")}`;

function headline({ result, packs, changes, against, errors }: CommentInput): string {
  const { stack } = result;
  if (!result.programSucceeded) return `✗ Preview of ${quoted(stack)}: the program failed`;
  const bad =
    errors.length > 0 ||
    packs.some(({ violations }) => violations.some(isMandatory)) ||
    changes.some(({ judged }) => judged?.allowed === false);
  const counts = DEEDS.map(
    ([deed, word]) => [changes.filter((one) => one.deed === deed).length, word] as const,
  )
    .filter(([count]) => count > 0)
    .map(([count, word]) => `${count} ${word}`);
  const said =
    against === "nothing"
      ? `${plural(result.digest.steps.length, "resource")}, compared with nothing`
      : counts.join(", ") || "no resource changes";
  return `${bad ? "✗" : "✓"} Preview of ${quoted(stack)}: ${said}`;
}

const DEEDS: readonly (readonly [Change["deed"], string])[] = [
  ["deleted", "deleted"],
  ["replaced", "replaced"],
  ["unprotected", "without protection"],
  ["unknown", "unknown"],
  ["changed", "changed"],
  ["created", "created"],
];
const wordOf = (deed: Change["deed"]): string => DEEDS.find(([one]) => one === deed)?.[1] ?? deed;

function riskLines(changes: readonly Change[], against: CommentInput["against"]): readonly string[] {
  const lines = changes
    .filter(({ deed }) => deed !== "changed" && deed !== "created")
    .map((change) => {
      const { deed, judged } = change;
      const why = judged === undefined ? "" : `: ${judged.because}`;
      return `- ${judged?.allowed === false ? "✗" : "!"} **${wordOf(deed)}** ${named(change)}${clausesText(change)}${why}`;
    });
  return [
    ...(lines.length > 0 ? lines : ["Nothing is deleted or replaced."]),
    ...(against === "account"
      ? []
      : [
          "",
          "Against another preview, not the account: what would be replaced is known to the engine alone.",
        ]),
  ];
}

/** By clause, as the work order is read; a reviewer of one clause finds its line. */
function groupLines(changes: readonly Change[], against: CommentInput["against"]): readonly string[] {
  if (against === "nothing") return ["There was nothing to compare with."];
  if (changes.length === 0) return ["No resource."];
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const key = change.clauses.join(", ") || "no clause";
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([clauses, of]) =>
        `- **${clauses}** (${of.length}): ${listed(of.map((change) => `${wordOf(change.deed)} ${named(change)}${propertyNames(change)}`))}`,
    );
}

function propertyNames({ deed, properties }: Change): string {
  if (deed === "created" || properties.length === 0) return "";
  const names = [...new Set(properties.map(({ path }) => /^\[\w+\]|^[^.[ ]+/.exec(path)?.[0] ?? path))];
  return ` (${names.map((name) => quoted(name)).join(", ")})`;
}

const SIGNS: Readonly<Record<Change["deed"], string>> = {
  deleted: "-",
  replaced: "!",
  unprotected: "!",
  unknown: "!",
  changed: "!",
  created: "+",
};

/** Every change, property by property, as far as there is room; what is left out is counted. */
function foldedChanges(changes: readonly Change[], maxBytes: number): string {
  if (changes.length === 0) return "";
  const lines = changes.flatMap((change) => [
    `${SIGNS[change.deed]} ${wordOf(change.deed)} ${change.type} ${change.name}`,
    ...change.properties.flatMap(propertyLines),
  ]);
  const shown = lines.map((line) => fitting(printable(line).replace(/\s*\n\s*/g, " ⏎ ")));
  // Longer than any run of backticks that a value could end the block with.
  const fence = "`".repeat(
    Math.max(2, ...shown.flatMap((line) => (line.match(/`+/g) ?? []).map(lengthOf))) + 1,
  );
  const open = `<details>\n<summary>The whole difference: ${plural(changes.length, "resource")}, property by property</summary>\n\n${fence}diff\n`;
  const close = `\n${fence}\n\n</details>`;
  return `${open}${within(shown, maxBytes - bytesOf(open) - bytesOf(close))}${close}`;
}

function propertyLines({ path, before, after }: PropertyChange): readonly string[] {
  return [
    ...(before === undefined ? [] : [`-     ${path}: ${valueText(before)}`]),
    ...(after === undefined ? [] : [`+     ${path}: ${valueText(after)}`]),
  ];
}

function valueText(value: Json): string {
  const shown = spellUnknowns(value);
  if (shown === "[secret]" || shown === "[unknown]") return shown;
  return isArray(shown) || isObject(shown) || typeof shown === "string"
    ? JSON.stringify(shown)
    : String(shown);
}

/** As many of the lines as fit; the last one says how many do not. */
function within(lines: readonly string[], maxBytes: number): string {
  const whole = lines.join("\n");
  if (bytesOf(whole) <= maxBytes) return whole;
  const more = (count: number): string =>
    `… ${plural(count, "more line")}, left out here: npm run preview -- --diff`;
  const kept: string[] = [];
  let left = maxBytes - bytesOf(more(lines.length)) - 1;
  for (const line of lines) {
    left -= bytesOf(line) + 1;
    if (left < 0) break;
    kept.push(line);
  }
  return [...kept, more(lines.length - kept.length)].join("\n");
}

const section = (title: string, lines: readonly string[]): readonly string[] => [
  `### ${title}`,
  within(lines, MAX_SHARE_BYTES),
];

const diagnosticLine = ({ severity, message }: PreviewResult["diagnostics"][number]): string =>
  `- ${severity}: ${quoted(message)}`;

const named = ({ type, name }: Change): string => quoted(`${type}::${name}`);
const clausesText = ({ clauses }: Change): string => (clauses.length === 0 ? "" : ` (${clauses.join(", ")})`);
const afterType = (urn: string): string => urn.split("::").slice(2).join("::");

const bytesOf = (text: string): number => Buffer.byteLength(text, "utf8");
const lengthOf = (text: string): number => text.length;
const cutAt = (text: string, characters: number): string =>
  text.length <= characters ? text : `${text.slice(0, characters - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
const fitting = (line: string): string => cutAt(line, MAX_LINE);

/** Whole ones alone: cut text may end within a span of code, and what was in it would be read as Markdown. */
function listed(items: readonly string[]): string {
  const kept: string[] = [];
  for (const item of items) {
    if (kept.length > 0 && [...kept, item].join("; ").length > MAX_LINE * 2) break;
    kept.push(item);
  }
  const left = items.length - kept.length;
  return [...kept, ...(left > 0 ? [`… ${left} more`] : [])].join("; ");
}

/**
 * Whatever a program, a policy or the engine has written stands in a span of code: there GitHub calls nobody by `@`, and makes no link and no
 * reference. Escaping would not do, since it looks for these in what was rendered. Ticks around it are more than any in it.
 * https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#quoting-code
 * https://spec.commonmark.org/0.31.2/#code-spans
 */
function quoted(text: string): string {
  const shown =
    fitting(
      printable(text)
        .trim()
        .replace(/\s*\n\s*/g, " ⏎ "),
    ) || "(nothing)";
  const ticks = "`".repeat(Math.max(0, ...(shown.match(/`+/g) ?? []).map(lengthOf)) + 1);
  const space = ticks === "`" ? "" : " ";
  return `${ticks}${space}${shown}${space}${ticks}`;
}
