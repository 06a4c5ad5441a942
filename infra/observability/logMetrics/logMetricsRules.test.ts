import { describe, expect, it } from "vitest";
import { accessLogFormat, restAccessLog, webSocketAccessLog } from "../../gateway/accessLog";
import { logMetricNames } from "../telemetry/telemetry";
import { logMetricFilters } from "./logMetricsRules";
import { numeralsAbove } from "./slowerThan";
import { readFilterPattern, select } from "./testSupport/filterPattern";

const scope = { partition: "aws", accountId: "123456789012", region: "eu-west-1" };
const filters = logMetricFilters({
  namePrefix: "fase-b-staging",
  scope,
  objective: { route: "/chat", thresholdMs: 700 },
  page: { route: "/chat", thresholdMs: 800 },
  proberClientId: "prober",
});

/** The line that the gateway makes of its format: `-` for what it does not know. */
const lineOf = (fields: Readonly<Record<string, string>>, values: Readonly<Record<string, string>>): string =>
  accessLogFormat(fields).replace(
    /"(\w+)":"\$context[.\w]+"/g,
    (_, name: string) => `${JSON.stringify(name)}:${JSON.stringify(values[name] ?? "-")}`,
  );
const rest = (values: Readonly<Record<string, string>>): string => lineOf(restAccessLog, values);
const voice = (values: Readonly<Record<string, string>>): string => lineOf(webSocketAccessLog, values);

const ACCESS = "/aws/apigateway/fase-b-staging-access";
const VOICE = "/aws/apigateway/fase-b-staging-voice-access";
const FINDINGS = "/aws/vendedlogs/fase-b-staging-log-findings";
const SCANS = "/fase-b/fase-b-staging/scans";

/** What a line counts for, each with the dimensions that it gets: `ThrottledByClient clientId=web-app`. */
function counted(logGroupName: string, line: string): string[] {
  const [one, other] = [true, false].map((absentDiffers) =>
    filters
      .filter((filter) => filter.logGroupName === logGroupName)
      .filter(({ pattern }) => readFilterPattern(pattern).matches(line, { absentDiffers }))
      .map(({ metricName, dimensions }) =>
        [
          metricName,
          ...Object.entries(dimensions).map(
            ([name, field]) => `${name}=${String(select(JSON.parse(line), field))}`,
          ),
        ].join(" "),
      )
      .sort(),
  );
  expect(one).toEqual(other);
  return one ?? [];
}

const chat = { httpMethod: "POST", resourcePath: "/chat", clientId: "web-app", traffic: "client" };
const scan = { ...chat, clientId: "scanner", traffic: "scan" };

