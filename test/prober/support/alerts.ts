import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Alert } from "../../../infra/observability/alerts/alert";
import type { AlertName } from "../../../infra/observability/alerts/alertNames";
import { alerts } from "../../../infra/observability/alerts/alerts";
import { stagingParts } from "../../../infra/observability/alerts/testSupport";
import { proberAlerts, toYaml } from "../../../infra/prober/proberRules";
import { proberArgs } from "../../../infra/prober/testSupport";
import { seriesCount } from "../../../infra/prober/scrapeConfiguration";
import { targets } from "../../../infra/prober/probes";

export interface Series {
  /** Name and labels, as PromQL writes them. */
  readonly series: string;
  /** `<first>+<step>x<times>`, one a minute. */
  readonly values: string;
}

/** Of a container's memory, in bytes. */
export const LIMIT = 512_000_000;
const HALF = LIMIT / 2;

export const JOB = "fase-b-staging-prober";
export const EXTERNAL_SECRETS_JOB = "fase-b-staging-external-secrets";

/** Every alert that asks Prometheus: the prober's, of a few agents, and staging's of the agents. */
function prometheusAlerts(): readonly Alert[] {
  const { settings, contract } = stagingParts();
  const ofProber = proberAlerts(proberArgs());
  const names = new Set(ofProber.map(({ name }) => name));
  return [
    ...ofProber,
    ...alerts(settings, contract).filter(
      ({ name, condition }) => condition.source === "prometheus" && !names.has(name),
    ),
  ];
}

export function expressionOf(alert: AlertName): string {
  const condition = prometheusAlerts().find(({ name }) => name === alert)?.condition;
  if (condition?.source !== "prometheus") throw new Error(`${alert} does not ask Prometheus`);
  return condition.expr;
}

/**
 * The same alerts as a file of rules, so that Prometheus' own engine evaluates the expressions in time. Its templates call the
 * value `$value`. https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/
 */
export const rulesFile = (): object => ({
  groups: [
    {
      name: "alerts",
      rules: prometheusAlerts().flatMap(({ name, condition, severity, forSeconds, summary, description }) =>
        condition.source === "prometheus"
          ? [
              {
                alert: name,
                expr: condition.expr,
                for: `${forSeconds}s`,
                labels: { severity },
                annotations: { summary: forPrometheus(summary), description: forPrometheus(description) },
              },
            ]
          : [],
      ),
    },
  ],
});

const forPrometheus = (template: string): string =>
  // Where Prometheus rings there is a value.
  template.replaceAll("$values.A.Value", "$value").replaceAll("{{ if $values.A }}", "{{ if true }}");

export const seriesOfAll = (): number => {
  const { agents, contract } = proberArgs();
  return seriesCount(targets(agents, contract));
};

/** As Prometheus labels a probe. */
export const sample = (
  metric: string,
  probe: string,
  values: string,
  domain = "chat-01.staging.example.com",
): Series => ({
  series: `${metric}{job="${JOB}",probe="${probe}",domain="${domain}",team="chat",module="chat-${probe}"}`,
  values,
});

/** A container of an agent, as the kubelet shows it. */
export const container = (metric: string, values: string, pod = "chat-01-0"): Series => ({
  series: `${metric}{job="fase-b-staging-agents",namespace="fase-b-agents",pod="${pod}",container="agent"}`,
  values,
});

/** Everything that watches the watchers is well, and the agents are seen. */
export const healthyWatchers = (minutes: number, seriesUp = seriesOfAll()): Series[] => [
  ...Array.from({ length: seriesUp }, (_, i) => ({
    series: `up{job="${JOB}",instance="${i}"}`,
    values: `1+0x${minutes}`,
  })),
  ...["prober-certificates", "prober-api-key"].map((name) => ({
    series: `externalsecret_status_condition{job="${EXTERNAL_SECRETS_JOB}",namespace="fase-b-prober",name="${name}",condition="Ready",status="True"}`,
    values: `1+0x${minutes}`,
  })),
  container("container_memory_working_set_bytes", `${HALF}+0x${minutes}`),
  container("container_spec_memory_limit_bytes", `${LIMIT}+0x${minutes}`),
];

/**
 * Which alerts fire at that time, by Prometheus' own rule engine: each as `<alert>` or `<alert> <probe>`, or the pod.
 *
 * promtool says what fired only where something else was expected, so nothing is expected.
 */
