import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { anchorOf, linksIn, withoutFences } from "./observability/support/runbookText";

/** Whoever follows a document from the README on arrives. Links to other hosts are nobody's to hold here. */

const root = join(__dirname, "..");
/** What no clone has: made, fetched, or of a moment. As in .gitignore. */
const ABSENT =
  /(^|\/)(node_modules|\.git|\.cache|\.build|\.local|coverage)(\/|$)|^stacks\/[^/]+\/(audit|report)(\/|$)/;

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (ABSENT.test(path)) return [];
    return entry.isDirectory() ? filesIn(path) : [path];
  });
const texts = new Map<string, string>();
function textOf(document: string): string {
  const text = texts.get(document) ?? readFileSync(join(root, document), "utf8");
  texts.set(document, text);
  return text;
}
const documents = filesIn("")
  .filter((path) => path.endsWith(".md"))
  .sort();

/** GitHub's: a heading whose anchor is taken gets a number; an `<a id>` is one too. */
function anchorsOf(text: string): ReadonlySet<string> {
  const prose = withoutFences(text);
  const anchors = new Set([...prose.matchAll(/<a id="([^"]+)">/g)].map(([, id = ""]) => id));
  const seen = new Map<string, number>();
  for (const [, heading = ""] of prose.matchAll(/^#{1,6} (.+)$/gm)) {
    const anchor = anchorOf(heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1"));
    const times = seen.get(anchor) ?? 0;
    seen.set(anchor, times + 1);
    anchors.add(times === 0 ? anchor : `${anchor}-${times}`);
  }
  return anchors;
}

/** @returns why a link of a document leads nowhere; none where it arrives */
function deadLinks(document: string, text: string): string[] {
  return linksIn(text).flatMap((target) => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return [];
    const [path = "", anchor] = target.split("#");
    if (path === "")
      return anchorsOf(text).has(anchor ?? "") ? [] : [`${document}: ${target}: no such heading`];
    const there = join(root, dirname(document), decodeURI(path));
    const place = relative(root, there);
    const dead = (why: string): string[] => [`${document}: ${target}: ${why}`];
    if (place.startsWith("..") || path.startsWith("/")) return dead("leads out of the repository");
    if (!existsSync(there) || ABSENT.test(place)) return dead("is no file of a clone");
    if (anchor === undefined) return [];
    if (!statSync(there).isFile() || !there.endsWith(".md")) return dead("an anchor in what has none");
    return anchorsOf(textOf(place)).has(anchor) ? [] : dead("no such heading");
  });
}

describe("the documents", () => {
  it("are found: README, docs, and every room's", () => {
    expect(documents).toEqual(
      expect.arrayContaining([
        "README.md",
        "docs/decisions.md",
        "infra/firewall/README.md",
        "stacks/account/README.md",
      ]),
    );
  });

  it.each(documents)("%s leads wherever it says", (document) => {
    expect(deadLinks(document, textOf(document))).toEqual([]);
  });

  it("of every room can be reached from the README, from link to link", () => {
    const reached = new Set(["README.md"]);
    for (const document of reached)
      for (const target of linksIn(textOf(document))) {
        const [path = ""] = target.split("#");
        const place = relative(root, join(root, dirname(document), path));
        const file = documents.includes(join(place, "README.md")) ? join(place, "README.md") : place;
        if (path !== "" && documents.includes(file)) reached.add(file);
      }
    const rooms = documents.filter((path) => /(^|\/)README\.md$|^docs\//.test(path));
    expect(rooms.filter((path) => !reached.has(path))).toEqual([]);
  });
});

describe("a dead link is noticed", () => {
  it.each([
    ["a file that is not there", "[x](../docs/decision.md)", "is no file of a clone"],
    ["another case of the name", "[x](../docs/Decisions.md)", "is no file of a clone"],
    ["a heading that is not there", "[x](../docs/decisions.md#8-a-month-of-logs)", "no such heading"],
    ["a heading of its own that is not there", "# One\n\n[x](#two)", "no such heading"],
    ["an anchor in code", "[x](../stacks/staging.ts#staging)", "an anchor in what has none"],
    ["what only this machine has", "[x](../node_modules/zod/README.md)", "is no file of a clone"],
    ["what is made of a moment", "[x](../stacks/staging/report/informe-b.html)", "is no file of a clone"],
    ["what is beside the repository", "[x](../../elsewhere.md)", "leads out of the repository"],
  ])("%s", (_, text, why) => {
    expect(deadLinks("docs/some.md", text)).toEqual([expect.stringContaining(why)]);
  });

  it.each([
    ["a heading", "[x](../docs/decisions.md#8-a-year-of-logs)"],
    ["the second heading of that name", "# One\n\n# One\n\n[x](#one-1)"],
    ["an anchor that is no heading", '<a id="b31"></a>\n\n[x](#b31)'],
    ["a folder", "[x](../infra/firewall)"],
    ["another host", "[x](https://example.com/nowhere)"],
    ["an example in a block of code", "```md\n[x](nowhere.md)\n```\n"],
  ])("and one that arrives is not: %s", (_, text) => {
    expect(deadLinks("docs/some.md", text)).toEqual([]);
  });
});