describe("metric filters", () => {
  it("are one for each metric of logs, with its dimensions, and a 0 for silence where there are none", () => {
    expect(filters.map(({ metricName }) => metricName)).toEqual(Object.keys(logMetricNames));
    for (const { metricName, dimensions, defaultValue, namespace } of filters) {
      expect(Object.keys(dimensions)).toEqual([...logMetricNames[metricName]]);
      expect(defaultValue).toBe(Object.keys(dimensions).length === 0 ? "0" : undefined);
      expect(namespace).toBe("fase-b-staging/logs");
    }
  });

  it("stay within the service's quotas of expressions: two a pattern, five patterns a log group", () => {
    const withExpressions = filters.filter(
      ({ pattern }) => readFilterPattern(pattern).expressions.length > 0,
    );
    expect(withExpressions.map(({ metricName }) => metricName)).toEqual([
      "OrderedSlowRequests",
      "ObjectiveSlowRequests",
    ]);
  });

  it.each<[string, Record<string, string>, string[]]>([
    [
      "a fast chat",
      { ...chat, status: "200", responseLatencyMs: "700" },
      [
        "AccessLogLines",
        "ObjectiveRequests",
        "OrderedRequests",
        "RequestsByClient clientId=web-app",
        "ServedRequests",
      ],
    ],
    [
      "a slow chat",
      { ...chat, status: "200", responseLatencyMs: "701" },
      [
        "AccessLogLines",
        "ObjectiveRequests",
        "ObjectiveSlowRequests",
        "OrderedRequests",
        "RequestsByClient clientId=web-app",
        "ServedRequests",
      ],
    ],
    [
      "a chat that is slow enough to page, and not slower",
      { ...chat, status: "200", responseLatencyMs: "801" },
      [
        "AccessLogLines",
        "ObjectiveRequests",
        "ObjectiveSlowRequests",
        "OrderedRequests",
        "OrderedSlowRequests",
        "RequestsByClient clientId=web-app",
        "ServedRequests",
      ],
    ],
    [
      "a scan's request, for nothing that pages: fast",
      { ...scan, status: "200", responseLatencyMs: "5" },
      ["AccessLogLines", "RequestsByClient clientId=scanner", "ScanRequests"],
    ],
    [
      "a scan's request that fails slowly",
      { ...scan, status: "504", responseType: "INTEGRATION_TIMEOUT", responseLatencyMs: "29001" },
      ["AccessLogLines", "RequestsByClient clientId=scanner", "ScanRequests"],
    ],
    [
      "a scan's request that is throttled",
      { ...scan, status: "429", responseType: "THROTTLED", responseLatencyMs: "2" },
      ["AccessLogLines", "RequestsByClient clientId=scanner", "ScanRequests"],
    ],
    [
      "a request of the scans' client that is no scan's, which only the mark says",
      { ...scan, traffic: "client", status: "429", responseLatencyMs: "2" },
      [
        "AccessLogLines",
        "ClientErrorsByClient clientId=scanner",
        "ClientErrorsByReason reason=-",
        "RequestsByClient clientId=scanner",
        "ServedRequests",
        "Throttled",
        "ThrottledByClient clientId=scanner",
        "ThrottledByReason reason=-",
        "ThrottledByRoute route=/chat",
      ],
    ],
    [
      "a slow vision",
      { ...chat, resourcePath: "/vision", status: "200", responseLatencyMs: "9000" },
      ["AccessLogLines", "RequestsByClient clientId=web-app", "ServedRequests"],
    ],
    [
      "a 429 by the firewall, of which nothing else is known",
      { status: "429", responseType: "WAF_FILTERED" },
      [
        "AccessLogLines",
        "ClientErrorsByClient clientId=-",
        "ClientErrorsByReason reason=WAF_FILTERED",
        "RequestsByClient clientId=-",
        "Throttled",
        "ThrottledByClient clientId=-",
        "ThrottledByReason reason=WAF_FILTERED",
        "ThrottledByRoute route=-",
      ],
    ],
    [
      "a 429 by the edge, which served it",
      { ...chat, status: "429", integrationStatus: "429", responseLatencyMs: "12" },
      [
        "AccessLogLines",
        "ClientErrorsByClient clientId=web-app",
        "ClientErrorsByReason reason=-",
        "ObjectiveRequests",
        "OrderedRequests",
        "RequestsByClient clientId=web-app",
        "ServedRequests",
        "Throttled",
        "ThrottledByClient clientId=web-app",
        "ThrottledByReason reason=-",
        "ThrottledByRoute route=/chat",
      ],
    ],
    [
      "a 429 by the usage plan, which the edge never saw",
      { ...chat, status: "429", responseType: "THROTTLED", responseLatencyMs: "3" },
      [
        "AccessLogLines",
        "ClientErrorsByClient clientId=web-app",
        "ClientErrorsByReason reason=THROTTLED",
        "RequestsByClient clientId=web-app",
        "ServedRequests",
        "Throttled",
        "ThrottledByClient clientId=web-app",
        "ThrottledByReason reason=THROTTLED",
        "ThrottledByRoute route=/chat",
      ],
    ],
    [
      "a 422 that an agent took long for",
      { ...chat, status: "422", integrationStatus: "422", responseLatencyMs: "4000" },
      [
        "AccessLogLines",
        "ClientErrorsByClient clientId=web-app",
        "ClientErrorsByReason reason=-",
        "ObjectiveRequests",
        "ObjectiveSlowRequests",
        "OrderedRequests",
        "OrderedSlowRequests",
        "RequestsByClient clientId=web-app",
        "ServedRequests",
      ],
    ],
    [
      "a 504 at the gateway's own time-out",
      { ...chat, status: "504", responseType: "INTEGRATION_TIMEOUT", responseLatencyMs: "29001" },
      [
        "AccessLogLines",
        "ObjectiveRequests",
        "ObjectiveSlowRequests",
        "OrderedRequests",
        "OrderedSlowRequests",
        "RequestsByClient clientId=web-app",
        "ServedRequests",
        "ServedServerErrors",
        "ServerErrorsByClient clientId=web-app",
        "ServerErrorsByReason reason=INTEGRATION_TIMEOUT",
      ],
    ],
    [
      "a 500 of the authorizer, which does not say whose the request was",
      {
        ...chat,
        clientId: "-",
        status: "500",
        responseType: "AUTHORIZER_FAILURE",
        responseLatencyMs: "5000",
      },
      [
        "AccessLogLines",
        "ObjectiveRequests",
        "ObjectiveSlowRequests",
        "OrderedRequests",
        "OrderedSlowRequests",
        "RequestsByClient clientId=-",
        "ServedRequests",
        "ServedServerErrors",
        "ServerErrorsByClient clientId=-",
        "ServerErrorsByReason reason=AUTHORIZER_FAILURE",
      ],
    ],
    [
      "a 403 of the authorizer",
      { ...chat, clientId: "-", status: "403", responseType: "ACCESS_DENIED", responseLatencyMs: "20" },
      [
        "AccessLogLines",
        "ClientErrorsByClient clientId=-",
        "ClientErrorsByReason reason=ACCESS_DENIED",
        "RequestsByClient clientId=-",
      ],
    ],
    [
      "the prober's request, which validation refuses",
      {
        ...chat,
        clientId: "prober",
        status: "400",
        responseType: "BAD_REQUEST_BODY",
        responseLatencyMs: "9",
      },
      [
        "AccessLogLines",
        "ClientErrorsByClient clientId=prober",
        "ClientErrorsByReason reason=BAD_REQUEST_BODY",
        "RequestsByClient clientId=prober",
      ],
    ],
    [
      "the prober's request that fails, slowly",
      { ...chat, clientId: "prober", status: "504", integrationStatus: "504", responseLatencyMs: "29001" },
      [
        "AccessLogLines",
        "RequestsByClient clientId=prober",
        "ServerErrorsByClient clientId=prober",
        "ServerErrorsByReason reason=-",
      ],
    ],
    [
      "a client whose name begins as the prober's does",
      { ...chat, clientId: "prober-2", status: "200", responseLatencyMs: "9" },
      [
        "AccessLogLines",
        "ObjectiveRequests",
        "OrderedRequests",
        "RequestsByClient clientId=prober-2",
        "ServedRequests",
      ],
    ],
    [
      "a status that the gateway does not know, and a time that it does not",
      { ...chat, status: "-", responseLatencyMs: "-" },
      ["AccessLogLines", "RequestsByClient clientId=web-app", "ServedRequests"],
    ],
    [
      "another method on the route",
      { ...chat, httpMethod: "GET", status: "403", responseLatencyMs: "5000" },
      [
        "AccessLogLines",
        "ClientErrorsByClient clientId=web-app",
        "ClientErrorsByReason reason=-",
        "RequestsByClient clientId=web-app",
        "ServedRequests",
      ],
    ],
  ])("count %s", (_, values, metrics) => {
    expect(counted(ACCESS, rest(values))).toEqual(metrics);
  });

  it("count of the served only what was asked: bad ones are of all, slow ones of the objective's", () => {
    const texts = ["-", "1", "200", "304", "400", "403", "422", "429", "500", "504"];
    for (const status of texts)
      for (const integrationStatus of texts)
        for (const clientId of ["-", "prober", "web-app"]) {
          const found = counted(
            ACCESS,
            rest({ ...chat, clientId, status, integrationStatus, responseLatencyMs: "900" }),
          );
          for (const [part, whole] of [
            ["ServedServerErrors", "ServedRequests"],
            ["ObjectiveSlowRequests", "ObjectiveRequests"],
            ["OrderedSlowRequests", "OrderedRequests"],
          ] as const)
            expect([
              status,
              integrationStatus,
              clientId,
              found.includes(part) && !found.includes(whole),
            ]).toEqual([status, integrationStatus, clientId, false]);
          expect(
            clientId === "prober" && found.some((name) => /^(Served|Objective|Ordered)/.test(name)),
          ).toBe(false);
        }
  });

  it("are not led astray by a hostile value in a field that a caller can write: the request id", () => {
    const hostile = ['","status":"429', "429", '"} { $.status = "429" }', "%429%", "\\", "*", "\u0000"];
    for (const requestId of hostile)
      expect(counted(ACCESS, rest({ ...chat, status: "200", responseLatencyMs: "5", requestId }))).toEqual([
        "AccessLogLines",
        "ObjectiveRequests",
        "OrderedRequests",
        "RequestsByClient clientId=web-app",
        "ServedRequests",
      ]);
    // Were it not escaped, the line would be no JSON, or count as what it says last: never as both.
    expect(counted(ACCESS, "no json at all 429")).toEqual([]);
  });

  it("take numbers as the texts that they are: a status that is no text counts for nothing", () => {
    expect(counted(ACCESS, JSON.stringify({ ...chat, status: 429, responseLatencyMs: 9000 }))).toEqual([]);
  });

  it("count voice connections by their answer, and no other event", () => {
    expect(counted(VOICE, voice({ eventType: "CONNECT", status: "429" }))).toEqual([
      "VoiceConnections status=429",
    ]);
    for (const eventType of ["DISCONNECT", "MESSAGE", "-"])
      expect(counted(VOICE, voice({ eventType, status: "200" }))).toEqual([]);
  });

  it("count scans that ended, and those of them that failed", () => {
    expect(counted(SCANS, JSON.stringify({ scan: "zap-baseline", outcome: "failed" }))).toEqual([
      "ScanFailures",
      "ScansEnded scan=zap-baseline",
    ]);
    expect(counted(SCANS, JSON.stringify({ scan: "failed", outcome: "passed" }))).toEqual([
      "ScansEnded scan=failed",
    ]);
    expect(counted(SCANS, JSON.stringify({ scan: "zap-baseline", outcome: "begun" }))).toEqual([]);
  });
});

