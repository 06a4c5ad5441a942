/** What the agents' pods use, as their nodes' cAdvisor measures it; Prometheus asks the kubelets by the job of this name. */
export interface AgentsPlace {
  readonly namePrefix: string;
  /** The namespace of the agents' pods. */
  readonly namespace: string;
}

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

/** Of PromQL, for panels and alerts alike; one series for each pod but in the last. */
export function agentExpressions({ namePrefix, namespace }: AgentsPlace) {
  const of = (metric: keyof typeof agentMetrics): string =>
    `${agentMetrics[metric]}{job="${agentsJob(namePrefix)}",namespace="${namespace}"}`;
  // A container that has begun anew stands twice for a while, under two ids.
  const each = (expression: string): string => `max by (pod, container) (${expression})`;
  return {
    /** Cores. */
    cpuCores: `sum by (pod) (rate(${of("cpu")}[5m]))`,
    memoryBytes: `sum by (pod) (${each(of("memory"))})`,
    /** Percent of its limit that a pod's fullest container uses; one without a limit has no share. */
    memoryPercent: `100 * max by (pod) (${each(of("memory"))} / ${each(`${of("memoryLimit")} > 0`)})`,
    /** 1 where no node measures any pod of the agents, else nothing. */
    nobodyMeasures: `(count(${of("memory")}) or vector(0)) == bool 0 > 0`,
  } as const;
}
