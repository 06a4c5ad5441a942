import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readCollectorKeys } from "../../infra/evidence/record/collectorKeys";
import { complete, NOW_MS, SOURCE, testKey } from "../../infra/evidence/record/testSupport";
import type { EvidenceFile } from "../../infra/evidence/record/verify";
import { explained } from "../outcome";
import { reportCommand } from "./command";
import type { Print } from "./pdf/print";
import * as run from "./run";
import { JUDGED } from "./testSupport";

/** What the pack says is the audit's tests' concern: here it has nothing to say, and is not started. */
vi.mock("../audit/input/judgePreview", () => ({ judgePreview: () => Promise.resolve(JUDGED) }));

const ROOT = join(__dirname, "../..");
const AT = new Date(NOW_MS).toISOString();
const key = testKey();
const printed =
  (bodyPages: number): Print =>
  () =>
    Promise.resolve({ pdf: Buffer.from("%PDF"), bodyPages, pages: bodyPages + 1 });
const notPrinted: Print = () => Promise.resolve({ notPrinted: "there is no Chromium" });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "report-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let runs = 0;
let record: string;
let out: string;
beforeEach(() => {
  record = join(folder, `record-${++runs}`);
  out = join(folder, `out-${runs}`);
  put("collectors.json", "[]\n");
});

