import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { complete, inputOf, testKey } from "../../infra/evidence/record/testSupport";
import { Believed, type Figure } from "./believed";
import { ordered } from "./ordered";
import {
  clauseName,
  commitName,
  dayName,
  drawn,
  idName,
  findingName,
  instantName,
  momentName,
  number,
  pathName,
  prose,
  quoted,
  shortly,
  tally,
  type Part,
} from "./prose";

const key = testKey();
const believed = Believed.of(inputOf(complete(key), [key]));
const p95 = believed.pieces
  .filter(({ clause }) => clause === "B8.1")
  .map((piece): Figure | undefined => believed.at(piece, ["value"], "ms"))[0];

describe("what is printed (B7.1)", () => {
  it("is a number only where it says whence it is: evidence, work order, a count, a name, somebody's words", () => {
    expect(
      prose`<p class="a1">${p95} ${ordered.p95Before} ${tally([1, 2])} ${clauseName("B8.1")} ${quoted("500 ms")}</p>`
        .markup,
    ).toBe(`<p class="a1">650\u00a0ms 800\u00a0ms 2 <b>B8.1</b> <q lang="en">500 ms</q></p>`);
  });

  const alike = { value: 650, unit: "ms" } as unknown as Part;
  it.each([
    ["in a text", () => prose`<p>${"650 ms"}</p>`],
    ["in a text by itself", () => prose`${"650"}`],
    ["in a list of texts", () => prose`<p>${["a", ["650"]]}</p>`],
    ["in the template", () => prose`<p>650 ms</p>`],
    ["in the template after a tag", () => prose`<p class="a">p ${"x"} 7</p>`],
    ["in other digits", () => prose`<p>${"٦٥٠ Ⅻ ½"}</p>`],
    ["as what looks like a figure", () => prose`<p>${alike}</p>`],
    ["as a number between the tags of a picture", () => drawn`<text x="${1}">${650}</text>`],
    ["as a number by way of a cast", () => prose`<p>${650 as unknown as string}</p>`],
  ])("is refused %s where it says nothing of that", (_, make) => {
    expect(make).toThrow(/^a number without evidence: got /);
  });

  it.each([
    ["a clause", () => clauseName("650")],
    ["a commit", () => commitName("650")],
    ["a path", () => pathName("650 ms")],
    ["a path of digits alone", () => pathName("650")],
    ["a day", () => dayName("650")],
    ["a finding", () => findingName("650")],
    ["a moment", () => momentName("650 ms")],
    ["an identifier", () => idName("650 ms")],
    ["an instant", () => instantName("650 ms")],
  ])("is no name of %s where it has not the form", (_, make) => {
    expect(make).toThrow(/no /);
  });

  it("may place a picture's parts", () => {
    expect(drawn`<rect x="${1.23456}" y="0"/>`.markup).toBe(`<rect x="1.23" y="0"/>`);
  });

  it("is text whatever somebody wrote, and never markup", () => {
    expect(prose`<p>${quoted(`<script>"x"</script>\u202e`, `" onload="x`)}</p>`.markup).toBe(
      `<p><q lang="&quot; onload=&quot;x">&lt;script&gt;&quot;x&quot;&lt;/script&gt;\\u202e</q></p>`,
    );
  });

  it("writes numbers as Spanish does", () => {
    expect([0.00012345, 0.00000004, 0, 612.34567].map(number)).toEqual([
      "0,000123",
      "0,00000004",
      "0",
      "612,346",
    ]);
    expect([0.31, 1.08, 650, 4000, 48210, 1234567.5, -3.25].map(number)).toEqual([
      "0,31",
      "1,08",
      "650",
      "4000",
      "48\u202f210",
      "1\u202f234\u202f567,5",
      "−3,25",
    ]);
  });

  it("writes days and instants as Spanish does, a document's in Madrid's time, summer and winter", () => {
    const said = (name: { readonly html: { readonly markup: string } }): string =>
      name.html.markup.replace(/<[^>]*>/g, "");
    expect(said(dayName("2026-11-05"))).toBe("05/11/2026");
    expect(said(instantName("2026-11-26T12:00:00.000Z"))).toBe("26/11/2026 12:00 UTC");
    expect(said(instantName("2026-11-26T12:00:07.000Z"))).toBe("26/11/2026 12:00:07 UTC");
    expect(said(momentName("2026-07-31T22:05:00.000Z"))).toBe(
      "1 de agosto de 2026, 00:05 CEST (31/07/2026 22:05 UTC)",
    );
    expect(said(momentName("2026-11-26T12:00:00.000Z"))).toBe(
      "26 de noviembre de 2026, 13:00 CET (26/11/2026 12:00 UTC)",
    );
  });

  it("cuts long words off where they show it", () => {
    expect(shortly("one\n two  three", 20)).toBe("one two three");
    expect(shortly("one two three", 8)).toBe("one two…");
  });
});

describe("the page's files", () => {
  it("make no markup but by these templates: there is no other way for a digit", () => {
    for (const name of ["charts", "metrics", "parts", "sections"]) {
      const text = readFileSync(join(__dirname, "page", `${name}.ts`), "utf8");
      expect(text).not.toMatch(/new Html\(|\bmarkup`|escaped\(/);
      expect(text).not.toMatch(/import \{ Html/);
    }
    // Words of others and names come from elsewhere: none is written here with a digit in it.
    for (const name of ["charts", "metrics", "parts", "sections", "page"]) {
      const text = readFileSync(join(__dirname, "page", `${name}.ts`), "utf8");
      const literal =
        /\b(?:quoted|shortly|pathName|idName|commitName|tally)\(\s*(?:\[|"[^"]*\d|'[^']*\d|`[^`]*\d|\d)[^)]*\)/g;
      expect(text.match(literal) ?? []).toEqual(name === "sections" ? ["tally([...labels])"] : []);
    }
    // The style and the content security policy, and nothing else.
    expect(readFileSync(join(__dirname, "page", "page.ts"), "utf8").match(/new Html\(\s*\S+/g)).toEqual([
      "new Html(\n    [",
      "new Html(style)}</style>",
    ]);
  });
});
