/** Who watches the staging stack: pager, dashboards, alerts and how Grafana reads, written by hand from the work order. */
import { types } from "../lib/types";
import { unknownValue } from "./harness";
import { boundaryOf, type TestResource, type TestStack } from "./stack";

const account = "123456789012";
const region = "eu-west-1";
const json = (value: unknown): string => JSON.stringify(value);

export const integration = (stack: TestStack, name: string): TestResource =>
  stack.get(types.pagerIntegration, name);

/** People, whose turn it is, whom it escalates to, and two services with a key for events and one for alarms each. */
export function declarePager(stack: TestStack): void {
  const users = ["first", "second", "third"].map((name) =>
    stack.add(types.pagerUser, name, { name, email: `${name}@example.com` }),
  );
  const schedule = stack
    .add(types.onCallSchedule, "on-call", {
      timeZone: "Europe/Madrid",
      layers: [
        { start: "2026-11-30T09:00:00+01:00", rotationTurnLengthSeconds: 604800, users: [unknownValue] },
      ],
    })
    .from("layers", ...users.slice(0, 2));
  const rule = (type: string) => ({
    escalationDelayInMinutes: 10,
    targets: [{ type, id: unknownValue }],
  });
  const escalation = stack
    .add(types.escalationPolicy, "escalation", {
      numLoops: 3,
      rules: [rule("schedule_reference"), rule("user_reference")],
    })
    .from("rules", schedule, ...users.slice(2));
  for (const [name, urgency] of [
    ["page", "high"],
    ["ticket", "low"],
  ] as const) {
    const service = stack
      .add(types.pagerService, name, {
        name,
        escalationPolicy: unknownValue,
        alertCreation: "create_alerts_and_incidents",
        alertGroupingParameters: { type: "time", config: { timeout: 5 } },
        incidentUrgencyRule: { type: "constant", urgency },
        acknowledgementTimeout: name === "page" ? "1800" : "null",
        autoResolveTimeout: "null",
      })
      .from("escalationPolicy", escalation);
    for (const kind of ["events_api_v2", "aws_cloudwatch"]) {
      stack
        .add(types.pagerIntegration, `${name}-${kind}`, {
          type: `${kind}_inbound_integration`,
          service: unknownValue,
          integrationKey: unknownValue,
        })
        .from("service", service);
    }
  }
  for (const [name, topic, key] of [
    ["alarms-pager", "topic", "ticket-aws_cloudwatch"],
    ["page-alarms-pager", "page-topic", "page-aws_cloudwatch"],
  ] as const) {
    stack
      .add(types.topicSubscription, name, {
        topic: unknownValue,
        protocol: "https",
        endpoint: unknownValue,
        rawMessageDelivery: false,
      })
      .from("topic", stack.get(types.topic, topic))
      .from("endpoint", integration(stack, key));
  }
  stack.add(types.alarm, "grafana-silent", {
    namespace: "AWS/Usage",
    metricName: "CallCount",
    dimensions: { Service: "CloudWatch", Type: "API", Resource: "GetMetricData", Class: "None" },
    statistic: "Sum",
    period: 60,
    evaluationPeriods: 10,
    datapointsToAlarm: 10,
    threshold: 1,
    comparisonOperator: "LessThanThreshold",
    treatMissingData: "breaching",
    alarmActions: [`arn:aws:sns:${region}:${account}:page-alarms`],
    okActions: [`arn:aws:sns:${region}:${account}:page-alarms`],
  });
}

const ofStage = { ApiName: "api", Stage: "v1" };
const LOGS = "staging/logs";

