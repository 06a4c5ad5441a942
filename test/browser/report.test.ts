import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { reportCommand } from "../../cli/report/command";
import { pageOf } from "../../cli/report/page/page";
import { BODY_PAGES, isWithin, pagesOf } from "../../cli/report/pdf/pages";
import { printBy, type Printed } from "../../cli/report/pdf/print";
import * as run from "../../cli/report/run";
import { findingOf, JUDGED, reportWith } from "../../cli/report/testSupport";
import { complete, fileOf, inputOf, testKey } from "../../infra/evidence/record/testSupport";
import type { JudgedStack } from "../../cli/audit/input/judged";
import type { History } from "../../cli/report/commits";
import { judgedStaging } from "./support/audits";
import { environment, needed, startBrowser, watch } from "./support/browser";
import { VARIABLES } from "./support/tools";

const AXE = readFileSync(createRequire(__filename).resolve("axe-core/axe.min.js"), "utf8");
const PDFTOTEXT = process.env[VARIABLES.pdftotext];
const ROOT = join(__dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "fase-b-report-page-"));
const key = testKey();

let browser: Browser | undefined;
let judged: JudgedStack = JUDGED;
beforeAll(async () => {
  browser = await startBrowser();
  if (browser) judged = await judgedStaging();
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true });
});

/** The words of each sheet, as its reader finds them. */
function sheetsOf(pdf: Uint8Array, context: TestContext): readonly string[] {
  if (PDFTOTEXT === undefined) context.skip("no pdftotext: npm run test:browser says why");
  const file = join(folder, "printed.pdf");
  writeFileSync(file, pdf);
  return execFileSync(PDFTOTEXT ?? "", ["-layout", file, "-"], { encoding: "utf8", env: environment() })
    .split("\f")
    .slice(0, -1);
}

async function printed(report: Parameters<typeof pageOf>[0]): Promise<Printed> {
  const made = await printBy(process.env, ROOT)({ whole: pageOf(report), body: pageOf(report, "body") });
  if (!("pdf" in made)) throw new Error(made.notPrinted);
  return made;
}

/** As long as a report gets: every list longer than its place, every text as long as it may be. */
function longest(): Parameters<typeof pageOf>[0] {
  const title = "a title that goes on and on for as long as a tool lets it ".repeat(5);
  const findings = Array.from({ length: 300 }, (_, at) =>
    findingOf(at.toString(16).padStart(16, "0"), {
      title,
      place: `POST /${"avatar".repeat(40)}`,
      severity: "critical",
      classes: {
        owaspTop10: ["A03:2021", "A05:2021"],
        owaspApiTop10: ["API4:2023"],
        cwe: ["CWE-89", "CWE-10000"],
        advisories: ["GHSA-aaaa-bbbb-cccc", "CVE-2026-123456"],
      },
      status: {
        state: "accepted",
        until: "2026-11-30",
        by: "lead-api-security",
        reason: title.slice(0, 500),
        severity: "critical",
        at: "2026-11-25T12:00:00.000Z",
      },
    }),
  );
  const history: History = {
    commits: Array.from({ length: 500 }, (_, at) => ({
      id: at.toString(16).padStart(40, "0"),
      subject:
        "what was changed, and why, in more words than a line has, again and again and again and again",
      files: ["release", "observability", "scanning", "edge", "firewall", "trust", "secrets", "evidence"]
        .map((name) => `infra/${name}/a.ts`)
        .concat("docs/a.md"),
    })),
    missing: "shallow",
  };
  return reportWith(
    inputOf(
      [
        ...complete(key).filter(({ path }) => !path.startsWith("B8.5/")),
        fileOf({ clause: "B8.5", kind: "findings", predicate: { findings } }, key),
        ...Array.from({ length: 200 }, (_, at) => ({
          path: `B8.1/metrics/nothing-${at}.json`,
          bytes: Buffer.from("{}"),
        })),
      ],
      [key],
    ),
    { history, sample: true, audit: { judged } },
  );
}

