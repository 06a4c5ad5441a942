import type { ClauseId } from "../../../policies/clauses";
import type { DashboardId } from "../dashboards/dashboardIds";
import type { CloudWatchQuery } from "../telemetry/query";
import type { AlertName } from "./alertNames";

/** Who is told: a page wakes a person, a ticket waits for the morning. */
export type Severity = "page" | "ticket";

/** What becomes of the values of a window: one number. Without any value it is not a number, with `count` and `sum` it is 0. */
export type Reducer = "last" | "mean" | "min" | "max" | "sum" | "count";

/** One number of CloudWatch, or one for each series. */
export interface Operand {
  readonly query: CloudWatchQuery;
  /** The window is this long… */
  readonly windowSeconds: number;
  /** …and ends so long before the evaluation: CloudWatch's values of the last minute are not whole yet. */
  readonly endsSecondsAgo: number;
  readonly reduce: Reducer;
  /** What stands for a window without any value; @default the alert's `whenSilent` decides */
  readonly whenEmpty?: number;
}

/** By numbers of CloudWatch: true where `math` over the operands' names is not 0. Grafana's server-side expressions. */
export interface CloudWatchCondition {
  readonly source: "cloudwatch";
  /** By name: `A`, `B`, … */
  readonly operands: Readonly<Record<string, Operand>>;
  /** e.g. `$A > 800`, `$A > 50 && $A > 3 * $B` */
  readonly math: string;
}

/** By PromQL: true for each series that the expression returns. */
export interface PrometheusCondition {
  readonly source: "prometheus";
  readonly expr: string;
}

export interface Alert {
  /** Grafana's title, the heading of its section in the runbook. */
  readonly name: AlertName;
  /** The clauses of the work order that ask for it. */
  readonly clauses: readonly [ClauseId, ...ClauseId[]];
  readonly severity: Severity;
  /** The dashboard that shows what it is about. */
  readonly dashboard: DashboardId;
  /** One line; may hold Grafana's templates such as `{{ $labels.agentId }}`. */
  readonly summary: string;
  /** What it means and where to look first. */
  readonly description: string;
  readonly condition: CloudWatchCondition | PrometheusCondition;
  /** The condition must hold for so long. 0: at once. */
  readonly forSeconds: number;
  /**
   * What a source without data means. `alerting`: it is itself what the alert is about; `ok`: nothing has happened, and another
   * alert watches the source.
   */
  readonly whenSilent: "alerting" | "ok";
  /**
   * Rings as well when its source cannot be asked, and then says so: {@link orUnanswered}. One source that is away is one such
   * alert or a few, not all that ask it. @default false: it stays as it was
   */
  readonly ringsUnanswered?: boolean;
}

/** Words of an alert, and other ones where its source gave no answer, so that there is no value to speak of. */
export const orUnanswered = (text: string, unanswered: string): string =>
  `{{ if $values.A }}${text}{{ else }}${unanswered}{{ end }}`;
