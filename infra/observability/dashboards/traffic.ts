import { MINUTE_SECONDS } from "../alerts/condition";
import type { Board, BoardContext } from "./dashboard";
import type { Asked, Reckoned } from "./panel";
import { chosen } from "./variables";

export function traffic({ settings, telemetry }: BoardContext): Board {
  const { silentMinutes } = settings.observability.alerts;
  // CloudWatch counts by minute: one query for each route, since its arithmetic drops the names of what it reckons with.
  const perSecond = telemetry.routes.flatMap(({ route, dimensions }, i): [Asked, Reckoned] => [
    { id: `r${i}`, hidden: true, query: telemetry.gateway("Count", "Sum", dimensions), legend: route },
    { math: `r${i} / ${MINUTE_SECONDS}`, legend: route },
  ]);
  const [first, ...rest] = perSecond;
  if (!first) throw new Error("the contract: got no route; allowed: at least one; fix: openapi.yaml");
  return {
    id: "traffic",
    title: "Traffic",
    description: "How much is asked, by route and by client, and whether anything is heard at all (B1.1).",
    variables: ["client"],
    shelves: [
      {
        height: 9,
        panels: [
          {
            kind: "time series",
            title: "Requests per second",
            description: `Of the whole stage. Nothing for ${silentMinutes} minutes is an alert: the prober alone asks every minute.`,
            unit: "requests per second",
            alerts: ["GatewaySilent"],
            width: 10,
            targets: [
              { id: "all", hidden: true, query: telemetry.gateway("Count", "Sum"), legend: "all" },
              { math: `all / ${MINUTE_SECONDS}`, legend: "all routes" },
            ],
          },
          {
            kind: "time series",
            title: "Requests per second by route",
            description: "Of each route of the contract.",
            unit: "requests per second",
            targets: [first, ...rest],
          },
        ],
      },
      {
        height: 8,
        panels: [
          {
            kind: "time series",
            title: "Requests by client",
            description: "Of the gateway's access log.",
            unit: "requests per minute",
            targets: [
              {
                query: telemetry.fromLogs("RequestsByClient", "Sum", { clientId: chosen("client") }),
                legend: "${PROP('Dim.clientId')}",
              },
            ],
          },
        ],
      },
      {
        heading: "Is anything heard?",
        height: 7,
        panels: [
          {
            kind: "time series",
            title: "Lines of the gateway's access log",
            description: `One a request. None for ${silentMinutes} minutes: the log, or what counts its lines, is gone, and with it 429, clients and objectives.`,
            unit: "requests per minute",
            alerts: ["AccessLogSilent"],
            targets: [{ query: telemetry.fromLogs("AccessLogLines"), legend: "lines" }],
          },
          {
            kind: "time series",
            title: "Lines of the edge",
            description: `One a request. None for ${silentMinutes} minutes: the edge writes nothing, or nobody gets that far.`,
            unit: "requests per minute",
            alerts: ["EdgeSilent"],
            targets: [{ query: telemetry.own("Requests", "Sum", { functionName: "edge" }), legend: "lines" }],
          },
        ],
      },
    ],
  };
}
