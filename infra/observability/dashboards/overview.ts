import { MINUTE_SECONDS } from "../alerts/condition";
import { targets } from "../../prober/probes";
import { seriesCount } from "../../prober/scrapeConfiguration";
import { alerts as alertsOf } from "../alerts/alerts";
import { SCANS, type ScanName } from "../../scanning/scanning.schema";
import { every } from "../telemetry/telemetry";
import type { Board, BoardContext } from "./dashboard";
import { counts, ANY, type Target } from "./panel";
import { breakerMeanings, breakers } from "./idempotency";
import { proberSeries } from "./proberSeries";
import { attainment, objectives } from "./slo";
import { chosen } from "./variables";

/** Where nothing has happened nobody reports anything; nor does anybody where nobody watches. */
const NONE = "none reported";
/** The last value of a range may be hours old: so old a tile of CloudWatch's may be, which is late by minutes. */
const NOW = "15m";
/** What the gateway counts. */
const PROBED =
  " The gateway's own number: the prober's own requests, one a minute and door with each certificate, and scans are among them, and in what pages they are not.";
const HOUR_SECONDS = 3_600;

/**
 * What a screen of 1080 lines shows under Grafana's and the browser's own bars: a unit of the grid is 30 px and the gap under it 8,
 * and some 950 px are left.
 */
export const SCREEN_HEIGHT = 25;

