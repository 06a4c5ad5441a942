import * as path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runPreview } from "../../cli/preview/engine";
import { readContract } from "../../infra/contract/contract";
import { alerts } from "../../infra/observability/alerts/alerts";
import type { Alert } from "../../infra/observability/alerts/alert";
import { dashboards } from "../../infra/observability/dashboards/dashboards";
import { isDataPanel } from "../../infra/observability/dashboards/panel";
import { emitted, selectorsOf, unanswered, type Emitted, type Registered } from "./support/emitted";
import type { CloudWatchQuery, Query } from "../../infra/observability/telemetry/query";
import { logMetricNames, telemetry, type LogMetricName } from "../../infra/observability/telemetry/telemetry";
import { metricNames, metrics } from "../../infra/functions/log/metrics";
import { loadSettings } from "../../infra/settings/loadSettings";
import type { Settings } from "../../infra/settings/settings.schema";
import { stackConfig, stagingValues } from "../support/staging";

const projectDir = path.join(__dirname, "../..");
const contract = readContract();

let settings: Settings;
let resources: readonly Registered[];
let all: Emitted;

beforeAll(async () => {
  settings = loadSettings(stackConfig(stagingValues()), contract);
  const { digest } = await runPreview({ projectDir, stack: "staging", policyPacks: [] });
  resources = digest.steps.map(({ newState: { type, inputs } }) => ({
    type,
    inputs: inputs as Registered["inputs"],
  }));
  all = emitted(resources, settings, contract);
});

const queriesOf = ({ condition }: Alert): readonly Query[] =>
  condition.source === "cloudwatch"
    ? Object.values(condition.operands).map(({ query }) => query)
    : [{ source: "prometheus", expr: condition.expr }];

const of = (query: Query): string | undefined => unanswered(query, all);
const named = (
  namespace: string,
  metricName: string,
  dimensions: CloudWatchQuery["dimensions"],
): CloudWatchQuery => ({
  source: "cloudwatch",
  namespace,
  metricName,
  dimensions,
  statistic: "Sum",
  periodSeconds: 60,
});

describe("what is declared", () => {
  it("emits every metric that an alert names", () => {
    const lost = alerts(settings, contract).flatMap((alert) =>
      queriesOf(alert).flatMap((query) => {
        const why = of(query);
        return why === undefined ? [] : [`${alert.name}: ${why}`];
      }),
    );
    expect(lost).toEqual([]);
  });

  it("emits every metric that a panel names, whatever its reader chooses (B1.1)", () => {
    // A variable stands for any of its values.
    const open = (query: Query): Query =>
      query.source === "prometheus"
        ? { ...query, expr: query.expr.replace(/\(\$\w+\)/g, ".*") }
        : {
            ...query,
            dimensions: Object.fromEntries(
              Object.entries(query.dimensions).map(([name, value]) => [
                name,
                typeof value === "string" ? value.replace(/^\$\w+$/, "*") : value,
              ]),
            ),
          };
    const asked = dashboards(settings, contract).flatMap(({ id, panels }) =>
      panels.flatMap(({ panel }) =>
        isDataPanel(panel)
          ? panel.targets.flatMap((target) =>
              "math" in target ? [] : [{ at: `${id}: ${panel.title}`, query: open(target.query) }],
            )
          : [],
      ),
    );
    expect(asked.length).toBeGreaterThan(100);
    expect(
      asked.flatMap(({ at, query }) => {
        const why = of(query);
        return why === undefined ? [] : [`${at}: ${why}`];
      }),
    ).toEqual([]);
  });

  it("emits every metric made of a log, and every one that functions write", () => {
    const { fromLogs } = telemetry(settings, contract);
    for (const name of Object.keys(logMetricNames) as LogMetricName[]) {
      const dimensions = Object.fromEntries(logMetricNames[name].map((each) => [each, "*"]));
      expect([name, of(fromLogs(name, "Sum", dimensions))]).toEqual([name, undefined]);
    }
    for (const name of metricNames) {
      const dimensions = Object.fromEntries(metrics[name].dimensions.map((each) => [each, "*"]));
      expect([name, of(named("fase-b-staging/functions", name, dimensions))]).toEqual([name, undefined]);
    }
  });

  it("emits the gateway's metrics of each route of the contract", () => {
    const { gateway, routes } = telemetry(settings, contract);
    for (const { dimensions } of routes) expect(of(gateway("Latency", "p95", dimensions))).toBeUndefined();
    expect(of(gateway("Count", "Sum"))).toBeUndefined();
  });
});

