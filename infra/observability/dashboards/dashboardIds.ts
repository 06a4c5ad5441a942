/** One overview, and one for each concern. */
export const dashboardIds = [
  "overview",
  "latency",
  "errors",
  "traffic",
  "resources",
  "queues",
  "firewall",
  "idempotency",
  "voice",
  "quotas",
  "lifetimes",
  "mutual-tls",
  "slo",
] as const;

export type DashboardId = (typeof dashboardIds)[number];

/** Stable, and at most 40 characters, which Grafana asks for. */
export const dashboardUid = (namePrefix: string, id: DashboardId): string => `${namePrefix}-${id}`;

/** Within Grafana. */
export const dashboardPath = (namePrefix: string, id: DashboardId): string =>
  `/d/${dashboardUid(namePrefix, id)}`;

export const dashboardUrl = (grafanaUrl: string, namePrefix: string, id: DashboardId): string =>
  `${grafanaUrl}${dashboardPath(namePrefix, id)}`;

export const folderUid = (namePrefix: string): string => namePrefix;

/** The data sources that are provisioned, by what they read. */
export const dataSourceUid = (namePrefix: string, source: "cloudwatch" | "prometheus"): string =>
  `${namePrefix}-${source}`;
