import { agentMetrics, agentsJob } from "../observability/telemetry/agentExpressions";
import type { Target } from "./probes";

export interface ScrapeConfigurationArgs {
  readonly jobs: { readonly prober: string; readonly externalSecrets: string };
  readonly targets: readonly Target[];
  /** Host and port of the exporter. */
  readonly exporter: string;
  readonly externalSecretsMetrics: string;
  readonly namePrefix: string;
  /** Where the agents' pods are. */
  readonly agentsNamespace: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
}

/** Beyond the exporter's own time-out, so that it is the exporter that gives up, and says so. */
const SCRAPE_RESERVE_SECONDS = 1;

/** https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config */
export function scrapeConfiguration(args: ScrapeConfigurationArgs): object {
  const { jobs, targets, exporter, intervalSeconds, timeoutSeconds } = args;
  return {
    scrape_configs: [
      {
        job_name: jobs.prober,
        metrics_path: "/probe",
        scrape_interval: `${intervalSeconds}s`,
        scrape_timeout: `${Math.min(intervalSeconds, timeoutSeconds + SCRAPE_RESERVE_SECONDS)}s`,
        static_configs: grouped(targets),
        relabel_configs: [
          { source_labels: ["__address__"], target_label: "__param_target" },
          { source_labels: ["module"], target_label: "__param_module" },
          { source_labels: ["__param_target"], target_label: "instance" },
          {
            source_labels: ["__param_target"],
            regex: "(?:https://)?([^/:]+).*",
            target_label: "domain",
          },
          { target_label: "__address__", replacement: exporter },
        ],
      },
      {
        job_name: jobs.externalSecrets,
        // Its metrics say whose secret they are of in labels that a target might have too.
        honor_labels: true,
        static_configs: [{ targets: [args.externalSecretsMetrics] }],
      },
      agentsUsage(args),
    ],
  };
}

/** As Kubernetes gives them to a pod. https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * CPU and memory of the agents' containers, from each node's kubelet itself: Prometheus' service account needs `get` on
 * `nodes/metrics`, and `list` and `watch` on `nodes`. By way of the API server it would need `nodes/proxy`, which opens far more.
 * https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
 */
const agentsUsage = ({ namePrefix, agentsNamespace, intervalSeconds }: ScrapeConfigurationArgs): object => ({
  job_name: agentsJob(namePrefix),
  scheme: "https",
  metrics_path: "/metrics/cadvisor",
  scrape_interval: `${intervalSeconds}s`,
  authorization: { type: "Bearer", credentials_file: `${SERVICE_ACCOUNT}/token` },
  tls_config: { ca_file: `${SERVICE_ACCOUNT}/ca.crt` },
  kubernetes_sd_configs: [{ role: "node" }],
  relabel_configs: [{ source_labels: ["__meta_kubernetes_node_name"], target_label: "node" }],
  metric_relabel_configs: [
    { source_labels: ["__name__"], regex: Object.values(agentMetrics).join("|"), action: "keep" },
    { source_labels: ["namespace"], regex: agentsNamespace, action: "keep" },
    // Sums over a pod or a node have no container, and what holds a pod's network is none of the agent's.
    { source_labels: ["container"], regex: "", action: "drop" },
    { source_labels: ["container"], regex: "POD", action: "drop" },
    // Not the id: while a container begins anew two of them would be one series.
    { regex: "image", action: "labeldrop" },
  ],
});

/** Targets with the same labels in one list: a thousand agents fit a ConfigMap. */
function grouped(targets: readonly Target[]): object[] {
  const groups = new Map<string, { targets: Set<string>; labels: Record<string, string> }>();
  for (const { target, probe, module, team } of targets) {
    const key = `${module} ${team}`;
    const group = groups.get(key) ?? { targets: new Set(), labels: { probe, module, team } };
    // Agents may share an upstream, which is tried once.
    group.targets.add(target);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ targets: each, labels }) => ({ targets: [...each], labels }));
}

/** Two of a kind would be one series. */
export const seriesCount = (targets: readonly Target[]): number =>
  new Set(targets.map(({ module, target, team }) => `${module} ${team} ${target}`)).size;
