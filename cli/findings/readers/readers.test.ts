import { describe, expect, it } from "vitest";
import { sighting } from "../../../infra/evidence/record/findings.schema";
import { ReportError } from "./index";
import { read, refusal, reportNames, reportText } from "./testSupport";

const summaryOf = (name: string): readonly string[] =>
  read(reportText(name))
    .findings.map(({ severity, place, title }) => `${severity} · ${place} · ${title}`)
    .sort();

const classesOf = (name: string, title: string) =>
  read(reportText(name)).findings.find((one) => one.title.startsWith(title))?.classes;

describe("Schemathesis", () => {
  it("has a finding for each failure that a real run lists, by operation and check", () => {
    expect(summaryOf("schemathesis/found.junit.xml")).toEqual([
      "critical · POST /chat · API accepts requests without authentication",
      "high · POST /avatar · API accepted schema-violating request",
      "high · POST /chat · API accepted schema-violating request",
      "high · POST /vision · Server error",
      "low · POST /avatar · API rejected schema-compliant request",
      "low · POST /avatar · Undocumented HTTP status code",
      "low · POST /avatar · Unsupported methods (TRACE)",
      "low · POST /chat · Unsupported methods (TRACE)",
      "low · POST /vision · API rejected schema-compliant request",
      "low · POST /vision · Undocumented Content-Type",
      "low · POST /vision · Unsupported methods (TRACE)",
      "medium · POST /avatar · Missing header not rejected (Idempotency-Key)",
      "medium · POST /avatar · Missing header not rejected (X-Subject)",
      "medium · POST /avatar · Missing header not rejected (x-api-key)",
      "medium · POST /chat · Missing header not rejected (Idempotency-Key)",
      "medium · POST /chat · Missing header not rejected (x-api-key)",
      "medium · POST /chat · Response violates schema",
      "medium · POST /realtime-voice/tickets · Response violates schema",
      "medium · POST /vision · Response violates schema",
    ]);
  });

  it("says which class an ignored key is of", () => {
    expect(classesOf("schemathesis/found.junit.xml", "API accepts requests without")).toEqual({
      owaspTop10: ["A07:2021"],
      owaspApiTop10: ["API2:2023"],
      cwe: ["CWE-306"],
      advisories: [],
    });
  });

  it("is no finding, and complete, where a real run found nothing", () => {
    expect(read(reportText("schemathesis/clean.junit.xml"))).toEqual({
      format: "schemathesis",
      tool: { name: "Schemathesis", version: "not stated" },
      findings: [],
    });
  });

  it("is not complete where operations could not be tested, or none was", () => {
    expect(read(reportText("schemathesis/errors.junit.xml"))).toMatchObject({
      findings: [],
      incomplete: "1 of 1 operations could not be tested to the end",
    });
    expect(read(reportText("schemathesis/nothing.junit.xml")).incomplete).toBe("no operation was tested");
  });

  it("takes no title from what a server answered", () => {
    const text = reportText("schemathesis/found.junit.xml");
    expect(text).toContain("    - Server error");
    expect(read(text).findings.filter(({ title }) => title === "Server error")).toHaveLength(1);
  });

  it("refuses a report that does not add up", () => {
    const text = reportText("schemathesis/found.junit.xml");
    const less = text.replace(/<testcase name="POST \/avatar"[^]*?<\/testcase>/, "");
    expect(refusal(less)).toContain('testsuites tests: got "4"; allowed: 3, as many as are listed');
  });

  it("refuses lines of a version that it does not know, and names the line", () => {
    const text = reportText("schemathesis/found.junit.xml").replace("- Server error", "* Server error");
    expect(refusal(text)).toMatch(
      /^report: testcase "POST \/vision", line \d+ of a failure: got "\* Server error"; allowed: .*; fix: .*$/,
    );
  });

  it("keeps a check of somebody's own", () => {
    const text = reportText("schemathesis/found.junit.xml").replace("- Server error", "- Leaks its version");
    expect(read(text).findings.find(({ title }) => title === "Leaks its version")).toMatchObject({
      rule: "own/Leaks its version",
      severity: "medium",
    });
  });
});

