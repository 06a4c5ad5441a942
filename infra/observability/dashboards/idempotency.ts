import { breakerStates, type MetricName } from "../../functions/log/metrics";
import type { Telemetry } from "../telemetry/telemetry";
import type { Board, BoardContext } from "./dashboard";
import { counts, type DataPanel, type Meaning } from "./panel";
import { chosen } from "./variables";

export const breakerMeanings: readonly Meaning[] = [
  { value: breakerStates.closed, text: "closed", color: "green" },
  { value: breakerStates["half-open"], text: "half-open", color: "yellow" },
  { value: breakerStates.open, text: "open", color: "red" },
];

/** Of each agent that is chosen, as its requests met it; the worst of a minute. */
export const breakers = (telemetry: Telemetry) =>
  ({
    kind: "states",
    unit: "state",
    meanings: breakerMeanings,
    targets: [
      {
        query: telemetry.own("BreakerState", "Maximum", { functionName: "edge", agentId: chosen("agent") }),
        legend: "${PROP('Dim.agentId')}",
      },
    ],
  }) as const;

export function idempotency({ settings, telemetry }: BoardContext): Board {
  const { breakerOpenMinutes } = settings.observability.alerts;
  const byRoute = (metric: MetricName, title: string, description: string): DataPanel => ({
    ...counts,
    title,
    description,
    targets: [
      {
        query: telemetry.own(metric, "Sum", { functionName: "edge", route: chosen("route") }),
        legend: "${PROP('Dim.route')}",
      },
    ],
  });
  const byAgent = (metric: MetricName, title: string, description: string): DataPanel => ({
    ...counts,
    title,
    description,
    targets: [
      {
        query: telemetry.own(metric, "Sum", { functionName: "edge", agentId: chosen("agent") }),
        legend: "${PROP('Dim.agentId')}",
      },
    ],
  });
  return {
    id: "idempotency",
    title: "Idempotency, locks, breakers",
    description:
      "One effect for each key, one request at a time for each resource, and agents that are cut off (B3.1, B3.2, B3.3).",
    variables: ["route", "agent"],
    shelves: [
      {
        heading: "Keys",
        height: 7,
        panels: [
          byRoute(
            "Replays",
            "Replays",
            "Answers given from the store, without a second effect. Many: a client that tries again too soon.",
          ),
          byRoute("Conflicts", "Conflicts", "Requests whose key was in flight: 409."),
          byRoute(
            "Mismatches",
            "Mismatches",
            "Requests whose key came with another payload: 422. A client that uses keys twice.",
          ),
          byRoute(
            "Takeovers",
            "Takeovers",
            "Keys taken over from an attempt that died, or that ended without anybody knowing how.",
          ),
          byRoute("LockWaits", "Locked", "Requests that found their resource locked."),
        ],
      },
      {
        heading: "Breakers",
        height: 10,
        panels: [
          {
            ...breakers(telemetry),
            title: "Breakers",
            description: `Of each agent, as its requests met it; the worst of a minute. Open for ${breakerOpenMinutes} minutes rings, by the agent's own severity.`,
            alerts: ["BreakerOpen", "BreakerOpenTicket"],
          },
        ],
      },
      {
        height: 7,
        panels: [
          byAgent("BreakerOpenings", "Openings", "Changes to open, by minute."),
          byAgent(
            "Retries",
            "Tries again",
            "Calls to the agent beyond the first, by minute; the budget keeps them few.",
          ),
        ],
      },
    ],
  };
}
