import type { z } from "zod";
import { ReportError, shown } from "./reportError";

/** The longest real report of these tools has some megabytes. */
export const MAX_REPORT_CHARACTERS = 32 * 1024 * 1024;
/** SARIF, the deepest of the formats, has about 20 levels. */
const MAX_DEPTH = 64;

export function refuseSize(text: string, file: string): void {
  if (text.length > MAX_REPORT_CHARACTERS)
    throw new ReportError({
      file,
      place: "the whole file",
      got: `${text.length} characters`,
      allowed: `at most ${MAX_REPORT_CHARACTERS}`,
      fix: "let the tool report on less at a time",
    });
}

/**
 * A report's JSON. Stricter than the language, which takes the last of two members of one name and says nothing: a second list of findings
 * would hide the first.
 *
 * @throws ReportError
 */
export function parseJson(text: string, file: string): unknown {
  refuseSize(text, file);
  const json = text.startsWith("\ufeff") ? text.slice(1) : text;
  refuseShape(json, file);
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw new ReportError({
      file,
      place: "the whole file",
      got: json.trim() === "" ? "nothing" : "what is no JSON, or is cut off",
      allowed: "one JSON document",
      fix: "let the tool write the report again",
    });
  }
}

/** Depth, and names that occur twice or that no tool writes. Reads no more of the syntax than it needs; JSON.parse reads it all. */
function refuseShape(json: string, file: string): void {
  /** The names of each open object; null for a list. */
  const open: (Set<string> | null)[] = [];
  let expectsName = false;
  const refuse = (at: number, got: string, allowed: string): never => {
    const line = json.slice(0, at).split("\n").length;
    throw new ReportError({
      file,
      place: `line ${line}`,
      got,
      allowed,
      fix: "let the tool write the report again",
    });
  };
  for (let at = 0; at < json.length; at += 1) {
    const character = json.charCodeAt(at);
    if (character === 0x22) {
      const start = at;
      for (at += 1; at < json.length && json.charCodeAt(at) !== 0x22; at += 1)
        if (json.charCodeAt(at) === 0x5c) at += 1;
      const names = open.at(-1);
      if (!expectsName || !names) continue;
      expectsName = false;
      const name = nameOf(json.slice(start, at + 1));
      if (name === undefined) continue;
      if (name === "__proto__") refuse(start, "a member named __proto__", "members that a tool writes");
      if (names.has(name)) refuse(start, `two members named ${shown(name)} in one object`, "each name once");
      names.add(name);
    } else if (character === 0x7b || character === 0x5b) {
      if (open.length >= MAX_DEPTH)
        refuse(at, `more than ${MAX_DEPTH} levels`, `at most ${MAX_DEPTH} levels`);
      open.push(character === 0x7b ? new Set() : null);
      expectsName = character === 0x7b;
    } else if (character === 0x7d || character === 0x5d) {
      open.pop();
      expectsName = false;
    } else if (character === 0x2c) expectsName = open.at(-1) instanceof Set;
  }
}

function nameOf(literal: string): string | undefined {
  try {
    return JSON.parse(literal) as string;
  } catch {
    // No JSON: told by who parses the whole.
    return undefined;
  }
}

/** @throws ReportError for the first thing that is not as the schema says */
export function parsedBy<T extends z.ZodType>(
  schema: T,
  value: unknown,
  file: string,
  format: string,
): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path ?? [];
  const at = path.reduce<unknown>(
    (inner, step) =>
      typeof inner === "object" && inner !== null && Object.hasOwn(inner, step)
        ? (inner as Record<PropertyKey, unknown>)[step]
        : undefined,
    value,
  );
  throw new ReportError({
    file,
    place: path.map(String).join(".") || "the whole file",
    got: shown(at),
    allowed:
      (issue?.message ?? "").replace(/^Invalid (input|option|string): (expected )?/, "") || "another value",
    fix: `name a report of ${format}, or let the tool write it again`,
  });
}