describe("ZAP", () => {
  it("has a finding for each alert, route and parameter", () => {
    expect(summaryOf("zap/found.json")).toEqual([
      "high · POST /chat · SQL Injection (parameter conversationId)",
      "high · POST /chat · SQL Injection (parameter messages[0].content)",
      "info · POST /avatar · Application Error Disclosure",
      "low · GET / · Strict-Transport-Security Header Not Set",
      "low · GET /users/{…} · Strict-Transport-Security Header Not Set",
    ]);
    expect(classesOf("zap/found.json", "SQL Injection")).toMatchObject({
      owaspTop10: ["A03:2021"],
      cwe: ["CWE-89"],
    });
  });

  it("says tool, version and time of a report without an alert", () => {
    expect(read(reportText("zap/clean.json"))).toEqual({
      format: "zap",
      tool: { name: "ZAP", version: "2.17.0" },
      findings: [],
      endedAt: "2026-11-26T02:40:11.857Z",
    });
  });

  it("is not complete where ZAP stopped or reached nothing", () => {
    const report = JSON.parse(reportText("zap/clean.json")) as object;
    expect(read(JSON.stringify({ ...report, site: [] })).incomplete).toBe("ZAP reached no site");
    const stopped = {
      ...report,
      stoppingInsight: { reason: "Exceeded High", description: "Too many errors" },
    };
    expect(read(JSON.stringify(stopped)).incomplete).toBe("ZAP stopped early: Too many errors");
  });

  it.each([
    ["a risk that ZAP does not have", '"riskcode": "3"', '"riskcode": "4"', "site.0.alerts.0.riskcode"],
    [
      "a URL that is none",
      "https://chat-01.staging.example.com/chat?",
      "javascript:alert(1)?",
      "site.0.alerts.0.instances.0",
    ],
    ["an alert without instances' list", '"instances":[', '"instanzes":[', "site.0.alerts.0.instances"],
    ["fewer instances than are listed", '"count": "3"', '"count": "2"', "site.0.alerts.0.count"],
  ])("refuses %s", (_, from, to, place) => {
    const text = reportText("zap/found.json");
    expect(text).toContain(from);
    expect(refusal(text.replace(from, to))).toContain(`report: ${place}: got `);
  });
});

describe("osv-scanner", () => {
  it("has a finding for each group of records, as severe as the score, the word, or what is feared", () => {
    expect(summaryOf("osv/found.json")).toEqual([
      "critical · fase-b-made-evil@1.0.0 · Malicious code in fase-b-made-evil (made up)",
      "critical · fase-b-made-left@1.2.2 · Made up: prototype pollution in fase-b-made-left",
      "high · fase-b-made-right@3.0.1 · Made up: of which nobody says how severe it is",
      "medium · fase-b-made-right@3.0.1 · Made up: regular expression takes quadratic time",
    ]);
    expect(classesOf("osv/found.json", "Made up: prototype")).toEqual({
      owaspTop10: ["A06:2021"],
      owaspApiTop10: [],
      cwe: ["CWE-1321"],
      advisories: ["CVE-2026-99901", "GHSA-2222-3333-4444", "OSV-2026-99901"],
    });
  });

  it("takes the database's word where there is no score", () => {
    const text = reportText("osv/found.json");
    const without = text.replace('"max_severity": "5.3"', '"max_severity": ""');
    expect(without).not.toBe(text);
    expect(read(without).findings.find(({ rule }) => rule === "GHSA-5555-6666-7777")).toMatchObject({
      severity: "medium",
      evidence: expect.stringContaining("medium by its database") as string,
    });
  });

  it("tells a run that failed, which writes an empty list, from one that found nothing", () => {
    expect(read(reportText("osv/clean.json"))).toMatchObject({ findings: [] });
    expect(read(reportText("osv/clean.json")).incomplete).toBeUndefined();
    expect(read(reportText("osv/failed.json")).incomplete).toContain("names no package that it looked at");
  });

  it("keeps a vulnerability that stands in no group, and refuses a group of nothing", () => {
    const text = reportText("osv/found.json");
    const report = JSON.parse(text) as { results: { packages: { groups?: unknown }[] }[] };
    const ungrouped = {
      results: report.results.map((one) => ({
        ...one,
        packages: one.packages.map(({ groups: _, ...rest }) => rest),
      })),
    };
    // The two records of one weakness are two without their group.
    expect(read(JSON.stringify(ungrouped)).findings).toHaveLength(5);
    expect(refusal(text.replace('"id": "MAL-2026-9901"', '"id": "MAL-2026-9902"'))).toContain(
      "MAL-2026-9901",
    );
  });
});

