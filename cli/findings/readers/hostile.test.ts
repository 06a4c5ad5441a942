import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sighting, type Sighting } from "../../../infra/evidence/record/findings.schema";
import { clean } from "./clean";
import { ReportError, type Report } from "./index";
import { readNpmAudit } from "./npmAudit";
import { readOsv } from "./osv";
import { readSarif } from "./sarif";
import { readSchemathesis } from "./schemathesis";
import { MAX_REPORT_CHARACTERS } from "./strictJson";
import { contract, read, refusal, reportNames, reportText } from "./testSupport";
import { readZap } from "./zap";

const found = reportNames.filter((name) => /found|errors/.test(name));

/** Either one line that says what is wrong, or findings of the model. */
function outcomeOf(text: string): Report | undefined {
  let report: Report;
  try {
    report = read(text);
  } catch (error) {
    if (!(error instanceof ReportError)) throw error;
    expect(error.message).toMatch(/^report: [^\n]+: got [^\n]+; allowed: [^\n]+; fix: [^\n]+$/);
    expect(error.message.length).toBeLessThan(1_000);
    return undefined;
  }
  for (const one of report.findings) sighting.parse(one);
  expect(new Set(report.findings.map(({ id }) => id)).size).toBe(report.findings.length);
  return report;
}

const ids = (findings: readonly Sighting[]): readonly string[] => findings.map(({ id }) => id);

describe("a report that is cut off", () => {
  it.each(reportNames)("is refused wherever %s ends too early", (name) => {
    const text = reportText(name).trimEnd();
    // Every place near the ends, and a hundred between.
    const step = Math.max(1, Math.floor(text.length / 100));
    for (let end = 0; end < text.length; end += end < 60 || end > text.length - 60 ? 1 : step)
      expect(outcomeOf(text.slice(0, end)), `cut at ${end}`).toBeUndefined();
  });
});

describe("a report with damage", () => {
  it.each(found)("gives an error, or all that stands in %s", (name) => {
    const text = reportText(name);
    const whole = read(text);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length - 1 }), fc.integer({ min: 0, max: 6 }), (at, bit) => {
        const flipped = String.fromCharCode(text.charCodeAt(at) ^ (1 << bit));
        const report = outcomeOf(text.slice(0, at) + flipped + text.slice(at + 1));
        // A list whose name is damaged is no list: it says so.
        if (!report || (report.incomplete !== undefined && whole.incomplete === undefined)) return;
        // What one character says may be another finding's name or place; it never makes two of one or one of two, but where it stands
        // in what tells them apart.
        expect(report.findings.length).toBeGreaterThanOrEqual(whole.findings.length - 1);
        expect(report.findings.length).toBeLessThanOrEqual(whole.findings.length + 1);
        const known = new Set(ids(whole.findings));
        expect(ids(report.findings).filter((id) => !known.has(id)).length).toBeLessThanOrEqual(MOVED_AT_ONCE);
      }),
      { numRuns: 300, seed: 7 },
    );
  });

  it("of an element that is taken out never passes for a whole one, where the format counts", () => {
    const text = reportText("schemathesis/found.junit.xml");
    for (const testcase of text.match(/<testcase[^]*?<\/testcase>/g) ?? [])
      expect(outcomeOf(text.replace(testcase, ""))).toBeUndefined();
    const audit = JSON.parse(reportText("npm-audit/found.json")) as {
      vulnerabilities: Record<string, unknown>;
    };
    for (const name of Object.keys(audit.vulnerabilities)) {
      const { [name]: _, ...vulnerabilities } = audit.vulnerabilities;
      expect(outcomeOf(JSON.stringify({ ...audit, vulnerabilities }))).toBeUndefined();
    }
  });
});

/** A character of a group's or a label's own name moves all that stands under it. */
const MOVED_AT_ONCE = 12;