describe("a near miss is found", () => {
  const stage = { ApiName: "fase-b-staging", Stage: "v1" };
  const functionsNamespace = "fase-b-staging/functions";

  it.each<[string, CloudWatchQuery]>([
    ["a metric that there is not", named("AWS/ApiGateway", "429Error", stage)],
    ["another namespace", named("AWS/APIGateway", "Count", stage)],
    ["a stage that there is not", named("AWS/ApiGateway", "Count", { ...stage, Stage: "v2" })],
    ["a route without its method", named("AWS/ApiGateway", "Latency", { ...stage, Resource: "/chat" })],
    [
      "a route that there is not",
      named("AWS/ApiGateway", "Latency", { ...stage, Resource: "/chats", Method: "POST" }),
    ],
    [
      "a dimension too many",
      named(functionsNamespace, "Faults", { functionName: "edge", route: "POST /chat" }),
    ],
    ["a dimension too few", named(functionsNamespace, "Replays", { functionName: "edge" })],
    [
      "a function that measures something else",
      named(functionsNamespace, "VoiceBytes", { functionName: "edge" }),
    ],
    [
      "a function by its name in AWS",
      named(functionsNamespace, "Faults", { functionName: "fase-b-staging-edge" }),
    ],
    ["one of a list", named(functionsNamespace, "Faults", { functionName: ["edge", "ghost"] })],
    [
      "an agent that nobody calls",
      named(functionsNamespace, "BreakerState", { functionName: "edge", agentId: "voice-01" }),
    ],
    [
      "a client of elsewhere",
      named(functionsNamespace, "QuotaUse", { functionName: "edge", clientId: "web" }),
    ],
    [
      "an outcome of no word",
      named(functionsNamespace, "Outcomes", { functionName: "edge", route: "POST /chat", outcome: "ok" }),
    ],
    [
      "a log's metric by another dimension",
      named("fase-b-staging/logs", "ThrottledByClient", { client: "web-app" }),
    ],
    [
      "a log's metric split though it is not",
      named("fase-b-staging/logs", "Throttled", { clientId: "web-app" }),
    ],
    ["a function without its prefix", named("AWS/Lambda", "Errors", { FunctionName: "edge" })],
    [
      "memory, which Lambda does not tell",
      named("AWS/Lambda", "MemoryUtilization", { FunctionName: "fase-b-staging-edge" }),
    ],
    [
      "a rule of the firewall that there is not",
      named("AWS/WAFV2", "BlockedRequests", {
        WebACL: "fase-b-staging-firewall",
        Region: "eu-west-1",
        Rule: "vision-block",
      }),
    ],
    [
      "another region",
      named("AWS/WAFV2", "BlockedRequests", {
        WebACL: "fase-b-staging-firewall",
        Region: "us-east-1",
        Rule: "ALL",
      }),
    ],
    [
      "a queue that no setting names",
      named("AWS/SQS", "ApproximateAgeOfOldestMessage", { QueueName: "avatar" }),
    ],
    [
      "a schedule that there is not",
      named("AWS/Events", "TriggeredRules", { RuleName: "fase-b-staging-watch" }),
    ],
    [
      "another call of CloudWatch",
      named("AWS/Usage", "CallCount", {
        Service: "CloudWatch",
        Resource: "PutMetricData",
        Type: "API",
        Class: "None",
      }),
    ],
  ])("%s", (_, query) => {
    expect(of(query)).toMatch(/: (nothing|got the dimensions)/);
  });

  it.each([
    ["a probe's metric with a slip", 'probe_sucess{job="fase-b-staging-prober"} == 0'],
    ["a job that there is not", 'probe_success{job="prober"} == 0'],
    ["a job that does not bring it", 'container_memory_working_set_bytes{job="fase-b-staging-prober"}'],
    ["a metric that relabelling drops", 'container_fs_usage_bytes{job="fase-b-staging-agents"}'],
    ["one of two", "probe_success == 0 and on (domain) (probe_ready == 1)"],
    ["one without labels", "sum by (pod) (rate(node_cpu_seconds_total[5m]))"],
    ["no metric at all", "vector(1) > 0"],
  ])("%s", (_, expr) => {
    expect(of({ source: "prometheus", expr })).toMatch(/no job|no metric/);
  });

  it("what was declared and is gone: a filter, a method's metrics, a function, a job", () => {
    const leftWithout = (isGone: (resource: Registered) => boolean) =>
      emitted(
        resources.filter((resource) => !isGone(resource)),
        settings,
        contract,
      );
    const without = (isGone: (resource: Registered) => boolean): string[] => {
      const left = leftWithout(isGone);
      return alerts(settings, contract).flatMap((alert) =>
        queriesOf(alert).some((query) => unanswered(query, left) !== undefined) ? [alert.name] : [],
      );
    };
    const isNamed = (type: string, name: string) => (resource: Registered) =>
      resource.type.endsWith(type) && JSON.stringify(resource.inputs).includes(name);
    expect(without(() => false)).toEqual([]);
    expect(without(isNamed(":LogMetricFilter", '"LogFindings"'))).toEqual(["LogFindings"]);
    // No alert asks for a single method; the panels of latency do.
    const { gateway, routes } = telemetry(settings, contract);
    const chat = routes.find(({ route }) => route === "POST /chat");
    const p95 = gateway("Latency", "p95", chat?.dimensions);
    expect(
      unanswered(
        p95,
        leftWithout(() => false),
      ),
    ).toBeUndefined();
    expect(unanswered(p95, leftWithout(isNamed(":MethodSettings", "~1chat/POST")))).toBeDefined();
    expect(without(isNamed(":Function", '"fase-b-staging-trust-watch"'))).toContain("TrustWatchSilent");
    expect(without(isNamed(":ConfigMap", "scrape.yml"))).toContain("MutualTlsDown");
  });
});

describe("the metrics of an expression", () => {
  it.each<[string, (string | [string, string])[]]>([
    ["up", ["up"]],
    ['rate(a_total{job="x",le="0.5"}[5m]) / 1e3', [["a_total", "x"]]],
    ["sum by (job, pod) (a) > bool 3", ["a"]],
    ["a and on (domain) group_left (team) b unless c offset 5m", ["a", "b", "c"]],
    ['label_replace(a, "dst", "$1", "src", "(.*)")', ["a"]],
    ['a{x=~"b{1,2}|c"} or vector(0)', ["a"]],
    ['(count(up{job="p"} == 1) or vector(0)) < 3', [["up", "p"]]],
  ])("%s", (expr, expected) => {
    expect(selectorsOf(expr).map(({ metric, job }) => (job === undefined ? metric : [metric, job]))).toEqual(
      expected,
    );
  });
});
