import { SCANS, type ScanName } from "../../../scanning/scanning.schema";
import { breakerStates } from "../../../functions/log/metrics";
import type { AlertName } from "../alertNames";
import type { CloudWatchOptions, SimulatedMetric } from "./sources";
import type { Labels } from "./values";

/*
 * What happens to staging, minute by minute, and which alerts ring when. Minutes are counted from the start; minute 30 is from 30:00 to
 * 31:00; what holds always has held before as well.
 */

export const START_MS = Date.UTC(2026, 10, 30, 12);
const MINUTE_MS = 60_000;

export interface Scenario {
  readonly alert: AlertName;
  readonly what: string;
  readonly metrics: readonly SimulatedMetric[];
  readonly cloudWatch?: CloudWatchOptions;
  readonly minutes: number;
  /** The first minute of evaluation that finds the alert ringing, and the last one; none is never. */
  readonly rings?: { readonly from: number; readonly to: number };
  /** One label of the series that ring, sorted. @default not looked at */
  readonly series?: { readonly label: string; readonly values: readonly string[] };
}

type ByMinute = (minute: number) => number | undefined;

const minuteOf = (ms: number): number => (ms - START_MS) / MINUTE_MS;

const metric = (
  namespace: string,
  metricName: string,
  dimensions: Labels,
  values: Readonly<Record<string, ByMinute>>,
  lateSeconds?: number | ByMinute,
): SimulatedMetric => ({
  namespace,
  metricName,
  dimensions,
  values: Object.fromEntries(
    Object.entries(values).map(([statistic, of]) => [statistic, (ms: number) => of(minuteOf(ms))]),
  ),
  ...(lateSeconds === undefined
    ? {}
    : {
        lateSeconds:
          typeof lateSeconds === "number" ? lateSeconds : (ms: number) => lateSeconds(minuteOf(ms)) ?? 45,
      }),
});

const always =
  (value: number): ByMinute =>
  () =>
    value;
const never: ByMinute = () => undefined;
/** One value in a stretch of minutes, its last one included, another before and after. */
const between =
  (from: number, to: number, inside: number | undefined, outside: number | undefined): ByMinute =>
  (minute) =>
    minute >= from && minute <= to ? inside : outside;
const except =
  (missing: readonly number[], of: ByMinute): ByMinute =>
  (minute) =>
    missing.includes(minute) ? undefined : of(minute);

const STAGE = { ApiName: "fase-b-staging", Stage: "v1" };
const LOGS = "fase-b-staging/logs";
const FUNCTIONS = "fase-b-staging/functions";

/** A thousand requests of clients a minute, so many of a hundred of them over 800 ms; more than 5, and their p95 is over it. */
const chat = (slowPercent: ByMinute, lateSeconds?: number | ByMinute): readonly SimulatedMetric[] => {
  const sum = (metricName: string, of: ByMinute): SimulatedMetric =>
    metric(LOGS, metricName, {}, { Sum: of }, lateSeconds);
  return [
    sum("OrderedSlowRequests", (minute) => {
      const percent = slowPercent(minute);
      return percent === undefined ? undefined : 10 * percent;
    }),
    sum("OrderedRequests", (minute) => (slowPercent(minute) === undefined ? undefined : 1_000)),
    // The gateway's own p95 has scans and the prober in it.
    metric(
      "AWS/ApiGateway",
      "Latency",
      { ...STAGE, Resource: "/chat", Method: "POST" },
      { p95: (minute) => ((slowPercent(minute) ?? 0) > 5 ? 90 : 5_000) },
    ),
  ];
};
const gateway = (metricName: string, sum: ByMinute): SimulatedMetric =>
  metric("AWS/ApiGateway", metricName, STAGE, { Sum: sum });
const fromLogs = (metricName: string, sum: ByMinute): SimulatedMetric =>
  metric(LOGS, metricName, {}, { Sum: sum });
const breaker = (agentId: string, maximum: ByMinute): SimulatedMetric =>
  metric(
    FUNCTIONS,
    "BreakerState",
    { functionName: "edge", agentId },
    { Maximum: maximum, Minimum: always(0) },
  );
