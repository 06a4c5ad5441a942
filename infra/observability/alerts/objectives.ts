import type { Alert, CloudWatchCondition, Severity } from "./alert";
import type { AlertContext } from "./alertContext";
import type { AlertName } from "./alertNames";
import { cloudwatch, numeral, over, SETTLE_SECONDS } from "./condition";
import type { CloudWatchQuery } from "../telemetry/query";

type BurnRate = AlertContext["settings"]["observability"]["objectives"]["burnRates"]["fast"];

const RATES = {
  fast: {
    severity: "page",
    latency: "LatencyBudgetBurnsFast",
    errors: "ErrorBudgetBurnsFast",
  },
  medium: { severity: "page", latency: "LatencyBudgetBurns", errors: "ErrorBudgetBurns" },
  slow: {
    severity: "ticket",
    latency: "LatencyBudgetBurnsSlowly",
    errors: "ErrorBudgetBurnsSlowly",
  },
} as const satisfies Readonly<
  Record<string, { readonly severity: Severity; readonly latency: AlertName; readonly errors: AlertName }>
>;
const RATE_NAMES = ["fast", "medium", "slow"] as const;

/**
 * How fast the budgets of B8.1 and B8.2 burn, each in a long window, which says that it matters, and in a short one, which says that
 * it still does. What flutters around a threshold never holds for ten minutes, and is caught here.
 * https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts
 */
export function objectiveAlerts({ settings, telemetry }: AlertContext): readonly Alert[] {
  const { latency, errors, burnRates, windowDays } = settings.observability.objectives;
  const slowBudget = (100 - latency.percentile) / 100;
  const errorBudget = errors.maximumPercent / 100;
  const common = {
    dashboard: "slo",
    forSeconds: SETTLE_SECONDS,
    whenSilent: "ok",
  } as const;
  const pace = ({ factor, longMinutes, shortMinutes }: BurnRate): string =>
    `${numeral(factor)} times as fast as ${windowDays} days allow, over ${inWords(longMinutes)} and still in the last ${inWords(shortMinutes)}`;
  return [
    ...RATE_NAMES.map((rate): Alert => ({
      ...common,
      name: RATES[rate].latency,
      clauses: ["B8.1", "B1.2"],
      severity: RATES[rate].severity,
      summary: `POST ${latency.route}: requests over ${latency.thresholdMs} ms use up their budget ${pace(burnRates[rate])}`,
      description: `At most ${numeral(100 * slowBudget)} % of requests may be slower than ${latency.thresholdMs} ms; {{ printf "%.0f" $values.A.Value }} of {{ printf "%.0f" $values.B.Value }} were. Compare the hops on the latency dashboard.`,
      condition: burning(
        telemetry.fromLogs("ObjectiveSlowRequests"),
        telemetry.fromLogs("ObjectiveRequests"),
        slowBudget,
        burnRates[rate],
      ),
    })),
    ...RATE_NAMES.map((rate): Alert => ({
      ...common,
      name: RATES[rate].errors,
      clauses: ["B8.2", "B1.3"],
      severity: RATES[rate].severity,
      summary: `Answers 5xx use up their budget ${pace(burnRates[rate])}`,
      description: `At most ${numeral(errors.maximumPercent)} % of requests may end in 5xx; {{ printf "%.0f" $values.A.Value }} of {{ printf "%.0f" $values.B.Value }} did. See the route and the reason on the errors dashboard.`,
      condition: burning(
        // Not the gateway's own counts: these have the prober's requests in them, and whatever was refused at the door.
        telemetry.fromLogs("ServedServerErrors"),
        telemetry.fromLogs("ServedRequests"),
        errorBudget,
        burnRates[rate],
      ),
    })),
  ];
}

function burning(
  bad: CloudWatchQuery,
  all: CloudWatchQuery,
  budget: number,
  { factor, longMinutes, shortMinutes }: BurnRate,
): CloudWatchCondition {
  const share = numeral(factor * budget);
  return cloudwatch(
    {
      A: over(bad, longMinutes, "sum"),
      B: over(all, longMinutes, "sum"),
      C: over(bad, shortMinutes, "sum"),
      D: over(all, shortMinutes, "sum"),
    },
    `$B > 0 && $D > 0 && $A > ${share} * $B && $C > ${share} * $D`,
  );
}

const inWords = (minutes: number): string =>
  minutes % 1_440 === 0 && minutes > 1_440
    ? `${minutes / 1_440} days`
    : minutes % 60 === 0
      ? `${minutes / 60} h`
      : `${minutes} minutes`;
