/** The job by which Prometheus asks the nodes' kubelets what the agents' pods use. */
export const agentsJob = (namePrefix: string): string => `${namePrefix}-agents`;

/**
 * What is kept of cAdvisor's hundreds of series a container.
 * https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md
 */
export const agentMetrics = {
  cpu: "container_cpu_usage_seconds_total",
  memory: "container_memory_working_set_bytes",
  /** 0 where a container has no limit. */
  memoryLimit: "container_spec_memory_limit_bytes",
} as const;

/**
 * Of PromQL, for panels and alerts alike; one series for each pod but in the last.
 *
 * @param namespace of the agents' pods
 * @param pods a regular expression of their names; @default all of the namespace
 */
export function agentExpressions(namePrefix: string, namespace: string, pods?: string) {
  const of = (metric: keyof typeof agentMetrics): string =>
    `${agentMetrics[metric]}{job="${agentsJob(namePrefix)}",namespace="${namespace}"${pods === undefined ? "" : `,pod=~"${pods}"`}}`;
  // A container that has begun anew stands twice for a while, under two ids.
  const each = (expression: string): string => `max by (pod, container) (${expression})`;
  return {
    /** Cores. */
    cpuCores: `sum by (pod) (rate(${of("cpu")}[5m]))`,
    memoryBytes: `sum by (pod) (${each(of("memory"))})`,
    /** Percent of its limit that a pod's fullest container uses; one without a limit has no share. */
    memoryPercent: `100 * max by (pod) (${each(of("memory"))} / ${each(`${of("memoryLimit")} > 0`)})`,
    /** 1 while no node measures any container of the agents, else nothing. */
    nobodyMeasures: `absent(${of("memory")})`,
  } as const;
}
