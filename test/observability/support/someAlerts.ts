import type { Alert, Operand } from "../../../infra/observability/alerts/alert";

/** Alerts of every form, for what is made of alerts. */

const operand = (metricName: string, windowSeconds: number): Operand => ({
  query: {
    source: "cloudwatch",
    namespace: "fase-b-staging/logs",
    metricName,
    dimensions: {},
    statistic: "Sum",
    periodSeconds: 60,
  },
  windowSeconds,
  endsSecondsAgo: 60,
  reduce: "sum",
});

export const someAlerts: readonly Alert[] = [
  {
    name: "ChatLatencyHigh",
    clauses: ["B1.1", "B1.2"],
    severity: "page",
    dashboard: "latency",
    summary: "p95 of POST /chat is over 800 ms",
    description: "See the agents' own time.",
    condition: {
      source: "cloudwatch",
      operands: {
        A: {
          query: {
            source: "cloudwatch",
            namespace: "AWS/ApiGateway",
            metricName: "Latency",
            dimensions: { ApiName: "fase-b-staging", Resource: "/chat" },
            statistic: "p95",
            periodSeconds: 60,
          },
          windowSeconds: 120,
          endsSecondsAgo: 120,
          reduce: "last",
        },
      },
      math: "$A > 800",
    },
    forSeconds: 600,
    whenSilent: "ok",
  },
  {
    name: "ThrottlingSpike",
    clauses: ["B1.4"],
    severity: "ticket",
    dashboard: "traffic",
    summary: "429s spike",
    description: "See who is refused, and by whom.",
    condition: {
      source: "cloudwatch",
      operands: { A: operand("Throttled", 300), B: operand("Throttled", 3_600) },
      math: "$A > 50 && $A > 3 * $B || $A > 1000",
    },
    forSeconds: 0,
    whenSilent: "alerting",
  },
  {
    name: "MutualTlsDown",
    clauses: ["B1.5"],
    severity: "page",
    dashboard: "mutual-tls",
    summary: "Mutual TLS is down on {{ $labels.domain }}",
    description: "A good certificate is refused.",
    condition: {
      source: "prometheus",
      expr: '(probe_success{job="fase-b-staging-prober",probe=~"good|tls"} == 0) and on (domain) (up{job="x"} == 1)',
    },
    forSeconds: 120,
    whenSilent: "ok",
  },
];