describe("findings (B8.3)", () => {
  const report = (group: string, ...names: string[]): string =>
    JSON.stringify({
      auditTimestamp: "2026-11-26T10:00:00Z",
      resourceArn: `arn:aws:logs:eu-west-1:123456789012:log-group:${group}:*`,
      dataIdentifiers: names.map((name) => ({ name, count: 1, detections: [{ start: 1, end: 9 }] })),
    });

  it.each([
    ["an address in the access log", ACCESS, ["IpAddress"]],
    ["an e-mail address in the firewall's log", "aws-waf-logs-fase-b-staging", ["EmailAddress"]],
    ["both there", "aws-waf-logs-fase-b-staging", ["IpAddress", "EmailAddress"]],
    ["both there, the other way round", "aws-waf-logs-fase-b-staging", ["EmailAddress", "IpAddress"]],
    ["an address in the log of another firewall", "aws-waf-logs-fase-b-staging-2", ["IpAddress"]],
  ])("are %s", (_, group, names) => {
    expect(counted(FINDINGS, report(group, ...names))).toEqual(["LogFindings"]);
  });

  it("are not the addresses that the firewall's log holds by nature", () => {
    const line = report("aws-waf-logs-fase-b-staging", "IpAddress");
    expect(counted(FINDINGS, line)).toEqual([]);
    expect(counted(FINDINGS, line.replace("staging:*", "staging"))).toEqual([]);
  });
});