const own = (metricName: string, statistic: string, dimensions: Labels, of: ByMinute): SimulatedMetric =>
  metric(FUNCTIONS, metricName, dimensions, { [statistic]: of });

const { open, "half-open": halfOpen, closed } = breakerStates;

const chatLatency = (
  what: string,
  metrics: readonly SimulatedMetric[],
  rings?: Scenario["rings"],
): Scenario => ({
  alert: "ChatLatencyHigh",
  what,
  metrics,
  minutes: 60,
  ...(rings === undefined ? {} : { rings }),
});

const latencies: readonly Scenario[] = [
  chatLatency("5.1 % over 800 ms for 9 minutes", chat(between(20, 28, 5.1, 1))),
  chatLatency("5.1 % over 800 ms for 10 minutes", chat(between(20, 29, 5.1, 1)), { from: 31, to: 31 }),
  chatLatency("5.1 % over 800 ms from minute 20 on", chat(between(20, 99, 5.1, 1)), { from: 31, to: 60 }),
  chatLatency("5 % over 800 ms for ever, so that p95 is not", chat(always(5))),
  chatLatency("every request over 800 ms", chat(always(100)), { from: 9, to: 60 }),
  chatLatency(
    "one minute at the threshold, and nine over it on either side",
    chat((m) => (m === 29 ? 5 : between(20, 38, 9, 1)(m))),
  ),
  chatLatency("one minute without a value among ten", chat(except([25], between(20, 29, 5.1, 1))), {
    from: 31,
    to: 31,
  }),
  chatLatency("two minutes without a value among twelve", chat(except([25, 26], between(20, 31, 5.1, 1)))),
  chatLatency("nothing at all", chat(never)),
  chatLatency("no request of a client, while the log has lines", [
    fromLogs("OrderedSlowRequests", always(0)),
    fromLogs("OrderedRequests", always(0)),
  ]),
  chatLatency(
    "one request a minute, and that one slow",
    [fromLogs("OrderedSlowRequests", always(1)), fromLogs("OrderedRequests", always(1))],
    { from: 9, to: 60 },
  ),
  chatLatency("slow requests of no request", [
    fromLogs("OrderedSlowRequests", always(5)),
    fromLogs("OrderedRequests", always(0)),
  ]),
  chatLatency("scans and the prober alone that are slow", chat(always(0))),
  chatLatency("values that are two minutes late: a minute later", chat(between(20, 99, 5.1, 1), 120), {
    from: 32,
    to: 60,
  }),
  chatLatency(
    "one value that is five minutes late",
    chat(between(20, 29, 5.1, 1), (m) => (m === 24 ? 300 : 45)),
    { from: 31, to: 31 },
  ),
  chatLatency("values that are so late that none is there", chat(always(100), 600)),
];

const errors = (
  what: string,
  bad: ByMinute,
  all: ByMinute,
  rings?: Scenario["rings"],
  alert: AlertName = "ServerErrorsHigh",
  minutes = 60,
): Scenario => ({
  alert,
  what,
  // The gateway's own count has scans and the prober in it, who are all of it here.
  metrics: [
    fromLogs("ServedServerErrors", bad),
    fromLogs("ServedRequests", all),
    gateway("5XXError", always(0)),
    gateway("Count", always(1_000_000)),
  ],
  minutes,
  ...(rings === undefined ? {} : { rings }),
});

const serverErrors: readonly Scenario[] = [
  errors("1.0 % for ever", always(100), always(10_000)),
  errors("1.01 % for 4 minutes", between(20, 23, 101, 0), always(10_000)),
  errors("1.01 % for 5 minutes", between(20, 24, 101, 0), always(10_000), { from: 26, to: 26 }),
  errors("1.01 % from minute 20 on", between(20, 99, 101, 0), always(10_000), { from: 26, to: 60 }),
  errors("one error among few requests, minute after minute", always(1), always(20), { from: 4, to: 60 }),
  errors("errors, and nothing that says of how many", always(5), never),
  errors("errors of no request", always(5), always(0)),
  errors("a count that begins anew at little", always(0), (m) => (m < 30 ? 100_000 : 3)),
  errors("errors that end while the count begins anew", between(26, 29, 500, 0), (m) =>
    m < 30 ? 10_000 : 1,
  ),
];

