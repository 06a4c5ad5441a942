import { BEYOND_P95_PERCENT } from "../alerts/ordered";
import type { Statistic } from "../telemetry/query";
import type { Board, BoardContext } from "./dashboard";
import type { DataPanel } from "./panel";
import { chosen } from "./variables";

export function latency({ settings, telemetry }: BoardContext): Board {
  const { alerts, objectives } = settings.observability;
  const { latencyBudget } = settings;
  const routeOf = (path: string) => {
    const found = telemetry.routes.find(({ dimensions }) => dimensions.Resource === path);
    if (!found)
      throw new Error(`${path}: got no such route; allowed: one of the contract; fix: observability.alerts`);
    return found;
  };
  const chat = routeOf(alerts.chatLatency.route);
  const objective = routeOf(objectives.latency.route);
  const byRoute = (statistic: Statistic): DataPanel => ({
    kind: "time series",
    title: `Latency ${statistic} by route`,
    description: `Of all requests of a minute ${statistic === "p50" ? "half were" : `${statistic.slice(1)} of 100 were`} faster, as the gateway measures it from the first byte in to the last one out.`,
    unit: "milliseconds",
    targets: [
      {
        query: telemetry.gateway("Latency", statistic, telemetry.routesOf(chosen("resource"))),
        legend: "${PROP('Dim.Method')} ${PROP('Dim.Resource')}",
      },
    ],
  });
  const hop = (
    title: string,
    metric: "AuthorizerLatency" | "EdgeLatency" | "StoreLatency" | "UpstreamLatency",
    budgetMs: number,
    description: string,
  ): DataPanel => ({
    kind: "time series",
    title,
    description: `${description} The line is its part of the ${objectives.latency.thresholdMs} ms (latencyBudget).`,
    unit: "milliseconds",
    threshold: { value: budgetMs, bad: "above" },
    targets: [
      {
        query:
          metric === "AuthorizerLatency"
            ? telemetry.own(metric, "p95", { functionName: "authorizer" })
            : telemetry.own(metric, "p95", { functionName: "edge", route: objective.route }),
        legend: "p95",
      },
    ],
  });
  return {
    id: "latency",
    title: "Latency",
    description: "How long requests take, by route and by hop (B1.1, B1.2, B8.1).",
    variables: ["resource"],
    shelves: [
      {
        height: 9,
        panels: [
          {
            kind: "time series",
            title: `Clients' requests over ${alerts.chatLatency.thresholdMs} ms`,
            description: `B1.2: p95 is over ${alerts.chatLatency.thresholdMs} ms while more than ${BEYOND_P95_PERCENT} % of the requests of ${chat.route} are; pages when it is in each of ${alerts.chatLatency.forMinutes} minutes in a row.`,
            unit: "percent",
            alerts: ["ChatLatencyHigh"],
            threshold: { value: BEYOND_P95_PERCENT, bad: "above" },
            targets: [
              { id: "slow", hidden: true, query: telemetry.fromLogs("OrderedSlowRequests"), legend: "slow" },
              { id: "all", hidden: true, query: telemetry.fromLogs("OrderedRequests"), legend: "requests" },
              { math: "100 * slow / all", legend: "over it" },
            ],
          },
          {
            kind: "time series",
            title: `p95 of ${chat.route}`,
            description:
              "As the gateway measures it, of everybody's requests, scans and the prober's too. What takes the time is in the hops below.",
            unit: "milliseconds",
            threshold: { value: alerts.chatLatency.thresholdMs, bad: "above" },
            targets: [
              { query: telemetry.gateway("Latency", "p95", chat.dimensions), legend: "p95" },
              { query: telemetry.gateway("Latency", "p50", chat.dimensions), legend: "p50" },
              {
                query: telemetry.gateway("IntegrationLatency", "p95", chat.dimensions),
                legend: "p95 behind the gateway",
              },
            ],
          },
        ],
      },
      { heading: "By route", height: 8, panels: [byRoute("p50"), byRoute("p95"), byRoute("p99")] },
      {
        heading: `Hops of ${objective.route}, p95`,
        height: 7,
        panels: [
          hop("Authorizer", "AuthorizerLatency", latencyBudget.authorizerMs, "Who is it?"),
          hop("Edge", "EdgeLatency", latencyBudget.edgeMs, "The edge's own time, without store and agent."),
          hop("Store", "StoreLatency", latencyBudget.storeMs, "All round trips to the tables."),
          hop(
            "Agent",
            "UpstreamLatency",
            latencyBudget.upstreamMs,
            "All calls to the agent, tries again included.",
          ),
        ],
      },
      {
        heading: "Functions",
        height: 7,
        panels: [
          {
            kind: "time series",
            title: "Duration p95 by function",
            description: "As Lambda measures it, without the start of an instance.",
            unit: "milliseconds",
            targets: [
              {
                query: telemetry.lambda("Duration", "p95", telemetry.functions),
                legend: "${PROP('Dim.FunctionName')}",
              },
            ],
          },
        ],
      },
    ],
  };
}