describe("a report that is huge", () => {
  it("is refused for its size before it is parsed", () => {
    expect(refusal(`[${"0,".repeat(25 * 1024 * 1024)}0]`)).toContain(
      `allowed: at most ${MAX_REPORT_CHARACTERS}`,
    );
    expect(refusal(`<testsuites>${" ".repeat(MAX_REPORT_CHARACTERS)}</testsuites>`)).toContain(
      "characters; allowed: at most",
    );
  });

  it("is refused for its depth, as JSON and as XML", () => {
    const depth = 100_000;
    expect(refusal(`{"site":${"[".repeat(depth)}${"]".repeat(depth)}}`)).toContain("more than 64 levels");
    expect(refusal(`{"site":${'{"a":'.repeat(depth)}0${"}".repeat(depth)}}`)).toContain(
      "more than 64 levels",
    );
    expect(refusal(`${"<a>".repeat(depth)}${"</a>".repeat(depth)}`)).toContain("more than 8 levels");
  });

  it("is read in seconds where it is within bounds", () => {
    const report = JSON.parse(reportText("zap/found.json")) as {
      site: { alerts: { instances: object[]; count: string }[] }[];
    };
    const alert = report.site[0]?.alerts[0];
    const instance = alert?.instances[0];
    if (!alert || !instance) throw new Error("the test data has none");
    alert.instances = Array.from({ length: 20_000 }, (_, at) => ({ ...instance, param: `p${at % 500}` }));
    alert.count = "20000";
    const startMs = performance.now();
    expect(read(JSON.stringify(report)).findings.length).toBe(500 + 3);
    expect(performance.now() - startMs).toBeLessThan(20_000);
  });
});

describe("a report that wants more than to be read", () => {
  it.each([
    [
      "a document type",
      `<?xml version="1.0"?><!DOCTYPE testsuites SYSTEM "file:///etc/passwd"><testsuites/>`,
    ],
    [
      "an external entity",
      `<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuites>&x;</testsuites>`,
    ],
    [
      "entities of entities",
      `<!DOCTYPE t [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><testsuites>&c;</testsuites>`,
    ],
    ["an entity of its own", `<testsuites><testsuite name="&x;"/></testsuites>`],
    ["a processing instruction", `<testsuites><?php echo 1 ?></testsuites>`],
    ["CDATA", `<testsuites><![CDATA[<testsuite name="schemathesis"/>]]></testsuites>`],
    ["two roots", `<testsuites/><testsuites/>`],
    ["a NUL", `<testsuites name="\u0000"/>`],
  ])("is refused for %s", (_, text) => {
    expect(outcomeOf(text)).toBeUndefined();
    expect(refusal(text)).not.toContain("root:");
  });

  it.each([
    ["a document type", "<!DOCTYPE testsuites>"],
    ["a document type", '<!DOCTYPE testsuites [<!ENTITY x "y">]>'],
    ["markup that is neither element nor text", "<!-- -->"],
    ["markup that is neither element nor text", "<?made?>"],
  ])("is refused for %s also where all else is as it should be: %s", (got, markup) => {
    const text = reportText("schemathesis/clean.junit.xml");
    expect(refusal(text.replace("<testsuites", `${markup}<testsuites`))).toContain(`got ${got}; allowed`);
    expect(refusal(text.replace("</testsuite>", `${markup}</testsuite>`))).toContain(`got ${got}; allowed`);
  });

  it("is refused for members that no tool writes, or that hide others", () => {
    expect(refusal(`{"__proto__": {"site": []}, "site": []}`)).toContain("a member named __proto__");
    expect(refusal(String.raw`{"\u005f_proto__": 1}`)).toContain("a member named __proto__");
    const text = reportText("zap/found.json");
    const hidden = text.replace(/\}\s*$/, ', "site": []}');
    expect(() => JSON.parse(hidden) as unknown).not.toThrow();
    expect(refusal(hidden)).toContain('two members named "site" in one object');
    expect(refusal(hidden.replace(', "site"', String.raw`, "s\u0069te"`))).toContain(
      'two members named "site"',
    );
  });

  it("pollutes nothing by names of Object's own", () => {
    const audit = JSON.parse(reportText("npm-audit/found.json")) as {
      vulnerabilities: Record<string, { name: string }>;
    };
    const one = audit.vulnerabilities["fase-b-made-left"];
    audit.vulnerabilities = {
      constructor: { ...one, name: "constructor" },
      "fase-b-made-above": { ...one, name: "fase-b-made-above" },
      toString: { ...one, name: "toString" },
    } as never;
    // The advisory's own name decides where it is: three times the same.
    expect(read(JSON.stringify(audit)).findings).toHaveLength(1);
    expect(({} as Record<string, unknown>)["severity"]).toBeUndefined();
  });

  it("can neither paint nor turn what is shown", () => {
    const text = reportText("zap/found.json").replace(
      /"name": "SQL Injection"/,
      String.raw`"name": "\u001b[2J\u001b]0;owned\u0007SQL\u0000 Injection\u202e\u2028\ud800 <script>alert(1)</script>"`,
    );
    expect(read(text).findings.map(({ title }) => title)).toContain(
      "SQL Injection alert(1) (parameter conversationId)",
    );
    expect(refusal(JSON.stringify({ auditReportVersion: "\u001b[31m2\n2" }))).toContain('got "2 2"');
  });

  it("names files that lead out of the repository as what they are called and opens none", () => {
    const text = reportText("sarif/bandit-found.sarif").replaceAll(
      "made/service.py",
      "../../../../etc/passwd",
    );
    expect(new Set(read(text).findings.map(({ place }) => place))).toEqual(
      new Set(["../../../../etc/passwd"]),
    );
  });

  it.each([
    "",
    " ",
    "\ufeff",
    "null",
    "1",
    '"a"',
    "[]",
    "{}",
    "nonsense",
    "<",
    "<a",
    "<a/>",
    "{",
    '{"results":[],"runs":[]}',
    '{"errors":[]}',
  ])("is refused where it is %j", (text) => {
    expect(outcomeOf(text)).toBeUndefined();
  });
});