export function firing(
  promtool: string,
  series: readonly Series[],
  at: string,
  evaluationInterval = "10s",
): string[] {
  const folder = mkdtempSync(join(tmpdir(), "fase-b-rules-"));
  try {
    writeFileSync(join(folder, "rules.yml"), toYaml(rulesFile()));
    writeFileSync(
      join(folder, "test.yml"),
      toYaml({
        rule_files: ["rules.yml"],
        evaluation_interval: evaluationInterval,
        tests: [
          {
            interval: "1m",
            input_series: series,
            promql_expr_test: [
              { expr: 'ALERTS{alertstate="firing"}', eval_time: at, exp_samples: [] },
              // Always another value: a run that says nothing would be no answer.
              { expr: "vector(1)", eval_time: at, exp_samples: [] },
            ],
          },
        ],
      }),
    );
    const { stdout, stderr } = spawnSync(promtool, ["test", "rules", "test.yml"], {
      cwd: folder,
      encoding: "utf8",
    });
    const output = `${stdout}${stderr}`;
    if (!output.includes("vector(1)")) throw new Error(`promtool said: ${output}`);
    const found = [...output.matchAll(/\{([^}]*\balertname=[^}]*)\}/g)].flatMap(([, labels = ""]) => {
      const alert = /alertname="(\w+)"/.exec(labels)?.[1];
      const probe = /\b(?:probe|pod)="([\w-]+)"/.exec(labels)?.[1];
      return alert === undefined ? [] : [probe === undefined ? alert : `${alert} ${probe}`];
    });
    return [...new Set(found)].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** `promtool check`, which throws with what is wrong. */
export function check(promtool: string, what: "rules" | "config", text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "fase-b-check-"));
  try {
    const file = join(folder, "file.yml");
    writeFileSync(file, text);
    // The files of a service account are there in a pod only.
    const syntax = what === "config" ? ["--syntax-only"] : [];
    return execFileSync(promtool, ["check", what, ...syntax, file], { encoding: "utf8", stdio: "pipe" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The values of an expression at that time, by the pod's label or none, as promtool works them out. */
export function valuesOf(promtool: string, series: readonly Series[], expr: string, at: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "fase-b-expression-"));
  try {
    const nothing = { eval_time: at, exp_samples: [] };
    writeFileSync(
      join(folder, "test.yml"),
      toYaml({
        tests: [
          {
            interval: "1m",
            input_series: series,
            // What promtool says is what it got instead of nothing.
            promql_expr_test: [
              { expr, ...nothing },
              { expr: "vector(1)", ...nothing },
            ],
          },
        ],
      }),
    );
    const { stdout, stderr } = spawnSync(promtool, ["test", "rules", "test.yml"], {
      cwd: folder,
      encoding: "utf8",
    });
    const output = `${stdout}${stderr}`;
    if (!output.includes("vector(1)")) throw new Error(`promtool said: ${output}`);
    const [first = ""] = output.split('"vector(1)"');
    return [...first.matchAll(/(?:pod="([\w-]+)"[^}]*)?\} (-?[\d.]+(?:[eE][+-]?\d+)?)/g)]
      .map(([, pod, value]) => `${pod ?? "all"} ${Number(value)}`)
      .sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Debian builds Prometheus without the discovery of Kubernetes' nodes. There, and there alone, nodes are stated: all else of the
 * configuration stays as it is generated.
 */
export function checkScrape(promtool: string, scrape: object): string {
  try {
    return check(promtool, "config", toYaml(scrape));
  } catch (error) {
    if (!String(error).includes("field kubernetes_sd_configs not found")) throw error;
    const { scrape_configs: jobs } = scrape as {
      readonly scrape_configs: readonly Record<string, unknown>[];
    };
    const stated = jobs.map(({ kubernetes_sd_configs: nodes, ...job }) => {
      if (nodes === undefined) return job;
      if (JSON.stringify(nodes) !== '[{"role":"node"}]')
        throw new Error(`discovery of ${JSON.stringify(nodes)}: nobody has checked it`, { cause: error });
      return { ...job, static_configs: [{ targets: ["192.0.2.1:10250"] }] };
    });
    return check(promtool, "config", toYaml({ scrape_configs: stated }));
  }
}
