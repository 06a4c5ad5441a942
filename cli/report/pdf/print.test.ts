import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BODY_PAGES, isWithin, pagesOf } from "./pages";
import { printBy } from "./print";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "report-print-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Something that is started as a Chromium is, and is none. */
function pretender(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}
const printedBy = (path: string): ReturnType<ReturnType<typeof printBy>> =>
  printBy({ PATH: process.env["PATH"], FASE_B_CHROMIUM: path }, folder, { startMs: 1_500, printMs: 1_500 })({
    whole: "<p>whole</p>",
    body: "<p>body</p>",
  });

describe("a Chromium that does not print is told in one line, and holds up nothing", () => {
  it("where it hangs", async () => {
    const hanging = pretender("hanging", "exec sleep 60");
    const began = Date.now();
    const said = await printedBy(hanging);
    expect(Date.now() - began).toBeLessThan(30_000);
    expect(said).toEqual({ notPrinted: expect.stringMatching(/hanging does not print: .*1500ms/) as string });
  }, 60_000);

  it("where it fails", async () => {
    const said = await printedBy(pretender("failing", "echo no >&2; exit 7"));
    expect(said).toEqual({ notPrinted: expect.stringMatching(/failing does not print: [^\n]+$/) as string });
  }, 60_000);

  it("where one is named that is not there: no other is taken in its place", async () => {
    const missing = join(folder, "missing");
    expect(await printedBy(missing)).toEqual({
      notPrinted: `FASE_B_CHROMIUM names ${missing}, which is not there`,
    });
  });

  it("where there is none", async () => {
    expect(await printBy({ PATH: "" }, folder)({ whole: "", body: "" })).toEqual({
      notPrinted: "there is no Chromium",
    });
  });
});

describe("a PDF's pages", () => {
  it("are counted each once, and what holds them is none", () => {
    const pdf = [
      "%PDF-1.4",
      "1 0 obj\n<</Type /Catalog\n/Pages 2 0 R>>",
      "2 0 obj\n<</Type /Pages\n/Count 3\n/Kids [3 0 R 4 0 R 5 0 R]>>",
      "3 0 obj\n<</Type /Page\n/Parent 2 0 R>>",
      "4 0 obj\n<</Type/Page/Parent 2 0 R>>",
      "5 0 obj\n<</Type /Page>>",
      "6 0 obj\n<</Type /PageLabel>>",
    ].join("\n");
    expect(pagesOf(Buffer.from(pdf))).toBe(3);
    expect(pagesOf(Buffer.from("no PDF"))).toBe(0);
  });

  it("are two or three before the annex (B7.1)", () => {
    expect(BODY_PAGES).toEqual({ least: 2, most: 3 });
    expect([0, 1, 2, 3, 4].map(isWithin)).toEqual([false, false, true, true, false]);
  });
});
