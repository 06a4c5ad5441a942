/**
 * The agents' containers, as the kubelet's cAdvisor shows them. `container` is empty in the sums over a pod.
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/
 */
export function agentSeries(namespace: string) {
  const of = (metric: string): string => `${metric}{namespace="${namespace}",container!=""}`;
  return {
    memoryPercent: [
      `100 * sum by (pod, container) (${of("container_memory_working_set_bytes")})`,
      // A container without a limit has 0 here, and can't be near it.
      `/ sum by (pod, container) (${of("container_spec_memory_limit_bytes")} > 0)`,
    ].join(" "),
    /** 1 while there is not one of them. */
    absent: `absent(${of("container_memory_working_set_bytes")})`,
  };
}
