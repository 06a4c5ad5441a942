import { agentExpressions } from "../telemetry/agentExpressions";
import type { Board, BoardContext } from "./dashboard";
import { chosen } from "./variables";
import { counts, ANY, type DataPanel } from "./panel";

export function resources({ settings, telemetry }: BoardContext): Board {
  const { memoryPercent, silentMinutes } = settings.observability.alerts;
  const { namespace } = settings.cluster.agents;
  const everyAgent = agentExpressions(settings.namePrefix, namespace);
  const agents = agentExpressions(settings.namePrefix, namespace, `(${chosen("agent")})-.*`);
  const own = (
    title: string,
    metric: "CpuUse" | "CpuTime" | "MemoryUse" | "MemoryUsed",
    rest: Pick<DataPanel, "description" | "unit" | "threshold" | "alerts">,
  ): DataPanel => ({
    kind: "time series",
    title,
    ...rest,
    targets: [
      {
        query: telemetry.own(metric, metric === "CpuTime" ? "p95" : "Maximum", {
          functionName: telemetry.functionNames,
        }),
        legend: "${PROP('Dim.functionName')}",
      },
    ],
  });
  return {
    id: "resources",
    title: "CPU and memory",
    description:
      "What functions and agents use of what they have (B1.1). Lambda publishes neither: functions say it themselves.",
    variables: ["agent"],
    shelves: [
      {
        heading: "Functions",
        height: 8,
        panels: [
          own("CPU of functions", "CpuUse", {
            unit: "percent",
            description:
              "The most of a minute: CPU time as a share of the request's time. Over 100 with more than one virtual CPU.",
          }),
          own("Memory of functions", "MemoryUse", {
            unit: "percent",
            description: `The most of a minute, as a share of what the function has. Over ${memoryPercent} % it may end in the middle of a request.`,
            threshold: { value: memoryPercent, bad: "above" },
            alerts: ["FunctionMemoryHigh"],
          }),
        ],
      },
      {
        height: 7,
        panels: [
          own("CPU time p95 of functions", "CpuTime", {
            unit: "milliseconds",
            description: "User and system, of a request.",
          }),
          own("Memory used by functions", "MemoryUsed", {
            unit: "megabytes",
            description: "Resident memory of an instance, the most of a minute.",
          }),
          {
            kind: "time series",
            title: "Instances at once",
            description: "Of each function; its settings' reservedConcurrency is the most that there may be.",
            unit: "count",
            targets: [
              {
                query: telemetry.lambda("ConcurrentExecutions", "Maximum", telemetry.functions),
                legend: "${PROP('Dim.FunctionName')}",
              },
            ],
          },
          {
            ...counts,
            title: "Calls that found no instance",
            description: "By minute: all that the function may have were busy.",
            alerts: ["FunctionThrottled"],
            threshold: ANY,
            targets: [
              {
                query: telemetry.lambda("Throttles", "Sum", telemetry.functions),
                legend: "${PROP('Dim.FunctionName')}",
              },
            ],
          },
        ],
      },
      {
        heading: "Agents",
        height: 8,
        panels: [
          {
            kind: "time series",
            title: "CPU of agents",
            description: "Of each pod of the chosen agents, whose pods are called after them.",
            unit: "cores",
            targets: [{ query: telemetry.prometheus(agents.cpuCores), legend: "{{pod}}" }],
          },
          {
            kind: "time series",
            title: "Memory of agents",
            description: `Working set of each pod of the chosen agents. Nothing of any for ${silentMinutes} minutes: Prometheus does not reach the cluster's nodes, or no agent runs.`,
            unit: "bytes",
            alerts: ["AgentsSilent"],
            targets: [{ query: telemetry.prometheus(agents.memoryBytes), legend: "{{pod}}" }],
          },
          {
            kind: "time series",
            title: "Memory of agents, of their limit",
            description: `Over ${memoryPercent} % a pod's fullest container is about to be killed. One without a limit is not here; whoever was chosen above, all are.`,
            unit: "percent",
            alerts: ["AgentMemoryHigh"],
            threshold: { value: memoryPercent, bad: "above" },
            targets: [{ query: telemetry.prometheus(everyAgent.memoryPercent), legend: "{{pod}}" }],
          },
        ],
      },
    ],
  };
}