describe("the expression for numbers above a threshold", () => {
  it.each([0, 1, 8, 9, 10, 89, 99, 100, 699, 700, 799, 800, 989, 999, 1_000, 1_989, 9_999])(
    "above %i takes exactly those, of every number to 20,000",
    (threshold) => {
      const { matches } = readFilterPattern(`{ $.ms = %${numeralsAbove(threshold)}% }`);
      const wrong = Array.from({ length: 20_001 }, (_, ms) => ms).filter(
        (ms) => matches(JSON.stringify({ ms: String(ms) }), { absentDiffers: false }) !== ms > threshold,
      );
      expect(wrong).toEqual([]);
    },
  );

  it("takes nothing that is no number", () => {
    const { matches } = readFilterPattern(`{ $.ms = %${numeralsAbove(700)}% }`);
    for (const ms of [
      "-",
      "",
      "-900",
      " 900",
      "900 ",
      "9e5",
      "0900",
      "900.5",
      "x900",
      "900x",
      "٩٠٠",
      "1\n900",
      "701,5",
    ])
      expect([ms, matches(JSON.stringify({ ms }), { absentDiffers: true })]).toEqual([ms, false]);
    expect(matches(JSON.stringify({ ms: "999999999" }), { absentDiffers: true })).toBe(true);
  });

  it.each([-1, 0.5, NaN, 1e9])("is refused for %d", (threshold) => {
    expect(() => numeralsAbove(threshold)).toThrow(/threshold: got .*; allowed: .*; fix: /);
  });
});

describe("the interpreter of filter patterns", () => {
  it.each([
    ["a group", "{ $.a = %(x)% }"],
    ["a sign that is not taken", "{ $.a = %x!% }"],
    ["three expressions", "{ $.a = %x% && $.b = %y% || $.c = %z% }"],
    ["a star inside of a text", '{ $.a = "x*y" }'],
    ["a comparison of numbers", "{ $.a > 700 }"],
    ["no end", '{ $.a = "x"'],
    ["words", "ERROR"],
    ["too much", `{ $.a = "${"x".repeat(1_020)}" }`],
  ])("refuses %s", (_, pattern) => {
    expect(() => readFilterPattern(pattern)).toThrow(/filter pattern/);
  });

  it("binds && closer than ||", () => {
    const { matches } = readFilterPattern('{ $.a = "1" || $.b = "1" && $.c = "1" }');
    const of = (event: object) => matches(JSON.stringify(event), { absentDiffers: false });
    expect([of({ a: "1" }), of({ b: "1" }), of({ b: "1", c: "1" })]).toEqual([true, false, true]);
  });
});
