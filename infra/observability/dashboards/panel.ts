import type { AlertName } from "../alerts/alertNames";
import type { Query, Unit } from "../telemetry/query";
import type { DashboardId } from "./dashboardIds";

/** One line of a panel: what a data source is asked, or what is reckoned of other lines. */
export type Target = Asked | Reckoned;

export interface Asked {
  readonly query: Query;
  /** `${PROP('Dim.Resource')}` of CloudWatch's dynamic labels, `{{domain}}` of Prometheus. */
  readonly legend: string;
  /** By which {@link Reckoned} lines know it; begins with a small letter. */
  readonly id?: string;
  /** Only for others to reckon with. */
  readonly hidden?: true;
}

/** CloudWatch's metric math over the `id`s of the panel's lines. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html */
export interface Reckoned {
  readonly math: string;
  readonly legend: string;
}

/** The number at which good ends: the very one of the alert. */
export interface Threshold {
  readonly value: number;
  readonly bad: "above" | "below";
  /** The number itself is bad too. Grafana's colours always take it so. */
  readonly including?: true;
}

/** One is too many: of whole numbers it is what comes after 0. */
export const ANY: Threshold = { value: 1, bad: "above", including: true };

/** What a number means, where it is no quantity. */
export interface Meaning {
  readonly value: number;
  readonly text: string;
  readonly color: "green" | "yellow" | "red";
}

interface Common {
  readonly title: string;
  /** What it shows, and what to make of it. */
  readonly description: string;
  /** Columns. @default what is left of the shelf, shared */
  readonly width?: number;
  /** Alerts that are about it. */
  readonly alerts?: readonly AlertName[];
  /** Where more is to be seen. */
  readonly more?: DashboardId;
}

export interface DataPanel extends Common {
  readonly kind: "time series" | "stat" | "bar gauge" | "states";
  readonly unit: Unit;
  readonly targets: readonly [Target, ...Target[]];
  readonly threshold?: Threshold;
  readonly meanings?: readonly Meaning[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Instead of the dashboard's own time, e.g. `30d`. */
  readonly lookBack?: string;
  /** @default "lines" */
  readonly draw?: "lines" | "bars";
  /** What stands where there is no value. @default "no data" */
  readonly nothing?: string;
}

/** How often something happened, minute by minute. */
export const counts = { kind: "time series", draw: "bars", unit: "count" } as const;

/** The alerts of this stack that ring. */
export interface AlertListPanel extends Common {
  readonly kind: "alert list";
}

export interface TextPanel extends Common {
  readonly kind: "text";
  readonly markdown: string;
}

export type Panel = DataPanel | AlertListPanel | TextPanel;

export const isDataPanel = (panel: Panel): panel is DataPanel =>
  panel.kind !== "alert list" && panel.kind !== "text";