/** The gateway's own metrics, as a night of scans fills them: all of its requests fail, and none of a client's does. */
const ofScans: Scenario = {
  alert: "ServerErrorsHigh",
  what: "every request of a scan ends in 5xx, and none of a client's",
  metrics: [
    gateway("5XXError", always(300)),
    gateway("Count", always(310)),
    fromLogs("ServedServerErrors", always(0)),
    fromLogs("ServedRequests", always(10)),
    fromLogs("ScanRequests", always(300)),
  ],
  minutes: 60,
};

const throttled = (what: string, of: ByMinute, rings?: Scenario["rings"], minutes = 150): Scenario => ({
  alert: "ThrottlingSpike",
  what,
  metrics: [fromLogs("Throttled", of)],
  minutes,
  ...(rings === undefined ? {} : { rings }),
});

const spikes: readonly Scenario[] = [
  throttled("50 in a minute, the floor", between(90, 90, 50, 0)),
  // In the window for five evaluations, and it rings at the third.
  throttled("51 in a minute", between(90, 90, 51, 0), { from: 94, to: 96 }),
  throttled("51 over five minutes", between(90, 94, 10.2, 0), undefined),
  throttled("55 in each five of ten minutes", between(90, 99, 11, 0), { from: 98, to: 101 }),
  throttled("three times a busy baseline", (m) => (m === 90 ? 220 : 20)),
  throttled("more than three times a busy baseline", (m) => (m === 90 ? 221 : 20), { from: 94, to: 96 }),
  throttled("a slow rise to thirty times as many", (m) => 20 * 1.02 ** m, undefined, 180),
  throttled("51 beside a baseline with gaps", (m) => (m === 90 ? 51 : m % 7 === 0 ? 0 : undefined), {
    from: 94,
    to: 96,
  }),
  throttled("a log that is silent", never),
];

const FLUTTER: ByMinute = (m) => (m % 2 === 0 ? 4 : 0);

const burns: readonly Scenario[] = [
  errors(
    "burning at exactly 14.4 times",
    always(1_008),
    always(10_000),
    undefined,
    "ErrorBudgetBurnsFast",
    90,
  ),
  errors("burning faster", always(1_009), always(10_000), { from: 2, to: 90 }, "ErrorBudgetBurnsFast", 90),
  errors(
    "five bad minutes after an hour of good ones",
    between(70, 74, 1_100, 0),
    always(10_000),
    undefined,
    "ErrorBudgetBurnsFast",
    90,
  ),
  errors(
    "a bad hour, until five minutes after its end",
    between(60, 119, 2_000, 0),
    always(10_000),
    { from: 94, to: 123 },
    "ErrorBudgetBurnsFast",
    150,
  ),
  errors("what flutters around 1 % for hours", FLUTTER, always(100), undefined, "ServerErrorsHigh", 400),
  errors(
    "what flutters around 1 % for hours",
    FLUTTER,
    always(100),
    { from: 2, to: 60 },
    "ErrorBudgetBurnsSlowly",
    60,
  ),
  errors("4.2 % for ever", always(420), always(10_000), undefined, "ErrorBudgetBurns", 40),
  errors("4.21 % for ever", always(421), always(10_000), { from: 2, to: 40 }, "ErrorBudgetBurns", 40),
  errors("0.7 % for ever", always(7), always(1_000), undefined, "ErrorBudgetBurnsSlowly", 40),
  errors("0.71 % for ever", always(71), always(10_000), { from: 2, to: 40 }, "ErrorBudgetBurnsSlowly", 40),
  errors("errors of no request", always(5), always(0), undefined, "ErrorBudgetBurnsFast", 40),
  {
    alert: "ErrorBudgetBurnsFast",
    what: "errors that only the gateway counts: the prober's",
    metrics: [
      gateway("5XXError", always(500)),
      gateway("Count", always(1_000)),
      fromLogs("ServedServerErrors", always(0)),
      fromLogs("ServedRequests", always(100)),
    ],
    minutes: 40,
  },
  ...(
    [
      ["LatencyBudgetBurnsFast", 72],
      ["LatencyBudgetBurns", 30],
      ["LatencyBudgetBurnsSlowly", 5],
    ] as const
  ).flatMap(([alert, percent]) =>
    [percent, percent + 1].map((slow): Scenario => ({
      alert,
      what: `${slow} of 100 requests slow, where ${percent} are allowed`,
      metrics: [fromLogs("ObjectiveSlowRequests", always(slow)), fromLogs("ObjectiveRequests", always(100))],
      minutes: 30,
      ...(slow > percent ? { rings: { from: 2, to: 30 } } : {}),
    })),
  ),
];