function put(path: string, bytes: Uint8Array | string): void {
  const file = join(record, "stacks/staging", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}
function putEvidence(files: readonly EvidenceFile[]): void {
  const { publicKey, keyId } = key.entry;
  put(
    "collectors.json",
    JSON.stringify([
      {
        keyId,
        name: key.entry.name,
        publicKeyPem: publicKey.export({ type: "spki", format: "pem" }),
        validFrom: new Date(key.entry.validFromMs).toISOString(),
        validUntil: new Date(key.entry.validUntilMs).toISOString(),
      },
    ]),
  );
  for (const { path, bytes } of files) put(`evidence/${path}`, bytes);
}

interface Said {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}
async function says(argv: readonly string[], print: Print = printed(3)): Promise<Said> {
  let said = "";
  try {
    const status = await reportCommand(argv, {
      cwd: ROOT,
      env: {},
      stdout: { write: (text: string) => (said += text), isTTY: false },
      nowMs: () => NOW_MS,
      loadRun: () => run,
      print,
    });
    return { status, out: said, error: "" };
  } catch (error) {
    const { text, status } = explained(error);
    return { status, out: said, error: text };
  }
}
const reported = (print?: Print, ...argv: readonly string[]): Promise<Said> =>
  says(["--record", record, "--out", out, "--source", SOURCE, ...argv], print);
const written = (): readonly string[] => (existsSync(out) ? readdirSync(out).sort() : []);
const page = (): string => readFileSync(join(out, "informe-b.html"), "utf8");

describe("npm run report (B7.1)", () => {
  it("writes page and PDF of evidence that suffices, and ends with 0", async () => {
    putEvidence(complete(key));
    const said = await reported();
    expect(said).toMatchObject({ status: 0, error: "" });
    expect(said.out).toMatch(
      /^open beside it: .*\nGO condicional, as of 2026-11-26T12:00:00\.000Z, by 11 pieces of evidence\nWrote .*informe-b\.html, SHA-256 [0-9a-f]{64}\nWrote .*informe-b\.pdf: 3 pages and 1 page of annex\n$/,
    );
    expect(written()).toEqual(["informe-b.html", "informe-b.pdf"]);
    expect(page()).toContain("650\u00a0ms");
    expect(page()).not.toContain("MUESTRA");
    // The evidence is of a source that is not this checkout's.
    expect(page()).toContain("no es el de esta copia del repositorio");
    expect(page()).not.toMatch(/, commit <code>/);
  });

  it("without evidence writes a report that says so, and ends with 1", async () => {
    const said = await reported();
    expect(said.status).toBe(1);
    expect(said.out).toContain(
      "There is no evidence of staging: npm run evidence -- collect all --key <file>\n",
    );
    expect(said.out).toContain("NO-GO, as of ");
    expect(page()).toContain("NO-GO");
  });

  it("names each file that is not believed, and ends with 1", async () => {
    const files = complete(key);
    putEvidence(files);
    const [first] = files;
    put(`evidence/${first?.path ?? ""}`, "{}");
    const said = await reported();
    expect(said.status).toBe(1);
    expect(said.out).toMatch(/^not believed B6\.2\/sbom\/.*: its bytes have the digest /);
    expect(said.out).toContain("not shown by evidence: B6.2\n");
  });

  it("without a Chromium says so, writes the page, and leaves no PDF of an earlier report beside it", async () => {
    putEvidence(complete(key));
    await reported();
    const said = await reported(notPrinted);
    expect(said.status).toBe(0);
    expect(said.out).toContain("! no PDF, and its pages were not counted: there is no Chromium; fix: ");
    expect(written()).toEqual(["informe-b.html"]);
  });

  it.each([1, 4])(
    "tells that %i pages are not the two or three that were ordered, and ends with 1",
    async (pages) => {
      putEvidence(complete(key));
      const said = await reported(printed(pages));
      expect(said.status).toBe(1);
      expect(said.out).toContain(`got ${pages}; allowed: 2 to 3 before the annex; fix: `);
    },
  );

  it("is given to the printer whole, and without its annex", async () => {
    const given: string[] = [];
    await reported((pages) => {
      given.push(pages.whole, pages.body);
      return notPrinted(pages);
    });
    expect(given[0]).toBe(page());
    expect(given[1]).not.toContain("Anexo: evidencias");
    expect(given[0]?.startsWith(given[1]?.split("</main>")[0] ?? "-")).toBe(true);
  });
});

describe("what cannot be read", () => {
  it.each([
    ["keys", "collectors.json", "[{}]", /collectors\.json: got something else at 0/],
    ["a list of findings", "findings.json", "{", /findings\.json: got .*; allowed: .*; fix: /],
    ["evidence that is a file", "evidence", "x", /evidence: got a file; allowed: /],
  ])("%s: one line, 2, and nothing is written", async (_, path, text, expected) => {
    put(path, text);
    const said = await reported();
    expect(said.status).toBe(2);
    expect(said.error).toMatch(expected);
    expect(said.error).not.toContain("\n");
    expect(written()).toEqual([]);
  });

  it("a place that cannot be written to: one line, 2", async () => {
    writeFileSync(out, "a file");
    let asked = false;
    const said = await reported((pages) => {
      asked = true;
      return notPrinted(pages);
    });
    expect(asked).toBe(false);
    expect(said.status).toBe(2);
    expect(said.error).toMatch(
      /got (ENOTDIR|EEXIST|a file that is there); allowed: a place that can be written to; fix: /,
    );
  });

  it.each([
    [
      ["--stack", "production"],
      /--stack: got "production"; allowed: staging, of which alone there is evidence; fix: /,
    ],
    [["--source", "abc"], /--source: got "abc"; allowed: /],
    [["--at", "yesterday"], /--at: got "yesterday"; allowed: an instant in UTC; fix: /],
    [["--sample", "--record", "."], /--sample: got --record beside it; allowed: one of the two/],
    [["--pdf"], /got the option --pdf; allowed: /],
    [["B8.1"], /got "B8\.1"; allowed: /],
  ])("%j on the command line: one line, 2", async (argv, expected) => {
    const said = await says(argv);
    expect(said.status).toBe(2);
    expect(said.error).toMatch(expected);
  });

  it("is no matter for who asks for help", async () => {
    const said = await says(["-h"]);
    expect(said.status).toBe(0);
    expect(said.out).toContain("Usage: npm run report");
  });
});

describe("npm run report -- --sample", () => {
  const left = (): readonly string[] =>
    readdirSync(tmpdir()).filter((name) => name.startsWith("fase-b-muestra-"));

  it("shows a whole report on a fresh clone, marked in its name and all over, and ends with 0", async () => {
    const said = await says(["--sample", "--out", out, "--at", AT]);
    expect(said).toMatchObject({ status: 0, error: "" });
    expect(said.out).toMatch(/^MUESTRA: the evidence is made up, and shows nothing\n/);
    expect(written()).toEqual(["informe-b.MUESTRA.html", "informe-b.MUESTRA.pdf"]);
    const html = readFileSync(join(out, "informe-b.MUESTRA.html"), "utf8");
    expect(html).toContain("<title>MUESTRA: Informe B");
    expect(html).not.toContain("Sin cifra");
    expect(html).toContain("804,5\u00a0ms");
    expect(html).toContain("612\u00a0ms");
  });

  it("leaves nothing by which a guard could believe it: no key, no evidence, here or elsewhere", async () => {
    const before = left();
    const folderOfStack = join(ROOT, "stacks/staging");
    const [entries, keys] = [
      readdirSync(folderOfStack),
      readFileSync(join(folderOfStack, "collectors.json"), "utf8"),
    ];
    await says(["--sample", "--out", out]);
    expect(left()).toEqual(before);
    expect(readdirSync(folderOfStack)).toEqual(entries);
    expect(readFileSync(join(folderOfStack, "collectors.json"), "utf8")).toBe(keys);
    expect(readCollectorKeys(folderOfStack).some(({ name }) => name === "muestra")).toBe(false);
    const html = readFileSync(join(out, "informe-b.MUESTRA.html"), "utf8");
    expect(html).not.toMatch(/PRIVATE KEY|"payload"|"sig"/);
  });

  it("takes its folder away though the report fails", async () => {
    const before = left();
    const said = await says(["--sample", "--out", out, "--config-file", join(folder, "none.yaml")]);
    expect(said.status).toBe(2);
    expect(left()).toEqual(before);
  });
});
