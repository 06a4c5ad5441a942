import type { Settings } from "../../settings/settings.schema";
import { chosen } from "./variables";

/** What the agents' pods use, by cAdvisor's metrics. https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md */
export function agentUse({ cluster }: Pick<Settings, "cluster">) {
  const of = (metric: string): string =>
    `${metric}{namespace="${cluster.agents.namespace}",container!="",pod=~"(${chosen("agent")})-.*"}`;
  const memory = `sum by (pod) (${of("container_memory_working_set_bytes")})`;
  return {
    cores: `sum by (pod) (rate(${of("container_cpu_usage_seconds_total")}[5m]))`,
    memoryBytes: memory,
    memoryPercent: `100 * ${memory} / sum by (pod) (${of("container_spec_memory_limit_bytes")} > 0)`,
  };
}
