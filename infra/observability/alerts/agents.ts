import type { HttpAgent } from "../../agents/agents.schema";
import { breakerStates } from "../../functions/log/metrics";
import { agentExpressions } from "../telemetry/agentExpressions";
import type { Alert } from "./alert";
import type { AlertContext } from "./alertContext";
import type { AlertName } from "./alertNames";
import { cloudwatch, eachOf, latest, MINUTE_SECONDS, numeral } from "./condition";

/** B3.3: agents that are cut off, or about to fall over. */
export function agentAlerts({ settings, telemetry }: AlertContext): readonly Alert[] {
  const { breakerOpenMinutes, memoryPercent } = settings.observability.alerts;
  const called = settings.agents.filter(
    (agent): agent is HttpAgent => agent.protocol === "http" && agent.upstream !== undefined,
  );
  const agentsOf = (severity: Alert["severity"]): readonly string[] | "*" =>
    eachOf(
      called
        .filter(({ configuration }) => configuration.alertLabels.severity === severity)
        .map(({ id }) => id),
    );
  const breakerOpen = (name: AlertName, severity: Alert["severity"]): readonly Alert[] => {
    const agentIds = agentsOf(severity);
    // Without such an agent there is nothing to watch; and where they are not to be told apart, all of them page.
    if (agentIds.length === 0 || (severity === "ticket" && agentsOf("page") === "*")) return [];
    return [
      {
        name,
        clauses: ["B3.3", "B8.7"],
        severity,
        dashboard: "idempotency",
        summary: `The breaker of {{ $labels.agentId }} has been open for ${breakerOpenMinutes} minutes: its requests are refused`,
        description:
          "The agent failed too often and was cut off; it is tried again by itself. See its pods, then its latency and its errors; the edge's log says which.",
        condition: cloudwatch(
          {
            A: latest(telemetry.own("BreakerState", "Maximum", { functionName: "edge", agentId: agentIds })),
          },
          `$A >= ${breakerStates.open}`,
        ),
        forSeconds: breakerOpenMinutes * MINUTE_SECONDS,
        whenSilent: "ok",
      },
    ];
  };
  return [
    ...breakerOpen("BreakerOpen", "page"),
    ...breakerOpen("BreakerOpenTicket", "ticket"),
    {
      name: "AgentMemoryHigh",
      clauses: ["B1.1"],
      severity: "ticket",
      dashboard: "resources",
      summary: `{{ $labels.pod }} uses {{ printf "%.0f" $values.A.Value }} % of its memory`,
      description:
        "Over its limit the container is killed, and its requests with it. See whether it grows steadily: then restart it and look for the leak; or raise the limit.",
      condition: {
        source: "prometheus",
        expr: `${agentExpressions(settings.namePrefix, settings.cluster.agents.namespace).memoryPercent} > ${numeral(memoryPercent)}`,
      },
      forSeconds: 5 * MINUTE_SECONDS,
      whenSilent: "ok",
    },
  ];
}