const breakers: readonly Scenario[] = [
  {
    alert: "BreakerOpen",
    what: "one agent's breaker open for two minutes",
    metrics: [breaker("chat-01", between(20, 21, open, closed)), breaker("chat-02", always(closed))],
    minutes: 60,
    rings: { from: 23, to: 23 },
    series: { label: "agentId", values: ["chat-01"] },
  },
  {
    alert: "BreakerOpen",
    what: "open for a minute",
    metrics: [breaker("chat-01", between(20, 20, open, closed))],
    minutes: 60,
  },
  { alert: "BreakerOpen", what: "half-open", metrics: [breaker("chat-01", always(halfOpen))], minutes: 60 },
  {
    alert: "BreakerOpen",
    what: "three agents at once, one of which wakes nobody",
    metrics: ["chat-01", "vision-01", "avatar-02"].map((id) => breaker(id, between(20, 40, open, closed))),
    minutes: 60,
    rings: { from: 23, to: 42 },
    series: { label: "agentId", values: ["chat-01", "vision-01"] },
  },
  {
    alert: "BreakerOpenTicket",
    what: "three agents at once, one of which wakes nobody",
    metrics: ["chat-01", "vision-01", "avatar-02"].map((id) => breaker(id, between(20, 40, open, closed))),
    minutes: 60,
    rings: { from: 23, to: 42 },
    series: { label: "agentId", values: ["avatar-02"] },
  },
  // Without requests nothing is known; what rings goes on until the series is missed twice.
  {
    alert: "BreakerOpen",
    what: "an agent that is not called any more, beside one that is",
    metrics: [breaker("chat-01", between(20, 30, open, undefined)), breaker("chat-02", always(closed))],
    minutes: 60,
    rings: { from: 23, to: 34 },
    series: { label: "agentId", values: ["chat-01"] },
  },
  ...(["empty frames", "no frames"] as const).map((emptySearch): Scenario => ({
    alert: "BreakerOpen",
    what: `no agent is called any more (${emptySearch})`,
    metrics: [breaker("chat-01", between(20, 30, open, undefined))],
    cloudWatch: { emptySearch },
    minutes: 60,
    rings: { from: 23, to: 33 },
  })),
];

const quota = (percent: number): SimulatedMetric =>
  own(
    "QuotaUse",
    "Maximum",
    { functionName: "edge", clientId: "web-app" },
    between(20, 20, percent, undefined),
  );