describe("npm audit", () => {
  it("has a finding for each advisory", () => {
    expect(summaryOf("npm-audit/found.json")).toEqual([
      "critical · fase-b-made-left@<1.2.3 · Made up: prototype pollution in fase-b-made-left",
      "medium · fase-b-made-right@>=0.0.0 · Made up: regular expression takes quadratic time",
    ]);
    expect(read(reportText("npm-audit/found.json")).findings.map(({ evidence }) => evidence)).toContain(
      "a dependency of a dependency; installed at node_modules/fase-b-made-left; needed by fase-b-made-above",
    );
    expect(read(reportText("npm-audit/clean.json")).findings).toEqual([]);
  });

  it("says that nobody could be asked where the registry has no audit", () => {
    const text = reportText("npm-audit/not-asked.json");
    expect(refusal(text)).toContain("an audit that the registry did not answer, with status 405");
    expect(() => read(text)).toThrow(expect.objectContaining({ notAsked: true }) as ReportError);
  });

  it("refuses a list from which a package is missing", () => {
    const report = JSON.parse(reportText("npm-audit/found.json")) as {
      vulnerabilities: Record<string, unknown>;
      metadata: { vulnerabilities: { total: number } };
    };
    delete report.vulnerabilities["fase-b-made-left"];
    expect(refusal(JSON.stringify(report))).toContain("metadata.vulnerabilities.total: got 3");
    report.metadata.vulnerabilities.total = 2;
    expect(refusal(JSON.stringify(report))).toContain(
      'vulnerabilities.fase-b-made-above.via: got "fase-b-made-left"',
    );
  });
});

