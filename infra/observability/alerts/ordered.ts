import { orUnanswered, type Alert } from "./alert";
import type { AlertContext } from "./alertContext";
import { cloudwatch, latest, MINUTE_SECONDS, numeral, over, SETTLE_SECONDS } from "./condition";

/** More than so many of a hundred requests are over a number exactly when their p95 is. */
export const BEYOND_P95_PERCENT = 5;

/**
 * B1.2, B1.3, B1.4, exactly as ordered; B1.5 is the prober's.
 *
 * Of what clients asked, by the access log: the gateway's own metrics have scans and the prober in them, which would page by night and
 * hide by day what a client meets.
 */
export function orderedAlerts(context: AlertContext): readonly Alert[] {
  const { settings, telemetry } = context;
  const { chatLatency, serverErrors, throttlingSpike } = settings.observability.alerts;
  const { windowMinutes, factor, floor, baselineMinutes } = throttlingSpike;
  return [
    {
      name: "ChatLatencyHigh",
      clauses: ["B1.2"],
      severity: "page",
      dashboard: "latency",
      summary: orUnanswered(
        `p95 of POST ${chatLatency.route} is over ${chatLatency.thresholdMs} ms for ${chatLatency.forMinutes} minutes: {{ printf "%.0f" $values.A.Value }} of {{ printf "%.0f" $values.B.Value }} requests in a minute were`,
        `CloudWatch gives no answer: p95 of POST ${chatLatency.route} is not known`,
      ),
      description:
        "In every one of these minutes more than 5 % of clients' requests were. Compare the hops on the dashboard: authorizer, edge, store, agent; the one that grew says whose it is.",
      condition: cloudwatch(
        {
          A: latest(telemetry.fromLogs("OrderedSlowRequests")),
          B: latest(telemetry.fromLogs("OrderedRequests")),
        },
        `$B > 0 && 100 * $A > ${BEYOND_P95_PERCENT} * $B`,
      ),
      forSeconds: chatLatency.forMinutes * MINUTE_SECONDS,
      // A minute without requests of clients has no p95; that nobody gets through is the prober's, and a log without lines AccessLogSilent's.
      whenSilent: "ok",
      ringsUnanswered: true,
    },
    {
      name: "ServerErrorsHigh",
      clauses: ["B1.3"],
      severity: "page",
      dashboard: "errors",
      summary: orUnanswered(
        `{{ printf "%.0f" $values.A.Value }} of {{ printf "%.0f" $values.B.Value }} requests of clients in a minute ended in 5xx, over ${numeral(serverErrors.thresholdPercent)} % for ${serverErrors.forMinutes} minutes`,
        "CloudWatch gives no answer: how many requests end in 5xx is not known",
      ),
      description:
        "Every one of these minutes was over. See which route and which reason, and whether a deployment stands just before it: then roll back first.",
      condition: cloudwatch(
        {
          A: latest(telemetry.fromLogs("ServedServerErrors")),
          B: latest(telemetry.fromLogs("ServedRequests")),
        },
        // Without a division: 1 % of 1,000 is 10, and no more than that.
        `$B > 0 && 100 * $A > ${numeral(serverErrors.thresholdPercent)} * $B`,
      ),
      forSeconds: serverErrors.forMinutes * MINUTE_SECONDS,
      whenSilent: "ok",
      ringsUnanswered: true,
    },
    {
      name: "ThrottlingSpike",
      clauses: ["B1.4"],
      severity: "page",
      dashboard: "errors",
      summary: orUnanswered(
        `{{ printf "%.0f" $values.A.Value }} answers 429 in ${windowMinutes} minutes: more than ${floor}, and ${numeral(factor)} times what is usual`,
        "CloudWatch gives no answer: how many requests are answered 429 is not known",
      ),
      description: `Usual is the mean of the ${baselineMinutes} minutes before. One client: its limit holds, tell its owner. All of them: a limit is too low, or the firewall's steps are being tried.`,
      condition: cloudwatch(
        {
          A: over(telemetry.fromLogs("Throttled"), windowMinutes, "sum"),
          // The time just before the window: a slow rise takes its baseline along.
          B: over(telemetry.fromLogs("Throttled"), baselineMinutes, "sum", windowMinutes),
        },
        `$A > ${floor} && $A > ${numeral(factor)} * $B * ${numeral(windowMinutes)} / ${numeral(baselineMinutes)}`,
      ),
      forSeconds: SETTLE_SECONDS,
      whenSilent: "ok",
      ringsUnanswered: true,
    },
  ];
}