const others: readonly Scenario[] = [
  { alert: "QuotaNearEnd", what: "79.9 % used", metrics: [quota(79.9)], minutes: 60 },
  {
    alert: "QuotaNearEnd",
    what: "80 % used, said once",
    metrics: [quota(80)],
    minutes: 60,
    rings: { from: 24, to: 60 },
    series: { label: "clientId", values: ["web-app"] },
  },
  {
    alert: "FunctionMemoryHigh",
    what: "90 % of the memory",
    metrics: [own("MemoryUse", "Maximum", { functionName: "edge" }, always(90))],
    minutes: 60,
  },
  {
    alert: "FunctionMemoryHigh",
    what: "91 % in one minute",
    metrics: [own("MemoryUse", "Maximum", { functionName: "edge" }, between(20, 20, 91, 40))],
    minutes: 60,
    rings: { from: 24, to: 36 },
  },
  {
    alert: "DeadLetters",
    what: "one message",
    metrics: [
      metric(
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        { QueueName: "avatar-render-dead-letters" },
        {
          Maximum: between(20, 39, 1, 0),
        },
      ),
    ],
    minutes: 60,
    rings: { from: 24, to: 41 },
  },
  ...[900, 901].map((seconds): Scenario => ({
    alert: "QueueLate",
    what: `a message that has waited ${seconds} s where 900 are allowed`,
    metrics: [
      metric(
        "AWS/SQS",
        "ApproximateAgeOfOldestMessage",
        { QueueName: "avatar-render" },
        {
          Maximum: always(seconds),
        },
      ),
    ],
    minutes: 30,
    ...(seconds > 900 ? { rings: { from: 2, to: 30 } } : {}),
  })),
  { alert: "QueueLate", what: "a queue of which nothing is said", metrics: [], minutes: 30 },
  {
    alert: "WouldHaveBlocked",
    what: "a request that a counting rule met",
    metrics: [
      metric(
        "AWS/WAFV2",
        "CountedRequests",
        {
          WebACL: "fase-b-staging-firewall",
          Region: "eu-west-1",
          Rule: "managed-anonymous-ip-would-have-blocked",
        },
        { Sum: between(20, 20, 1, undefined) },
      ),
    ],
    minutes: 60,
    // Over the search's own silence it rings on until the series is missed twice.
    rings: { from: 24, to: 36 },
  },
  {
    alert: "SecretStale",
    what: "a secret of 75 days, looked at every 6 hours",
    metrics: [
      own(
        "SecretAge",
        "Maximum",
        { functionName: "trust-watch", secret: "fase-b-staging/grafana/token" },
        (m) => (m % 360 === 0 ? 75 : undefined),
      ),
    ],
    minutes: 800,
    rings: { from: 2, to: 800 },
    series: { label: "secret", values: ["fase-b-staging/grafana/token"] },
  },
  {
    alert: "SecretStale",
    what: "a secret of 74 days",
    metrics: [
      own(
        "SecretAge",
        "Maximum",
        { functionName: "trust-watch", secret: "fase-b-staging/grafana/token" },
        (m) => (m % 360 === 0 ? 74 : undefined),
      ),
    ],
    minutes: 60,
  },
];

const invocations = (sum: ByMinute): SimulatedMetric =>
  metric("AWS/Lambda", "Invocations", { FunctionName: "fase-b-staging-edge" }, { Sum: sum });
const edgeLines = (sum: ByMinute): SimulatedMetric => own("Requests", "Sum", { functionName: "edge" }, sum);

const away = (
  alert: AlertName,
  metrics: readonly SimulatedMetric[],
  rings?: Scenario["rings"],
): Scenario => ({
  alert,
  what: "CloudWatch out of reach from minute 30 on",
  metrics,
  cloudWatch: { isDown: (nowMs) => minuteOf(nowMs) >= 30 },
  minutes: 60,
  ...(rings === undefined ? {} : { rings }),
});