/** What is counted in logs beside all 429s: those by route, and voice connections. */
function declareLogMetrics(stack: TestStack): void {
  const filter = (name: string, logGroupName: string, pattern: string, dimensions?: object): void => {
    stack.add(types.metricFilter, name, {
      name,
      logGroupName,
      pattern,
      metricTransformation: {
        name,
        namespace: LOGS,
        value: "1",
        ...(dimensions ? { dimensions } : { defaultValue: "0" }),
      },
    });
  };
  const access = "/aws/apigateway/access";
  filter("ThrottledByRoute", access, '{ $.status = "429" }', { route: "$.resourcePath" });
  filter("Asked", access, '{ $.traffic != "scan" && $.status = "*" }');
  filter("Failed", access, '{ $.traffic != "scan" && $.status = "5*" }');
  filter("AskedChat", access, '{ $.traffic != "scan" && $.resourcePath = "/chat" }');
  filter(
    "SlowChat",
    access,
    '{ $.traffic != "scan" && $.resourcePath = "/chat" && $.responseLatency = %^80[1-9]$|^8[1-9][0-9]$|^9[0-9][0-9]$|^[1-9][0-9][0-9][0-9]+$% }',
  );
  filter("Refused", access, '{ $.status = "4*" }');
  filter("LogFindings", "/aws/vendedlogs/findings", "{ $.resourceArn = * }");
  filter("VoiceConnections", "/aws/apigateway/voice", '{ $.eventType = "CONNECT" }', { status: "$.status" });
}

type Model = Record<string, unknown>;

export const cloudwatch = (
  metricName: string,
  statistic: string,
  dimensions: object,
  namespace = "AWS/ApiGateway",
): Model => ({
  metricQueryType: 0,
  metricEditorMode: 0,
  queryMode: "Metrics",
  namespace,
  metricName,
  statistic,
  dimensions,
  matchExact: true,
  period: "60",
  region,
});

function declareDashboards(stack: TestStack): void {
  // A list, a variable and one value each: all three are ways to ask.
  const byRoute = { ...ofStage, Resource: "$resource", Method: ["POST"] };
  const panel = (id: number, title: string, ...targets: Model[]): Model => ({
    id,
    title,
    type: "timeseries",
    gridPos: { x: 0, y: 0, w: 12, h: 8 },
    targets: targets.map((target, at) => ({
      refId: String.fromCharCode(65 + at),
      datasource: { uid: "expr" in target ? "staging-prometheus" : "staging-cloudwatch" },
      ...target,
    })),
  });
  const row = (id: number, title: string, ...panels: Model[]): Model => ({ id, title, type: "row", panels });
  const paths = ["/chat", "/vision", "/avatar", "/realtime-voice/tickets"];
  stack.add(types.folder, "folder", { uid: "staging", title: "Staging", preventDestroyIfNotEmpty: true });
  stack.add(types.dashboard, "overview", {
    folder: "staging",
    configJson: json({
      uid: "staging-overview",
      title: "Overview",
      templating: {
        list: [
          {
            name: "resource",
            type: "custom",
            options: [{ value: "$__all" }, ...paths.map((value) => ({ value }))],
          },
        ],
      },
      panels: [
        panel(1, "Latency", ...["p50", "p95", "p99"].map((one) => cloudwatch("Latency", one, byRoute))),
        panel(2, "Errors", cloudwatch("4XXError", "Sum", byRoute), cloudwatch("5XXError", "Sum", byRoute)),
        panel(3, "Requests", cloudwatch("Count", "Sum", { ...byRoute, Resource: "*" })),
        panel(4, "Stage", cloudwatch("Count", "Sum", ofStage), cloudwatch("5XXError", "Sum", ofStage)),
        row(
          10,
          "Further",
          panel(5, "429", cloudwatch("ThrottledByRoute", "Sum", { route: paths }, LOGS)),
          panel(6, "Voice", cloudwatch("VoiceConnections", "Sum", { status: "*" }, LOGS)),
        ),
        panel(7, "CPU of functions", cloudwatch("CpuTime", "Average", { functionName: "edge" }, "staging")),
        panel(8, "RAM of agents", { expr: "container_memory_working_set_bytes" }),
        panel(9, "Queues", cloudwatch("AsyncEventAge", "Maximum", { FunctionName: "edge" }, "AWS/Lambda")),
      ],
    }),
  });
}