export function overview(context: BoardContext): Board {
  const { settings, contract, telemetry } = context;
  const { alerts, objectives: promised } = settings.observability;
  const { latency, errors } = objectives(context);
  const seen = proberSeries(settings);
  const chat = telemetry.routes.find(({ dimensions }) => dimensions.Resource === alerts.chatLatency.route);
  if (!chat)
    throw new Error(
      `${alerts.chatLatency.route}: got no such route; allowed: one of the contract; fix: observability.alerts.chatLatency.route`,
    );
  const { windowMinutes, floor } = alerts.throttlingSpike;
  const { missingAfterHours } = settings.scanning;
  const probes = seriesCount(targets(settings.agents, contract));
  return {
    id: "overview",
    title: "Overview",
    description:
      "Is staging well? Green is; grey is not known. One screen; each part leads to its own dashboard.",
    variables: ["resource", "agent"],
    shelves: [
      {
        height: 4,
        panels: [
          {
            kind: "stat",
            title: `p95 of ${chat.route}`,
            description: `B1.2: of the last minute; over ${alerts.chatLatency.thresholdMs} ms for ${alerts.chatLatency.forMinutes} minutes pages.${PROBED}`,
            lookBack: NOW,
            unit: "milliseconds",
            more: "latency",
            threshold: { value: alerts.chatLatency.thresholdMs, bad: "above" },
            targets: [{ query: telemetry.gateway("Latency", "p95", chat.dimensions), legend: "p95" }],
          },
          {
            kind: "stat",
            title: "5xx",
            description: `B1.3: share of the requests of clients in the last minute; over ${alerts.serverErrors.thresholdPercent} % for ${alerts.serverErrors.forMinutes} minutes pages.`,
            lookBack: NOW,
            unit: "percent",
            more: "errors",
            threshold: { value: alerts.serverErrors.thresholdPercent, bad: "above" },
            targets: [
              { id: "failed", hidden: true, query: telemetry.fromLogs("ServedServerErrors"), legend: "5xx" },
              {
                id: "requests",
                hidden: true,
                query: telemetry.fromLogs("ServedRequests"),
                legend: "requests",
              },
              { math: "100 * failed / requests", legend: "5xx" },
            ],
          },
          {
            kind: "stat",
            title: `429 in ${windowMinutes} min`,
            description: `B1.4: a spike pages from ${floor} on, against what is usual.`,
            lookBack: NOW,
            unit: "count",
            more: "errors",
            threshold: { value: floor, bad: "above" },
            targets: [
              {
                query: every(telemetry.fromLogs("Throttled"), windowMinutes * MINUTE_SECONDS),
                legend: "429",
              },
            ],
          },
          {
            kind: "stat",
            title: "Doors that do not open",
            description:
              "B1.5: domains on which a good client certificate is not let through. No data: no door is tried.",
            unit: "count",
            more: "mutual-tls",
            threshold: ANY,
            targets: [{ query: telemetry.prometheus(seen.doorsDown), legend: "doors" }],
          },
          {
            kind: "stat",
            title: "Doors open to a bad certificate",
            description:
              "B1.5: domains that answer without a certificate, or with an expired, foreign or revoked one; each pages at once. No data: nothing is proven of any door.",
            unit: "count",
            more: "mutual-tls",
            threshold: ANY,
            targets: [{ query: telemetry.prometheus(seen.doorsOpen(openDoor(context))), legend: "doors" }],
          },
          {
            kind: "stat",
            title: `Probes that answer, of ${probes}`,
            description: `With fewer than ${probes}, of some doors nothing is known, however green the tiles beside.`,
            unit: "count",
            more: "mutual-tls",
            threshold: { value: probes, bad: "below" },
            targets: [{ query: telemetry.prometheus(seen.answering), legend: "probes" }],
          },
        ],
      },
      {
        height: 4,
        panels: [
          {
            kind: "stat",
            title: "Breakers",
            width: 3,
            description:
              "The worst state of any agent's breaker, as requests met it. None reported: no request, no state.",
            unit: "state",
            more: "idempotency",
            meanings: breakerMeanings,
            nothing: NONE,
            targets: [
              {
                id: "breakers",
                hidden: true,
                query: telemetry.own("BreakerState", "Maximum", { functionName: "edge", agentId: "*" }),
                legend: "agents",
              },
              { math: "MAX(breakers)", legend: "worst" },
            ],
          },
          {
            kind: "stat",
            title: "Least life of a domain",
            description:
              "What is left of the certificate that ends first, of the domains'. No data: no door shows one.",
            unit: "percent",
            more: "lifetimes",
            threshold: { value: settings.certificates.alarmAtRemainingPercent, bad: "below" },
            targets: [{ query: telemetry.prometheus(seen.leastDomainLife), legend: "left" }],
          },
          attainment(latency, promised.windowDays, {
            title: `Latency objective, ${promised.windowDays} days`,
            description: `${latency.says} ${latency.counts}`,
            more: "slo",
          }),
          attainment(errors, promised.windowDays, {
            title: `Errors objective, ${promised.windowDays} days`,
            description: `${errors.says} ${errors.counts}`,
            more: "slo",
          }),
          {
            kind: "stat",
            title: "Requests per second",
            description: "Of the whole stage, in the last minute.",
            lookBack: NOW,
            unit: "requests per second",
            more: "traffic",
            targets: [
              { id: "all", hidden: true, query: telemetry.gateway("Count", "Sum"), legend: "all" },
              { math: `all / ${MINUTE_SECONDS}`, legend: "all routes" },
            ],
          },
          {
            kind: "stat",
            title: "Findings in the logs",
            description:
              "Personal data that the masking of the logs found, less the addresses that a firewall's log holds by nature (B8.3), since the full hour. None reported: no line told of any.",
            unit: "count",
            alerts: ["LogFindings"],
            threshold: ANY,
            nothing: NONE,
            targets: [{ query: every(telemetry.fromLogs("LogFindings"), HOUR_SECONDS), legend: "findings" }],
          },
          {
            kind: "stat",
            title: "Scans that failed",
            description:
              "Since the full hour: could not be made, or found something of a level that fails (B2). That they run at all is the tile beside it.",
            unit: "count",
            alerts: ["ScanFailed"],
            threshold: ANY,
            nothing: NONE,
            targets: [{ query: every(telemetry.fromLogs("ScanFailures"), HOUR_SECONDS), legend: "failures" }],
          },
          {
            kind: "stat",
            title: "Scans that ended",
            description: `In the last ${missingAfterHours} hours, by scan, well or not (B2). None reported: none has ended.`,
            lookBack: `${missingAfterHours}h`,
            unit: "count",
            alerts: ["ScanMissing"],
            threshold: { value: 1, bad: "below" },
            nothing: NONE,
            targets: [
              ...endedScan(telemetry, SCANS[0], 0),
              ...SCANS.slice(1).flatMap((scan, i) => endedScan(telemetry, scan, i + 1)),
            ],
          },
        ],
      },
      {
        height: 8,
        panels: [
          {
            kind: "alert list",
            title: "What rings",
            description:
              "Alerts of this stack that ring or are about to, the gravest first. Each leads to its rule and the runbook.",
            width: 8,
          },
          {
            kind: "time series",
            title: "p95 by route",
            description: "As the gateway measures it.",
            unit: "milliseconds",
            more: "latency",
            threshold: { value: alerts.chatLatency.thresholdMs, bad: "above" },
            targets: [
              {
                query: telemetry.gateway("Latency", "p95", telemetry.routesOf(chosen("resource"))),
                legend: "${PROP('Dim.Method')} ${PROP('Dim.Resource')}",
              },
            ],
          },
          {
            ...counts,
            title: "What went wrong",
            description: "Requests by minute that ended in 5xx, and that were answered 429.",
            more: "errors",
            targets: [
              { query: telemetry.gateway("5XXError", "Sum"), legend: "5xx" },
              { query: telemetry.fromLogs("Throttled"), legend: "429" },
            ],
          },
        ],
      },
      {
        height: 8,
        panels: [
          {
            ...breakers(telemetry),
            title: "Breakers of agents",
            description: "As requests met them.",
            more: "idempotency",
          },
          {
            kind: "bar gauge",
            title: "Quotas used",
            description: "Of the month, by client, as far as they were heard of in this time.",
            unit: "percent",
            more: "quotas",
            minimum: 0,
            maximum: 100,
            threshold: { value: alerts.quotaNearEndPercent, bad: "above", including: true },
            targets: [
              {
                query: telemetry.own("QuotaUse", "Maximum", { functionName: "edge", clientId: "*" }),
                legend: "${PROP('Dim.clientId')}",
              },
            ],
          },
          {
            kind: "time series",
            title: "Memory of functions",
            description: "The most of a minute, as a share of what the function has.",
            unit: "percent",
            more: "resources",
            threshold: { value: alerts.memoryPercent, bad: "above" },
            targets: [
              {
                query: telemetry.own("MemoryUse", "Maximum", { functionName: telemetry.functionNames }),
                legend: "${PROP('Dim.functionName')}",
              },
            ],
          },
        ],
      },
    ],
  };
}

/** How often a scan has ended in the time that is shown: the last of the sums so far. */
const endedScan = (
  telemetry: BoardContext["telemetry"],
  scan: ScanName,
  index: number,
): readonly [Target, Target] => [
  {
    id: `ended${index}`,
    hidden: true,
    query: every(telemetry.fromLogs("ScansEnded", "Sum", { scan }), HOUR_SECONDS),
    legend: scan,
  },
  { math: `RUNNING_SUM(FILL(ended${index}, 0))`, legend: scan },
];

/** The condition under which a page says that a door is open. */
function openDoor({ settings, contract }: BoardContext): string {
  const alert = alertsOf(settings, contract).find(({ name }) => name === "MutualTlsOpen");
  if (alert?.condition.source !== "prometheus") throw new Error("MutualTlsOpen is no alert by PromQL");
  return alert.condition.expr;
}