const silences: readonly Scenario[] = [
  {
    alert: "GatewaySilent",
    what: "a request every ten minutes",
    metrics: [gateway("Count", (m) => (m % 10 === 0 ? 1 : undefined))],
    minutes: 60,
  },
  {
    alert: "GatewaySilent",
    what: "no request after minute 30",
    metrics: [gateway("Count", between(-99, 30, 14, undefined))],
    minutes: 60,
    rings: { from: 46, to: 60 },
  },
  {
    alert: "GatewaySilent",
    what: "no request for nine minutes",
    metrics: [gateway("Count", between(31, 39, undefined, 14))],
    minutes: 60,
  },
  {
    alert: "GatewaySilent",
    what: "CloudWatch out of reach from minute 30 on",
    metrics: [gateway("Count", always(14))],
    cloudWatch: { isDown: (nowMs) => minuteOf(nowMs) >= 30 },
    minutes: 60,
    rings: { from: 34, to: 60 },
  },
  away("ChatLatencyHigh", chat(always(1)), { from: 39, to: 60 }),
  away(
    "ServerErrorsHigh",
    [fromLogs("ServedServerErrors", always(0)), fromLogs("ServedRequests", always(14))],
    { from: 34, to: 60 },
  ),
  away("ThrottlingSpike", [fromLogs("Throttled", always(0))], { from: 32, to: 60 }),
  // One source that is away is not every alert that asks it.
  away("ErrorBudgetBurnsFast", [
    fromLogs("ServedServerErrors", always(0)),
    fromLogs("ServedRequests", always(100)),
  ]),
  away("QuotaNearEnd", [quota(10)]),
  away("FunctionFaults", []),
  // What rang before goes on.
  away(
    "ErrorBudgetBurnsFast",
    [fromLogs("ServedServerErrors", always(50)), fromLogs("ServedRequests", always(100))],
    { from: 2, to: 60 },
  ),
  {
    alert: "ChatLatencyHigh",
    what: "CloudWatch out of reach once",
    metrics: chat(always(1)),
    cloudWatch: { isDown: (nowMs) => Math.floor(minuteOf(nowMs)) === 30 },
    minutes: 60,
  },
  {
    alert: "ThrottlingSpike",
    what: "CloudWatch out of reach once",
    metrics: [fromLogs("Throttled", always(0))],
    cloudWatch: { isDown: (nowMs) => Math.floor(minuteOf(nowMs)) === 30 },
    minutes: 60,
  },
  {
    alert: "AccessLogSilent",
    what: "no line after minute 30, though the gateway counts",
    metrics: [fromLogs("AccessLogLines", between(-99, 30, 14, undefined)), gateway("Count", always(14))],
    minutes: 60,
    rings: { from: 44, to: 60 },
  },
  {
    alert: "AccessLogSilent",
    what: "nobody calls",
    metrics: [fromLogs("AccessLogLines", never), gateway("Count", never)],
    minutes: 60,
  },
  {
    alert: "EdgeSilent",
    what: "the function runs and writes nothing after minute 30",
    metrics: [edgeLines(between(-99, 30, 5, undefined)), invocations(always(5))],
    minutes: 60,
    rings: { from: 44, to: 60 },
  },
  {
    alert: "EdgeSilent",
    what: "the function does not run",
    metrics: [edgeLines(never), invocations(never)],
    minutes: 60,
  },
  {
    alert: "TrustWatchSilent",
    what: "a look every six hours, and none after the third",
    metrics: [
      own("Requests", "Sum", { functionName: "trust-watch" }, (m) =>
        m % 360 === 0 && m <= 720 ? 1 : undefined,
      ),
    ],
    minutes: 1_500,
    rings: { from: 1_444, to: 1_500 },
  },
];

/** A scan that ended in these minutes. */
const scanEnded = (scan: ScanName, ...minutes: readonly number[]): SimulatedMetric =>
  metric(LOGS, "ScansEnded", { scan }, { Sum: (minute) => (minutes.includes(minute) ? 1 : undefined) });

/** 26 hours before the minute 10, and once more before they are over: the minute of the end is asked for for 1,560 evaluations. */
const LAST_NIGHT = 10 - 26 * 60;
const missing: readonly Scenario[] = [
  {
    alert: "ScanMissing",
    what: "scans that end every night, hardly 26 hours apart",
    metrics: SCANS.map((scan) => scanEnded(scan, LAST_NIGHT, 9)),
    minutes: 60,
  },
  ...SCANS.map((stopped): Scenario => ({
    alert: "ScanMissing",
    what: `${stopped} ends no more, the others do`,
    metrics: SCANS.map((scan) =>
      scan === stopped ? scanEnded(scan, LAST_NIGHT) : scanEnded(scan, LAST_NIGHT, 9),
    ),
    minutes: 60,
    rings: { from: 14, to: 60 },
  })),
  {
    alert: "ScanMissing",
    what: "nothing was ever heard of any",
    metrics: [],
    minutes: 30,
    rings: { from: 2, to: 30 },
  },
  {
    alert: "ScanMissing",
    what: "one of which nothing was ever heard",
    metrics: [scanEnded("zap-baseline", -60), scanEnded("fuzz", -60)],
    minutes: 30,
    rings: { from: 2, to: 30 },
  },
];

export const scenarios: readonly Scenario[] = [
  ...latencies,
  ...serverErrors,
  ofScans,
  ...spikes,
  ...burns,
  ...breakers,
  ...others,
  ...silences,
  ...missing,
];