const query = (
  refId: string,
  model: Model,
  fromSeconds: number,
  toSeconds = 120,
  datasourceUid = "staging-cloudwatch",
): Model => ({
  refId,
  datasourceUid,
  relativeTimeRange: { from: fromSeconds, to: toSeconds },
  model: json({ refId, ...model }),
});
const expression = (refId: string, model: Model): Model => ({
  refId,
  datasourceUid: "__expr__",
  relativeTimeRange: { from: 0, to: 0 },
  model: json({ refId, ...model }),
});
const reduced = (refId: string, of: string, reducer: string): Model =>
  expression(refId, { type: "reduce", expression: of, reducer, settings: { mode: "" } });

interface Written {
  readonly name: string;
  readonly clause: string;
  readonly panel: number;
  readonly datas: readonly Model[];
  readonly condition: string;
  readonly for: string;
  readonly severity?: string;
}

const MUTUAL_TLS_DOWN =
  '(probe_success{job="prober",probe="good"} == 0) and on (domain) (probe_success{job="prober",probe="connect"} == 1)';

/**
 * The ordered four in three ways of writing a condition, and one that waits.
 *
 * @param secret the names of those that rotate
 */
function rules(secret: readonly string[]): readonly Written[] {
  const throttled = cloudwatch("Throttled", "Sum", {}, LOGS);
  return [
    {
      name: "ChatLatencyHigh",
      clause: "B1.2",
      panel: 1,
      datas: [
        query("A", cloudwatch("Latency", "p95", { ...ofStage, Resource: "/chat", Method: "POST" }), 240),
        reduced("B", "A", "last"),
        expression("C", {
          type: "threshold",
          expression: "B",
          conditions: [{ evaluator: { type: "gt", params: [800] } }],
        }),
      ],
      condition: "C",
      for: "10m",
    },
    {
      name: "ServerErrorsHigh",
      clause: "B1.3",
      panel: 2,
      datas: [
        query("A", cloudwatch("Failed", "Sum", {}, LOGS), 240),
        query("B", cloudwatch("Asked", "Sum", {}, LOGS), 240),
        reduced("C", "A", "last"),
        reduced("D", "B", "last"),
        expression("E", { type: "math", expression: "$D > 0 && 100 * $C > 1 * $D" }),
      ],
      condition: "E",
      for: "300s",
    },
    {
      name: "ThrottlingSpike",
      clause: "B1.4",
      panel: 5,
      datas: [
        query("A", throttled, 420),
        query("B", throttled, 4020, 420),
        reduced("C", "A", "sum"),
        reduced("D", "B", "sum"),
        expression("E", { type: "math", expression: "$C > 50 && $C > 3 * ${D} * 5 / 60" }),
      ],
      condition: "E",
      for: "0s",
    },
    {
      name: "MutualTlsDown",
      clause: "B1.5",
      panel: 4,
      datas: [
        query("A", { expr: MUTUAL_TLS_DOWN, instant: true, range: false }, 600, 0, "staging-prometheus"),
        expression("B", { type: "math", expression: "!is_null($A)" }),
      ],
      condition: "B",
      for: "2m",
    },
    {
      name: "PersonalDataInLogs",
      clause: "B8.3",
      panel: 9,
      severity: "ticket",
      datas: [
        query("A", cloudwatch("LogFindings", "Sum", {}, LOGS), 420),
        reduced("B", "A", "sum"),
        expression("C", { type: "math", expression: "$B > 0" }),
      ],
      condition: "C",
      for: "0s",
    },
    {
      name: "SecretStale",
      clause: "B6.1",
      panel: 9,
      severity: "ticket",
      datas: [
        query(
          "A",
          cloudwatch("SecretAge", "Maximum", { functionName: "trust-watch", secret }, "staging/functions"),
          43_200,
        ),
        reduced("B", "A", "last"),
        expression("C", { type: "math", expression: "$B >= 75" }),
      ],
      condition: "C",
      for: "0s",
    },
  ];
}

