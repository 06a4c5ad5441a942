import { logMetricNamespace } from "../telemetry/telemetry";
import { metricNamespace } from "../../functions/log/metrics";
import type { Settings } from "../../settings/settings.schema";
import { dataSourceUid } from "./dashboardIds";

export interface DataSourceModel {
  readonly type: "cloudwatch" | "prometheus";
  readonly uid: string;
  readonly name: string;
  readonly url?: string;
  /** Grafana's `jsonData`; nothing of it is secret. */
  readonly jsonData: Readonly<Record<string, string | boolean>>;
}

/** Where dashboards and alerts read. Pure; holds no secret: Grafana assumes a role, and Prometheus is in its own network. */
export function dataSources(
  {
    namePrefix,
    account,
    observability,
    prober,
  }: Pick<Settings, "namePrefix" | "account" | "observability" | "prober">,
  readerRoleArn: string,
): readonly DataSourceModel[] {
  const { grafana } = observability;
  const named = (type: DataSourceModel["type"]) => {
    const uid = dataSourceUid(namePrefix, type);
    return { type, uid, name: uid };
  };
  return [
    {
      ...named("cloudwatch"),
      // https://grafana.com/docs/grafana/latest/datasources/aws-cloudwatch/configure/
      jsonData: {
        // Whatever Grafana runs as; it may do nothing but assume the role.
        authType: "default",
        assumeRoleArn: readerRoleArn,
        externalId: grafana.externalId,
        defaultRegion: account.region,
        customMetricsNamespaces: [metricNamespace(namePrefix), logMetricNamespace(namePrefix)].join(","),
      },
    },
    {
      ...named("prometheus"),
      url: grafana.prometheusUrl,
      // https://grafana.com/docs/grafana/latest/datasources/prometheus/configure/
      jsonData: {
        // A long expression does not fit every proxy's address line.
        httpMethod: "POST",
        timeInterval: `${prober.intervalSeconds}s`,
        // Rules are Grafana's own; Prometheus' are not to be changed from here.
        manageAlerts: false,
      },
    },
  ];
}
