import { orUnanswered, type Alert } from "./alert";
import { postTo, type AlertContext } from "./alertContext";
import { cloudwatch, latest, MINUTE_SECONDS, numeral, over, SETTLE_SECONDS } from "./condition";

/** B1.2, B1.3, B1.4, exactly as ordered; B1.5 is the prober's. */
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
        `p95 of POST ${chatLatency.route} is {{ printf "%.0f" $values.A.Value }} ms, over ${chatLatency.thresholdMs} ms for ${chatLatency.forMinutes} minutes`,
        `CloudWatch gives no answer: p95 of POST ${chatLatency.route} is not known`,
      ),
      description:
        "Every one of these minutes was over. Compare the hops on the dashboard: authorizer, edge, store, agent; the one that grew says whose it is.",
      condition: cloudwatch(
        { A: latest(telemetry.gateway("Latency", "p95", postTo(chatLatency.route, context))) },
        `$A > ${numeral(chatLatency.thresholdMs)}`,
      ),
      forSeconds: chatLatency.forMinutes * MINUTE_SECONDS,
      // The prober's own requests have a latency too: a minute without any is one in which nobody gets through, and GatewaySilent's.
      whenSilent: "ok",
      ringsUnanswered: true,
    },
    {
      name: "ServerErrorsHigh",
      clauses: ["B1.3"],
      severity: "page",
      dashboard: "errors",
      summary: orUnanswered(
        `{{ printf "%.0f" $values.A.Value }} of {{ printf "%.0f" $values.B.Value }} requests in a minute ended in 5xx, over ${numeral(serverErrors.thresholdPercent)} % for ${serverErrors.forMinutes} minutes`,
        "CloudWatch gives no answer: how many requests end in 5xx is not known",
      ),
      description:
        "Every one of these minutes was over. See which route and which reason, and whether a deployment stands just before it: then roll back first.",
      condition: cloudwatch(
        {
          A: latest(telemetry.gateway("5XXError", "Sum")),
          B: latest(telemetry.gateway("Count", "Sum")),
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