describe("Informe B on paper (B7.1)", () => {
  it("a sample by the command, of this checkout: two or three sheets of A4 and the annex, MUESTRA on each", async (context) => {
    needed(browser, context);
    let said = "";
    const status = await reportCommand(["--sample", "--out", folder], {
      cwd: ROOT,
      env: process.env,
      stdout: { write: (text: string) => (said += text), isTTY: false },
      nowMs: Date.now,
      loadRun: () => run,
    });
    expect({ status, said }).toMatchObject({ status: 0 });
    const pdf = readFileSync(join(folder, "informe-b.MUESTRA.pdf"));
    const sheets = sheetsOf(pdf, context);
    expect(sheets).toHaveLength(pagesOf(pdf));
    for (const [, box = ""] of pdf.toString("latin1").matchAll(/\/MediaBox \[([^\]]+)\]/g))
      expect(box.split(" ").map((side) => Math.round(Number(side)))).toEqual([0, 0, 595, 842]);
    for (const sheet of sheets) expect(sheet).toContain("MUESTRA");
    const annex = sheets.findIndex((sheet) => sheet.includes("Anexo: evidencias por su huella digital"));
    expect(isWithin(annex)).toBe(true);
    expect(said).toContain(`${annex} pages and `);
    expect(sheets.join()).toMatch(/Página 1 de \d/);
    for (const words of [
      "Decisión que la evidencia permite proponer",
      "612 ms",
      "Excepciones con fecha de fin",
    ])
      expect(sheets.slice(0, annex).join("").replaceAll("\u00a0", " ")).toContain(words);
  });

  it("keeps to its pages however much there is: what has no place is in the annex", async (context) => {
    needed(browser, context);
    const { bodyPages, pages } = await printed(longest());
    expect(bodyPages).toBeLessThanOrEqual(BODY_PAGES.most);
    expect(pages).toBeGreaterThan(10);
  });

  it("is no less than two pages where there is no evidence at all", async (context) => {
    needed(browser, context);
    const { bodyPages } = await printed(reportWith(inputOf([], [key]), { audit: { judged } }));
    expect(isWithin(bodyPages)).toBe(true);
  });

  it("asks nobody, and has nothing that is wider than its sheet", async (context) => {
    const started = needed(browser, context);
    const file = join(folder, "longest.html");
    writeFileSync(file, pageOf(longest()));
    // Between the margins of the print style, in CSS pixels.
    const width = Math.floor(((210 - 2 * 11) / 25.4) * 96);
    const page = await (await started.newContext({ viewport: { width, height: 1000 } })).newPage();
    const watched = watch(page);
    const url = pathToFileURL(file).href;
    await page.goto(url);
    await page.emulateMedia({ media: "print" });
    const wide = await page.evaluate(
      (most) =>
        [...document.querySelectorAll("main *")]
          .filter((element) => Math.floor(element.getBoundingClientRect().right) > most)
          .map((element) => element.outerHTML.slice(0, 120)),
      width,
    );
    expect(wide).toEqual([]);
    expect(watched).toEqual({ requests: [url], complaints: [] });
  });

  it("axe-core finds nothing wrong", async (context) => {
    const started = needed(browser, context);
    const file = join(folder, "all.html");
    writeFileSync(file, pageOf(reportWith(inputOf(complete(key), [key]), { sample: true })));
    const page = await (await started.newContext()).newPage();
    await page.goto(pathToFileURL(file).href);
    await page.evaluate(AXE);
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: {
          run(
            context: object,
          ): Promise<{ violations: readonly { id: string; nodes: readonly { html: string }[] }[] }>;
        };
      };
      // The mark over the sheets is decoration (https://www.w3.org/TR/WCAG22/#contrast-minimum): the head says it in words.
      return (await axe.run({ exclude: [[".watermark"]] })).violations.map(({ id, nodes }) => [
        id,
        nodes[0]?.html,
      ]);
    });
    expect(violations).toEqual([]);
  });
});
