/** The runbook as a reader sees it: sections, blocks of code, inline code, links. */

export interface Fence {
  /** `sh`, `logs-insights`, `promql`, … */
  readonly language: string;
  readonly text: string;
  /** The paragraph above it. */
  readonly before: string;
}

const FENCE = /^```([\w-]*)\n([\s\S]*?)^```$/gm;

export const fencesIn = (text: string): readonly Fence[] =>
  [...text.matchAll(FENCE)].map((match) => {
    const [, language = "", body = ""] = match;
    const above = text.slice(0, match.index).replace(/<!--[^>]*-->\s*$/, "");
    const before = above.trimEnd().split("\n\n").at(-1) ?? "";
    return { language, text: body.trimEnd(), before };
  });

export const withoutFences = (text: string): string => text.replace(FENCE, "");

export const inlineCodeIn = (text: string): readonly string[] =>
  [...withoutFences(text).matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);

/** Prose alone: neither code nor markers nor where links lead. */
export const proseOf = (text: string): string =>
  withoutFences(text)
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/`[^`]*`/g, "")
    .replace(/\]\([^)]*\)/g, "]");

/** Headings of a level with what stands below them, up to the next heading of that level or above. */
export function sectionsOf(text: string, level: number): ReadonlyMap<string, string> {
  const heading = new RegExp(`^#{1,${level}} (.+)$`, "gm");
  const found = [...text.matchAll(heading)];
  return new Map(
    found.flatMap((match, at): [string, string][] => {
      const [line, title = ""] = match;
      if (!line.startsWith(`${"#".repeat(level)} `)) return [];
      return [[title, text.slice(match.index + line.length, found[at + 1]?.index)]];
    }),
  );
}

/** https://github.com/Flet/github-slugger: lower case, no punctuation but hyphens and underscores, blanks become hyphens. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/ /g, "-");

export const anchorsIn = (text: string): readonly string[] =>
  [...withoutFences(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));

export const linksIn = (text: string): readonly string[] =>
  [...withoutFences(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
