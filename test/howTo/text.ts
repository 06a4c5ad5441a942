/** Reads a how-to: which files it changes, which commands it has run, and what it says that they say. */

export interface Change {
  readonly kind: "change";
  /** Where the text says it, as `docs/how-to.md:12`. */
  readonly at: string;
  readonly file: string;
  /** What stands there; nothing where the file is new. */
  readonly from: string;
  readonly to: string;
}

export interface Command {
  readonly kind: "command";
  readonly at: string;
  readonly command: string;
  readonly status: number;
  /** Lines of its output, in their order, in which `…` stands for anything. */
  readonly says: readonly string[];
}

export type Step = Change | Command;

const FENCE = /^( *)```(\w*)/;
/** First in a block of changes. */
const PLACE = /^@@ (\S+) @@$/;
const NEW_FILE = /New file `([^`]+)`:$/;
const STATUS = /\s+# ends with (\d+)$/;

interface Block {
  readonly language: string;
  /** The line above it that is not empty. */
  readonly above: string;
  readonly line: number;
  readonly lines: readonly string[];
}

/** The part of a document below a heading, down to the next of its rank; with the lines' numbers as they are. */
function sectionOf(document: string, heading: string): { readonly first: number; readonly lines: string[] } {
  const lines = document.split("\n");
  const begin = lines.indexOf(heading);
  if (begin < 0) throw new Error(`got no heading "${heading}"; allowed: one; fix: write the section`);
  const rank = heading.replace(/ .*/, "");
  const end = lines.findIndex(
    (line, at) => at > begin && /^#+ /.test(line) && line.indexOf(" ") <= rank.length,
  );
  return { first: begin, lines: lines.slice(begin, end < 0 ? undefined : end) };
}

function blocksOf(lines: readonly string[], first: number): readonly Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [, indent = "", language] = FENCE.exec(lines[at] ?? "") ?? [];
    if (language === undefined) continue;
    const length = lines.slice(at + 1).findIndex((line) => FENCE.test(line));
    if (length < 0) throw new Error(`line ${first + at + 1}: got a block without an end`);
    const above = lines.slice(0, at).findLast((line) => line.trim() !== "") ?? "";
    blocks.push({
      language,
      above,
      line: first + at + 1,
      lines: lines.slice(at + 1, at + 1 + length).map((each) => each.slice(indent.length)),
    });
    at += length + 1;
  }
  return blocks;
}

const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

/** `@@ file @@`, then lines with `+`, `-` or a blank before them; several in one block. */
function changesOf(at: string, lines: readonly string[]): readonly Change[] {
  const parts: { readonly file: string; readonly lines: string[] }[] = [];
  for (const line of lines) {
    const [, file] = PLACE.exec(line) ?? [];
    if (file !== undefined) parts.push({ file, lines: [] });
    else if (/^[ +-]/.test(line) || line === "") parts.at(-1)?.lines.push(line === "" ? " " : line);
    else
      throw new Error(`${at}: got "${line}"; allowed: "@@ <file> @@", or a line after "+", "-" or a blank`);
  }
  if (parts.length === 0) throw new Error(`${at}: got a change of no file; allowed: "@@ <file> @@" first`);
  return parts.map(({ file, lines: own }) => {
    const side = (left: string): string =>
      joined(own.filter((line) => !line.startsWith(left)).map((line) => line.slice(1)));
    const [from, to] = [side("+"), side("-")];
    if (from === "" || from === to)
      throw new Error(`${at}: got ${from === "" ? "no line that is there" : "no change"} in ${file}`);
    return { kind: "change", at, file, from, to };
  });
}

/**
 * What somebody does who follows the section, step by step.
 *
 * @throws Error where a block is none of: `diff`, `sh`, `text` below `sh`, any below "New file `…`:"
 */
export function stepsOf(name: string, document: string, heading: string): readonly Step[] {
  const { first, lines } = sectionOf(document, heading);
  const steps: Step[] = [];
  for (const { language, above, line, lines: own } of blocksOf(lines, first)) {
    const at = `${name}:${line}`;
    const [, newFile] = NEW_FILE.exec(above) ?? [];
    const last = steps.at(-1);
    if (newFile !== undefined) {
      steps.push({ kind: "change", at, file: newFile, from: "", to: joined(own) });
    } else if (language === "diff") {
      steps.push(...changesOf(at, own));
    } else if (language === "sh") {
      for (const each of own) {
        const [text, status = "0"] = STATUS.exec(each) ?? [""];
        steps.push({
          kind: "command",
          at,
          command: text ? each.slice(0, -text.length) : each,
          status: Number(status),
          says: [],
        });
      }
    } else if (language === "text" && last?.kind === "command") {
      steps[steps.length - 1] = { ...last, says: own.filter((each) => each.trim() !== "") };
    } else {
      throw new Error(`${at}: got a block of ${language || "no language"} that belongs to nothing`);
    }
  }
  return steps;
}

/** The file's text after a change; throws where its lines are not there once. */
export function changed({ at, file, from, to }: Change, text: string | undefined): string {
  if (from === "") {
    if (text !== undefined) throw new Error(`${at}: got a new file ${file} that is there already`);
    return to;
  }
  if (text === undefined) throw new Error(`${at}: got a change of ${file}, which is not there`);
  // Whole lines: what they are a part of is something else.
  const parts = `\n${text}`.split(`\n${from}`);
  if (parts.length !== 2) throw new Error(`${at}: ${file} holds ${parts.length - 1} times:\n${from}`);
  return parts.join(`\n${to}`).slice(1);
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** The first line of those a command should say that it does not, after those before it; none where it says all. */
export function unsaid({ says }: Pick<Command, "says">, output: string): string | undefined {
  const lines = output.split("\n").map((line) => line.trim());
  let from = 0;
  return says.find((said) => {
    const form = new RegExp(`^${said.trim().split("…").map(escaped).join(".*")}$`);
    const found = lines.slice(from).findIndex((line) => form.test(line));
    from += found + 1;
    return found < 0;
  });
}