function declareAlerts(stack: TestStack): void {
  const rotated = stack
    .ofType(types.secretRotation)
    .flatMap(({ takesFrom }) => (takesFrom.secretId ?? []).map(({ props }) => String(props.name)));
  for (const name of ["page", "ticket"]) {
    stack
      .add(types.contactPoint, name, { name, pagerduties: [{ integrationKey: unknownValue }] })
      .from("pagerduties", integration(stack, `${name}-events_api_v2`));
  }
  stack.add(types.notificationPolicy, "tree", {
    contactPoint: "ticket",
    groupBies: ["alertname", "severity"],
    groupWait: "30s",
    groupInterval: "1m",
    repeatInterval: "4h",
    policies: [{ contactPoint: "page", matchers: [{ label: "severity", match: "=", value: "page" }] }],
  });
  stack.add(types.ruleGroup, "alerts", {
    name: "alerts",
    folderUid: "staging",
    intervalSeconds: 60,
    rules: rules(rotated).map(
      ({ name, clause, panel, datas, condition, for: lasting, severity = "page" }) => ({
        name,
        datas,
        condition,
        for: lasting,
        noDataState: "OK",
        execErrState: "Error",
        labels: { severity, clause, stack: "staging" },
        annotations: {
          summary: `${name} rings in the staging stack`,
          description: "What it means, and where whoever is on call looks first.",
          runbook_url: `https://git.example.com/runbook.md#${name.toLowerCase()}`,
          __dashboardUid__: "staging-overview",
          __panelId__: String(panel),
        },
      }),
    ),
  });
}

/** The role that Grafana assumes, and its two data sources. */
function declareReader(stack: TestStack): void {
  const role = stack.add(types.role, "reader-role", {
    name: "reader",
    permissionsBoundary: boundaryOf(account),
    assumeRolePolicy: json({
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${account}:role/grafana` },
          Action: "sts:AssumeRole",
          Condition: { StringEquals: { "sts:ExternalId": "fase-b-staging-grafana" } },
        },
      ],
    }),
  });
  const here = { StringEquals: { "aws:RequestedRegion": region } };
  stack
    .add(types.rolePolicy, "reader-rights", {
      policy: json({
        Statement: [
          {
            Effect: "Allow",
            Action: ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"],
            Resource: "*",
            Condition: here,
          },
        ],
      }),
    })
    .from("role", role);
  stack.add(types.dataSource, "cloudwatch", {
    type: "cloudwatch",
    accessMode: "proxy",
    uid: "staging-cloudwatch",
    jsonDataEncoded: json({
      authType: "default",
      defaultRegion: region,
      assumeRoleArn: `arn:aws:iam::${account}:role/reader`,
      externalId: "fase-b-staging-grafana",
    }),
  });
  stack.add(types.dataSource, "prometheus", {
    type: "prometheus",
    accessMode: "proxy",
    uid: "staging-prometheus",
    url: "https://prometheus.staging.example.com",
    jsonDataEncoded: json({ httpMethod: "POST", manageAlerts: false }),
  });
}

export function declareObservability(stack: TestStack): void {
  declarePager(stack);
  declareLogMetrics(stack);
  declareDashboards(stack);
  declareAlerts(stack);
  declareReader(stack);
  const providers = {
    grafana: stack.add(types.grafanaProvider, "grafana", {
      url: "https://grafana.staging.example.com",
      auth: "of nobody",
      insecureSkipVerify: "false",
    }),
    pagerduty: stack.add(types.pagerProvider, "pagerduty", {
      token: "of nobody",
      skipCredentialsValidation: "false",
    }),
  };
  for (const resource of stack.resources) {
    const [packageName = ""] = resource.type.split(":");
    if (packageName === "grafana" || packageName === "pagerduty") resource.provider = providers[packageName];
  }
}
