import { agentExpressions } from "../telemetry/agentExpressions";
import { orUnanswered, type Alert } from "./alert";
import { lambdaNames, type AlertContext } from "./alertContext";
import { cloudwatch, MINUTE_SECONDS, over, SETTLE_SECONDS, HOUR_MINUTES } from "./condition";

/** How long a source may be out of reach: the others wait for an answer, these say that there is none. */
const UNANSWERED_SECONDS = 300;

/** A source that says nothing is an alert, not calm; so is one that cannot be asked, of which these speak for all that ask it. */
export function silenceAlerts({ settings, telemetry }: AlertContext): readonly Alert[] {
  const { namePrefix, secrets, cluster, observability } = settings;
  const { silentMinutes } = observability.alerts;
  const requests = over(telemetry.gateway("Count", "Sum"), silentMinutes, "sum");
  return [
    {
      name: "GatewaySilent",
      clauses: ["B1.1", "B1.2", "B1.3"],
      severity: "page",
      dashboard: "traffic",
      summary: orUnanswered(
        `The gateway has counted no request for ${silentMinutes} minutes`,
        "CloudWatch gives no answer: whether the gateway counts requests is not known, and no alert that asks it rings",
      ),
      description:
        "The prober calls every HTTP domain each minute, so either nobody gets through, the prober is down, or CloudWatch is not to be read: see MutualTlsDown, ProberDown, the data source.",
      condition: cloudwatch({ A: requests }, "$A < 1"),
      forSeconds: UNANSWERED_SECONDS,
      whenSilent: "alerting",
      ringsUnanswered: true,
    },
    {
      name: "AccessLogSilent",
      clauses: ["B1.4", "B1.6"],
      severity: "page",
      dashboard: "traffic",
      summary: orUnanswered(
        `The gateway answers, but its access log has had no line for ${silentMinutes} minutes`,
        "CloudWatch gives no answer: whether the access log has lines is not known",
      ),
      description:
        "What is counted from the log (429, the objective of latency) is blind meanwhile. See the stage's log settings and the account's role for API Gateway's logs.",
      condition: cloudwatch(
        { A: over(telemetry.fromLogs("AccessLogLines"), silentMinutes, "sum"), B: requests },
        // Where nobody calls, GatewaySilent says so alone.
        "$A < 1 && $B > 0",
      ),
      forSeconds: SETTLE_SECONDS,
      whenSilent: "alerting",
      ringsUnanswered: true,
    },
    {
      name: "EdgeSilent",
      clauses: ["B1.6", "B3.3"],
      severity: "ticket",
      dashboard: "traffic",
      summary: orUnanswered(
        `The edge function runs, but has written no line for ${silentMinutes} minutes`,
        "CloudWatch gives no answer: whether the edge function writes its log is not known",
      ),
      description:
        "Breakers, quotas and idempotency are counted from its log, and are blind meanwhile. See its log group and its role's right to write.",
      condition: cloudwatch(
        {
          A: over(telemetry.own("Requests", "Sum", { functionName: "edge" }), silentMinutes, "sum"),
          // The prober's requests end before it: without a caller it is silent by right.
          B: over(
            telemetry.lambda("Invocations", "Sum", lambdaNames(namePrefix, ["edge"])),
            silentMinutes,
            "sum",
          ),
        },
        "$A < 1 && $B > 0",
      ),
      forSeconds: SETTLE_SECONDS,
      whenSilent: "alerting",
      ringsUnanswered: true,
    },
    {
      name: "TrustWatchSilent",
      clauses: ["B5.2", "B6.1"],
      severity: "ticket",
      dashboard: "lifetimes",
      summary: orUnanswered(
        `Nobody has looked at certificates and secrets for ${2 * secrets.watch.everyHours} hours`,
        "CloudWatch gives no answer: whether certificates and secrets are looked at is not known",
      ),
      description:
        "trust-watch has missed two turns: see its schedule, its errors, its log. Right after the first update it has not had its turn.",
      condition: cloudwatch(
        {
          A: over(
            telemetry.own("Requests", "Sum", { functionName: "trust-watch" }),
            2 * secrets.watch.everyHours * HOUR_MINUTES,
            "sum",
          ),
        },
        "$A < 1",
      ),
      forSeconds: SETTLE_SECONDS,
      whenSilent: "alerting",
      ringsUnanswered: true,
    },
    {
      name: "AgentsSilent",
      clauses: ["B1.1"],
      severity: "ticket",
      dashboard: "resources",
      summary: orUnanswered(
        `Nothing is known of the agents' containers for ${silentMinutes} minutes`,
        "Prometheus gives no answer: nothing is known of the agents' containers",
      ),
      description:
        "Their CPU and memory are not watched meanwhile. See Prometheus' targets of the kubelet, and whether the agents' namespace holds any pod.",
      condition: {
        source: "prometheus",
        expr: agentExpressions(namePrefix, cluster.agents.namespace).nobodyMeasures,
      },
      forSeconds: silentMinutes * MINUTE_SECONDS,
      // The expression answers while there is nothing; no answer is that there is something.
      whenSilent: "ok",
      ringsUnanswered: true,
    },
  ];
}
