import { every, type LogMetricName } from "../telemetry/telemetry";
import type { Board, BoardContext } from "./dashboard";
import { counts, ANY, type DataPanel } from "./panel";
import { chosen } from "./variables";

/** What the access log has in place of what is not known. */
const UNKNOWN = "-";

export function errors({ settings, telemetry }: BoardContext): Board {
  const { serverErrors, throttlingSpike } = settings.observability.alerts;
  const { windowMinutes, floor, factor, baselineMinutes } = throttlingSpike;
  const byRoute = (metric: "4XXError" | "5XXError", title: string, description: string): DataPanel => ({
    ...counts,
    title,
    description,
    targets: [
      {
        query: telemetry.gateway(metric, "Sum", telemetry.routesOf(chosen("resource"))),
        legend: "${PROP('Dim.Method')} ${PROP('Dim.Resource')}",
      },
    ],
  });
  const byClient = (metric: LogMetricName, title: string): DataPanel => ({
    ...counts,
    title,
    description:
      "By minute, of the gateway's access log. Before it is known who calls, the firewall and the gateway may have refused.",
    targets: [
      {
        query: telemetry.fromLogs(metric, "Sum", { clientId: chosen("client") }),
        legend: "${PROP('Dim.clientId')}",
      },
      { query: telemetry.fromLogs(metric, "Sum", { clientId: UNKNOWN }), legend: "before it is known" },
    ],
  });
  const byReason = (metric: LogMetricName, title: string): DataPanel => ({
    ...counts,
    title,
    description: "By minute, in the gateway's words; `-` where the edge function answered.",
    targets: [{ query: telemetry.fromLogs(metric, "Sum", { reason: "*" }), legend: "${PROP('Dim.reason')}" }],
  });
  return {
    id: "errors",
    title: "Errors and 429",
    description: "4xx, 5xx and 429 by route, by client and by reason (B1.1, B1.3, B1.4).",
    variables: ["resource", "client"],
    shelves: [
      {
        height: 9,
        panels: [
          {
            kind: "time series",
            title: "Share of requests that ended in 5xx",
            description: `B1.3 pages when each of ${serverErrors.forMinutes} minutes in a row is over ${serverErrors.thresholdPercent} % of what clients asked.`,
            unit: "percent",
            alerts: ["ServerErrorsHigh"],
            threshold: { value: serverErrors.thresholdPercent, bad: "above" },
            targets: [
              { id: "failed", hidden: true, query: telemetry.fromLogs("ServedServerErrors"), legend: "5xx" },
              {
                id: "requests",
                hidden: true,
                query: telemetry.fromLogs("ServedRequests"),
                legend: "requests",
              },
              { id: "failures", hidden: true, query: telemetry.gateway("5XXError", "Sum"), legend: "5xx" },
              { id: "count", hidden: true, query: telemetry.gateway("Count", "Sum"), legend: "requests" },
              { math: "100 * failed / requests", legend: "of clients" },
              { math: "100 * failures / count", legend: "of all, scans and the prober too" },
            ],
          },
          {
            ...counts,
            title: `429 in ${windowMinutes} minutes`,
            description: `B1.4 pages when there are more than ${floor}, and more than ${factor} times as many as in the windows of the ${baselineMinutes} minutes before, on average.`,
            alerts: ["ThrottlingSpike"],
            threshold: { value: floor, bad: "above" },
            targets: [{ query: every(telemetry.fromLogs("Throttled"), windowMinutes * 60), legend: "429" }],
          },
        ],
      },
      {
        heading: "By route",
        height: 8,
        panels: [
          byRoute("4XXError", "4xx by route", "Requests by minute; the 429 are among them."),
          byRoute(
            "5XXError",
            "5xx by route",
            "Requests by minute, whether the gateway, the edge or an agent failed.",
          ),
          {
            ...counts,
            title: "429 by route",
            description: "By minute, whoever gave them: firewall, stage, usage plan or edge.",
            targets: [
              {
                query: telemetry.fromLogs("ThrottledByRoute", "Sum", { route: chosen("resource") }),
                legend: "${PROP('Dim.route')}",
              },
              // The firewall refuses before the gateway knows the route.
              {
                query: telemetry.fromLogs("ThrottledByRoute", "Sum", { route: UNKNOWN }),
                legend: "before a route",
              },
            ],
          },
        ],
      },
      {
        heading: "By client",
        height: 8,
        panels: [
          byClient("ClientErrorsByClient", "4xx by client"),
          byClient("ServerErrorsByClient", "5xx by client"),
          byClient("ThrottledByClient", "429 by client"),
        ],
      },
      {
        heading: "By reason",
        height: 8,
        panels: [
          byReason("ClientErrorsByReason", "4xx by reason"),
          byReason("ServerErrorsByReason", "5xx by reason"),
          byReason("ThrottledByReason", "429 by reason"),
        ],
      },
      {
        heading: "In our own words",
        height: 8,
        panels: [
          {
            ...counts,
            title: "Faults of ours by function",
            description:
              "Requests that ended in a fault of the function itself: an error that nobody foresaw.",
            alerts: ["FunctionFaults"],
            threshold: ANY,
            targets: [
              {
                query: telemetry.own("Faults", "Sum", { functionName: telemetry.functionNames }),
                legend: "${PROP('Dim.functionName')}",
              },
            ],
          },
          {
            ...counts,
            title: "How requests ended at the edge",
            description: "By minute and outcome; the words are those of the log.",
            targets: [
              {
                query: telemetry.own("Outcomes", "Sum", { functionName: "edge", route: "*", outcome: "*" }),
                legend: "${PROP('Dim.route')} ${PROP('Dim.outcome')}",
              },
            ],
          },
          {
            ...counts,
            title: "Refused by the authorizer",
            description: "Requests by minute whose caller was not known, or may not do this.",
            targets: [
              {
                query: telemetry.own("Denials", "Sum", {
                  functionName: ["authorizer", "voice-authorizer"],
                }),
                legend: "${PROP('Dim.functionName')}",
              },
            ],
          },
        ],
      },
    ],
  };
}
