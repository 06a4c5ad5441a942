import { padEnd, plural, printable, truncate, width, type Style } from "../style";
import { committedFolder, JSON_FILE, type Comparison } from "./committed";
import type { PropertyChange, ResourceChange } from "./diff";
import type { Diagnostic, Json, PreviewResult, ResourceState, Violation } from "./model";
import {
  boardOf,
  boardText,
  certificatesOf,
  certificatesText,
  isMandatory,
  shortType,
  spellUnknowns,
  totalsOf,
  treeOf,
  urnName,
  valueLines,
  verdictCounts,
  verdictText,
  type JudgedPack,
  type JudgedPolicy,
  type Verdict,
} from "./view";

/** The preview as people read it, on a terminal or in a pipe. */
export interface TextOptions {
  readonly style: Style;
  /** Width of the terminal in characters; `undefined` in a pipe, where nothing is cut. */
  readonly columns: number | undefined;
  /** Show changes property by property. */
  readonly diff: boolean;
}

const cut = (text: string, { columns }: TextOptions): string =>
  columns === undefined ? text : truncate(text, columns);

/** Cells in columns of equal width; the last cell of a row is not padded. */
export function columnsOf(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, width(cell))));
  return rows.map((row) =>
    row
      .map((cell, index) => padEnd(cell, widths[index] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

const treeHeader = ["   Type", "Name", "Plan", "Clauses"];

const treeCells = (result: PreviewResult): readonly (readonly string[])[] =>
  treeOf(result.digest.steps).map((row) => [
    ` + ${row.branch}${row.type}`,
    row.name,
    row.step.op,
    row.clauses.join(" "),
  ]);

/** The tree in lines without colour; also part of the document for reviewers. */
export const treeLines = (result: PreviewResult): readonly string[] =>
  columnsOf([treeHeader, ...treeCells(result)]);

export function treeSection(result: PreviewResult, options: TextOptions): string {
  const { style, columns } = options;
  const cells = treeCells(result);
  const aligned = columnsOf([treeHeader, ...cells]);
  const fits = columns === undefined || aligned.every((line) => width(line) <= columns);
  // Where columns do not fit, the clauses at their end would be cut off first: better no columns.
  const [header = "", ...rows] = fits
    ? aligned
    : [treeHeader, ...cells].map((row) => row.join(" ").trimEnd());
  return lines([
    style.bold(cut(header, options)),
    ...rows.map((row, index) => {
      const line = paintEnd(cut(printable(row), options), cells[index]?.at(-1) ?? "", style.cyan);
      return line.replace(/^ \+/, style.green(" +"));
    }),
  ]);
}

/** Paints the text if the line ends with it. */
const paintEnd = (line: string, text: string, paint: (text: string) => string): string =>
  text !== "" && line.endsWith(text) ? line.slice(0, -text.length) + paint(text) : line;

const signs = { added: "+", changed: "~", removed: "-" } as const;

const painted = (kind: ResourceChange["kind"], text: string, { style }: TextOptions): string =>
  kind === "added" ? style.green(text) : kind === "removed" ? style.red(text) : style.yellow(text);

/** `"text"`, `3`, `[secret]`, `[unknown]`, `{"a":1}` */
function valueText(value: Json): string {
  const shown = spellUnknowns(value);
  return shown === "[secret]" || shown === "[unknown]" ? shown : JSON.stringify(shown);
}

/** Both values on one line look well up to this many characters. */
const MAX_PAIR_CHARACTERS = 100;

function propertyLines(
  { path, before, after }: PropertyChange,
  margin: string,
  options: TextOptions,
): readonly string[] {
  const line = (kind: ResourceChange["kind"], text: string): string =>
    painted(kind, cut(printable(`${margin}${text}`), options), options);
  if (before === undefined) return [line("added", `+ ${path}: ${valueText(after ?? null)}`)];
  if (after === undefined) return [line("removed", `- ${path}: ${valueText(before)}`)];
  const pair = `~ ${path}: ${valueText(before)} → ${valueText(after)}`;
  if (width(pair) <= MAX_PAIR_CHARACTERS) return [line("changed", pair)];
  return [
    line("changed", `~ ${path}:`),
    line("removed", `  - ${valueText(before)}`),
    line("added", `  + ${valueText(after)}`),
  ];
}

/** The names of the inputs that differ, each once. */
function changedNames(change: ResourceChange): string {
  return [...new Set(change.properties.map(({ path }) => /^\[\w+\]|^[^.[ ]+/.exec(path)?.[0] ?? path))].join(
    ", ",
  );
}

type InputsByUrn = ReadonlyMap<string, ResourceState["inputs"]>;

function changeLines(
  change: ResourceChange,
  inputsByUrn: InputsByUrn,
  options: TextOptions,
): readonly string[] {
  const names = change.properties.length === 0 || options.diff ? "" : `  [${changedNames(change)}]`;
  const head = `  ${signs[change.kind]} ${shortType(change.type)} ${urnName(change.urn)}${names}`;
  const shown = [painted(change.kind, cut(printable(head), options), options)];
  if (!options.diff) return shown;
  const properties =
    change.kind === "added"
      ? Object.entries(inputsByUrn.get(change.urn) ?? {}).map(([path, after]): PropertyChange => ({
          path,
          after,
        }))
      : change.properties;
  return [...shown, ...properties.flatMap((property) => propertyLines(property, "      ", options))];
}

/** `1 added, 2 changed` */
export function changeCounts(changes: readonly ResourceChange[]): string {
  return (["added", "changed", "removed"] as const)
    .map((kind) => [changes.filter((change) => change.kind === kind).length, kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} ${kind}`)
    .join(", ");
}

/** What differs from the committed preview. */
export function changesSection(result: PreviewResult, comparison: Comparison, options: TextOptions): string {
  const file = `${committedFolder(result.stack)}/${JSON_FILE}`;
  const inputs: InputsByUrn = new Map(result.digest.steps.map(({ urn, newState }) => [urn, newState.inputs]));
  const title = (text: string): string => options.style.bold(`Changes against ${file}: ${text}`);
  if (comparison.state === "same") return lines([title("none")]);
  if (comparison.state === "absent") {
    const all = result.digest.steps.map(({ urn, newState }): ResourceChange => ({
      kind: "added",
      urn,
      type: newState.type,
      properties: [],
    }));
    return lines([
      title("it is not there yet, so everything is new"),
      ...(options.diff ? all.flatMap((change) => changeLines(change, inputs, options)) : []),
    ]);
  }
  const counts = [
    changeCounts(comparison.resources),
    comparison.other.length === 0
      ? ""
      : `${plural(comparison.other.length, "difference")} in configuration, outputs or policies`,
  ].filter((text) => text !== "");
  return lines([
    title(counts.length === 0 ? "no resource differs" : counts.join("; ")),
    ...comparison.resources.flatMap((change) => changeLines(change, inputs, options)),
    ...comparison.other.flatMap((change) => propertyLines(change, "  ", options)),
    ...comparison.notes.map((note) => `  ${note}`),
  ]);
}

/** What would be deleted though it was declared protected, which the engine refuses. */
export const lostOf = (comparison: Comparison | undefined): readonly ResourceChange[] =>
  (comparison?.resources ?? []).filter(({ wasProtected }) => wasProtected === true);

export function protectedSection(lost: readonly ResourceChange[], { style }: TextOptions): string {
  if (lost.length === 0) return "";
  return lines([
    style.bold(`Protected: ${plural(lost.length, "resource")} would be deleted, which the engine refuses`),
    ...lost.map(({ urn, type }) => `  ${style.red("✗")} ${shortType(type)} ${urnName(urn)}`),
    "  Fix: declare them again. What is to go gives up its protection first, in an update of its own: a generation of the",
    "  authority by state retired, once its leaves have ended.",
  ]);
}

const verdictSigns = {
  passed: "✓",
  violated: "✗",
  advisory: "!",
  "judged by the day": "-",
  "not applicable": "-",
  disabled: "-",
} as const;

function paintVerdict(verdict: Verdict, text: string, { style }: TextOptions): string {
  switch (verdict.kind) {
    case "violated":
      return style.red(text);
    case "advisory":
      return style.yellow(text);
    case "passed":
      return style.green(text);
    default:
      return style.dim(text);
  }
}

/** Each pack with its policies and their verdicts. */
export function policiesSection(packs: readonly JudgedPack[], options: TextOptions): string {
  const shown = packs.flatMap((pack) => {
    const rows = columnsOf(
      pack.policies.map(({ info, verdict }) => [
        `    ${verdictSigns[verdict.kind]} ${info.name}`,
        info.severity,
        info.enforcementLevel,
        info.clauses.join(" "),
        verdictText(verdict),
      ]),
    );
    return [
      `  ${options.style.bold(printable(`${pack.name} ${pack.version}`))}: ${plural(pack.policies.length, "policy", "policies")}`,
      ...pack.policies.map(({ verdict }, index) => {
        const row = cut(printable(rows[index] ?? ""), options);
        const paint = (text: string): string => paintVerdict(verdict, text, options);
        return `    ${paint(row.slice(4, 5))}${paintEnd(row.slice(5), verdictText(verdict), paint)}`;
      }),
    ];
  });
  return lines([options.style.bold("Policies"), ...(shown.length === 0 ? ["  no policy pack"] : shown)]);
}

/** Every violation in full; empty when there is none. */
export function violationsSection(packs: readonly JudgedPack[], options: TextOptions): string {
  const { style } = options;
  const shown = packs.flatMap((pack) =>
    alike(pack.violations).flatMap((violations) => {
      const policy = pack.policies.find(({ info }) => info.name === violations[0].policy);
      return violationLines(violations, policy, pack, options);
    }),
  );
  return shown.length === 0 ? "" : lines([style.bold("Violations"), ...shown]);
}

type Alike = readonly [Violation, ...Violation[]];

/** Those that follow each other and differ in their message alone; what they share is shown once. */
function alike(violations: readonly Violation[]): readonly Alike[] {
  const shared = ({ policy, enforcementLevel, severity, urn }: Violation): string =>
    JSON.stringify([policy, enforcementLevel, severity, urn]);
  const groups: [Violation, ...Violation[]][] = [];
  for (const violation of violations) {
    const last = groups.at(-1);
    if (last && shared(last[0]) === shared(violation)) last.push(violation);
    else groups.push([violation]);
  }
  return groups;
}

function violationLines(
  violations: Alike,
  policy: JudgedPolicy | undefined,
  pack: JudgedPack,
  { style }: TextOptions,
): readonly string[] {
  const [first] = violations;
  const level = isMandatory(first) ? style.red(first.enforcementLevel) : style.yellow(first.enforcementLevel);
  const facts = [first.severity, ...(policy?.info.clauses ?? [])].join(" ");
  const indented = (label: string, text: string): readonly string[] =>
    text === ""
      ? []
      : printable(`${label}${text.trim()}`)
          .split("\n")
          .map((line) => `      ${line}`.trimEnd());
  // The SDK puts the policy's description before each message.
  const description = policy?.info.description ?? "";
  const messages = violations.map(({ message }, index) =>
    index > 0 && message.startsWith(description) ? message.slice(description.length) : message,
  );
  return [
    `  ${level} ${style.bold(printable(first.policy))} (${printable(`${pack.name} ${pack.version}`)}): ${facts}`,
    ...indented("", first.urn ?? "the stack as a whole"),
    ...messages.flatMap((message) => indented("", message)),
    // A message of a pack that says its own fix needs no second one.
    ...indented(
      "Fix: ",
      messages.some((message) => message.includes("Fix: ")) ? "" : (policy?.info.remediationSteps ?? ""),
    ),
    ...indented("See: ", policy?.info.url ?? ""),
  ];
}

/** What the program said, errors first to last; `debug` is left out, as in the CLI. */
export function diagnosticsSection(diagnostics: readonly Diagnostic[], options: TextOptions): string {
  const { style } = options;
  const paint = { error: style.red, warning: style.yellow, info: style.cyan, debug: style.dim };
  const shown = diagnostics
    .filter(({ severity, message }) => severity !== "debug" && message.trim() !== "")
    .flatMap(({ severity, message, urn }) => {
      const where = urn === undefined || urnName(urn) === "" ? "" : `${urnName(urn)}: `;
      return printable(message)
        .trim()
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line, index) =>
          index === 0 || (severity === "error" && !line.startsWith(" "))
            ? `${paint[severity](`${severity}:`)} ${index === 0 ? where : ""}${line}`
            : `  ${line}`,
        );
    });
  return shown.length === 0 ? "" : lines(shown);
}

export function outputsSection(result: PreviewResult, { style }: TextOptions): string {
  const names = Object.keys(result.outputs).sort();
  if (names.length === 0) return "";
  return lines([
    style.bold("Outputs"),
    ...names.flatMap((name) => valueLines(name, result.outputs[name] ?? null, "  ")).map(printable),
  ]);
}

/** Lists longer than this go on in the next line, also where a terminal is wider. */
const MAX_LINE_CHARACTERS = 110;

export function totalsSection(result: PreviewResult, options: TextOptions): string {
  const { steps } = result.digest;
  const totals = totalsOf(steps);
  const certificates = certificatesText(certificatesOf(steps));
  const board = boardOf(steps, result.digest.config);
  const digits = Math.max(0, ...totals.map(({ count }) => String(count).length));
  const heads = columnsOf(
    totals.map(({ service, count }) => [`  ${service}`, String(count).padStart(digits)]),
  ).map((head) => `${head}  `);
  const room = Math.min(options.columns ?? MAX_LINE_CHARACTERS, MAX_LINE_CHARACTERS) - width(heads[0] ?? "");
  const rows = totals.flatMap(({ types }, index) =>
    wrapped(
      types.map(([type, count]) => `${type} ${count}`),
      room,
    ).map((line, part) => `${part === 0 ? heads[index] : " ".repeat(width(heads[0] ?? ""))}${line}`),
  );
  return lines([
    options.style.bold(`Totals: ${plural(steps.length, "resource")} to create`),
    ...rows.map(printable),
    ...(certificates === "" ? [] : [`  Certificates: ${certificates}`]),
    ...(board === undefined ? [] : [`  B8.4: ${boardText(board)}`]),
  ]);
}

/** Words with commas between them, in lines of so many characters where the words allow it. */
function wrapped(words: readonly string[], characters: number): readonly string[] {
  const out: string[] = [];
  let line = "";
  words.forEach((word, index) => {
    const next = index === words.length - 1 ? word : `${word},`;
    if (line === "") line = next;
    else if (width(line) + 1 + width(next) <= characters) line += ` ${next}`;
    else {
      out.push(line);
      line = next;
    }
  });
  return [...out, line];
}

/** The last line: what came out, in one look. */
export function summaryLine(
  result: PreviewResult,
  packs: readonly JudgedPack[],
  comparison: Comparison | undefined,
  durationMs: number | undefined,
  { style }: TextOptions,
): string {
  const lost = lostOf(comparison);
  const failed = lost.length > 0 || packs.some((pack) => pack.violations.some(isMandatory));
  const policies = packs.reduce((sum, pack) => sum + pack.policies.length, 0);
  const parts = [
    `${plural(result.digest.steps.length, "resource")} to create`,
    policies === 0 ? "no policies" : `${plural(policies, "policy", "policies")}: ${verdictCounts(packs)}`,
    lost.length === 0 ? "" : `${plural(lost.length, "protected resource")} lost`,
    comparison === undefined ? "" : standing[comparison.state],
    durationMs === undefined ? "" : `${(durationMs / 1000).toFixed(1)} s`,
  ].filter((part) => part !== "");
  const text = parts.join(" · ");
  return failed ? `${style.red("✗")} ${text}` : `${style.green("✓")} ${text}`;
}

const standing: Record<Comparison["state"], string> = {
  absent: "no committed preview",
  same: "as committed",
  stale: "differs from the committed preview",
};

const lines = (text: readonly string[]): string => text.map((line) => `${line}\n`).join("");