describe("SARIF", () => {
  it("reads a real report of bandit, with its weaknesses", () => {
    expect(summaryOf("sarif/bandit-found.sarif").map((line) => line.slice(0, 60))).toEqual([
      "high · made/service.py · subprocess call with shell=True ide",
      "low · made/service.py · Consider possible security implicati",
      "low · made/service.py · Consider possible security implicati",
      "low · made/service.py · Possible hardcoded password: '[maske",
      "medium · made/service.py · Pickle and modules that wrap it c",
    ]);
    expect(classesOf("sarif/bandit-found.sarif", "subprocess call")).toMatchObject({
      owaspTop10: ["A03:2021"],
      cwe: ["CWE-78"],
    });
    expect(read(reportText("sarif/bandit-clean.sarif"))).toMatchObject({
      tool: { name: "Bandit", version: "1.9.4" },
      findings: [],
    });
  });

  it("reads osv-scanner's in the sense of its JSON", () => {
    const severities = (name: string) =>
      read(reportText(name))
        .findings.map(({ severity }) => severity)
        .sort();
    expect(severities("sarif/osv-scanner-found.sarif")).toEqual(severities("osv/found.json"));
    expect(read(reportText("sarif/osv-scanner-clean.sarif")).incomplete).toContain("names no package");
  });

  const sarif = (result: object, rule: object = {}, run: object = {}) =>
    JSON.stringify({
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { name: "made", rules: [{ id: "r1", ...rule }] } },
          results: [{ ruleId: "r1", message: { text: "made" }, ...result }],
          ...run,
        },
      ],
    });

  it.each([
    ["nothing said", {}, {}, "medium"],
    ["its level", { level: "error" }, {}, "high"],
    ["its rule's level", {}, { defaultConfiguration: { level: "note" } }, "low"],
    ["its rule's score", { level: "note" }, { properties: { "security-severity": "9.0" } }, "critical"],
    ["a score just below", {}, { properties: { "security-severity": 8.9 } }, "high"],
    ["being informational", { kind: "informational" }, {}, "info"],
  ])("is as severe as by %s", (_, result, rule, severity) => {
    expect(read(sarif(result, rule)).findings[0]?.severity).toBe(severity);
  });

  it("takes no passed check for a finding, and a suppression in the code for no decision", () => {
    expect(read(sarif({ kind: "pass" })).findings).toEqual([]);
    expect(read(sarif({ baselineState: "absent" })).findings).toEqual([]);
    expect(read(sarif({ suppressions: [{ kind: "inSource" }] })).findings[0]?.evidence).toContain(
      "suppressed in the code",
    );
  });

  it("is not complete where the tool did not succeed or has no results", () => {
    expect(read(sarif({}, {}, { invocations: [{ executionSuccessful: false }] })).incomplete).toBe(
      "made says that it did not succeed",
    );
    expect(read(sarif({}, {}, { results: undefined })).incomplete).toBe("made states no results");
  });

  it("keeps its id where code moves, and its own place where the tool's machine is another", () => {
    const at = (uri: string, startLine: number) =>
      read(
        sarif({
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri },
                region: { startLine, snippet: { text: "danger()" } },
              },
            },
          ],
        }),
      ).findings[0];
    expect(at("src/a.ts", 3)?.id).toBe(at("src/a.ts", 90)?.id);
    expect(at("src/a.ts", 3)?.id).not.toBe(at("src/b.ts", 3)?.id);
    expect(at("file:///home/runner/work/src/a.ts", 3)?.place).toBe("…/src/a.ts");
  });

  it("is at a route where what was found was called", () => {
    const called = sarif({
      locations: [
        { physicalLocation: { artifactLocation: { uri: "https://staging.example.com/chat?key=abc" } } },
      ],
      webRequest: { method: "POST" },
    });
    expect(read(called).findings[0]?.place).toBe("POST /chat");
  });
});

describe("every reader", () => {
  it.each(reportNames.filter((name) => name !== "npm-audit/not-asked.json"))(
    "reads %s to findings of the model, each once, in the same order",
    (name) => {
      const { findings } = read(reportText(name));
      for (const one of findings) expect(sighting.parse(one)).toEqual(one);
      expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length);
      expect(read(reportText(name)).findings).toEqual(findings);
    },
  );

  it("repeats no key, address, body or path of a machine", () => {
    const secrets = [
      "not-a-key",
      "sk_test",
      "jane.doe",
      "192.0.2.44",
      "example-password",
      "/work/example",
      "Traceback",
      "0193a1e2",
      "cmpl-1",
    ];
    const written = reportNames.map(reportText).join("\n");
    for (const secret of secrets.filter((one) => one !== "sk_test"))
      expect(written, "the test data has it").toContain(secret);
    const kept = reportNames
      .filter((name) => name !== "npm-audit/not-asked.json")
      // What osv-scanner writes of how to mend it names the lock file.
      .map((name) =>
        JSON.stringify(
          read(reportText(name)).findings.map(({ fix, ...rest }) =>
            name.includes("osv-scanner") ? rest : { fix, ...rest },
          ),
        ),
      )
      .join("\n");
    for (const secret of secrets) expect(kept).not.toContain(secret);
  });
});