describe("a reader that is given another tool's report", () => {
  const readers = { zap: readZap, sarif: readSarif, osv: readOsv, "npm-audit": readNpmAudit } as const;
  it.each(Object.keys(readers) as (keyof typeof readers)[])("refuses it: %s", (tool) => {
    for (const name of reportNames.filter((one) => !one.startsWith(`${tool}/`) && !one.endsWith(".xml"))) {
      const value = JSON.parse(reportText(name)) as unknown;
      expect(() => readers[tool](value, { file: name, contract })).toThrow(ReportError);
    }
  });

  it("refuses JUnit of another tool", () => {
    const text = reportText("schemathesis/clean.junit.xml").replace('name="schemathesis"', 'name="pytest"');
    expect(refusal(text)).toContain('testsuite name: got "pytest"; allowed: schemathesis');
    expect(() => readSchemathesis(reportText("zap/found.json"), { file: "zap", contract })).toThrow(
      ReportError,
    );
  });
});

describe("what is masked", () => {
  it.each([
    ["jane.doe@example.com wrote"],
    ["from 192.0.2.44 and 2001:db8::8a2e:370:7334"],
    ["Authorization: Basic amFuZTpkb2U="],
    ["x-api-key: abc"],
    ["Cookie: session=1; other=2"],
    ["bearer abcdef.ghijkl"],
    ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqYW5lIn0.c2ln"],
    ["password = 'hunter22'"],
    ['"client_secret": "abc123"'],
    ["AKIAIOSFODNN7EXAMPLE"],
    ["https://jane:pw@staging.example.com/chat?token=abc#a=b"],
    ["call +34 600 123 456"],
    ["ES9121000418450200051332"],
    ["4111 1111 1111 1111"],
    ["-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----"],
    ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
  ])("is %j", (text) => {
    const kept = clean(text, 500);
    expect(kept).toContain("[masked]");
    for (const secret of [
      "jane",
      "192.0",
      "db8",
      "amFu",
      "abc",
      "session=1",
      "eyJ",
      "hunter",
      "AKIA",
      "600 1",
      "ES91",
      "4111",
      "MIIB",
      "9f86",
    ])
      expect(kept).not.toContain(secret);
  });

  it.each([
    "Package 'fase-b-made-left@1.2.3-rc.1' is vulnerable to 'CVE-2026-99901'",
    "https://owasp.org/Top10/2021/#top",
    "GHSA-2222-3333-4444",
    "Expected: 400, 401, 403, 404, 405, 5xx",
    "subprocess call with shell=True identified, security issue.",
    "version 10.0.19041 of 2026-11-26",
  ])("is nothing of %j", (text) => {
    expect(clean(text, 500)).toBe(text);
  });

  it("is masked in little time whatever the text", () => {
    const startMs = performance.now();
    for (const part of [
      "a",
      "a.",
      "1:",
      "a@",
      "1 ",
      "-",
      "password",
      "https://",
      "AA11",
      "\u001b[",
      "=",
      "eyJ",
      "::",
    ])
      clean(part.repeat(50_000), 300);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});
