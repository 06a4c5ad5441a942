import { firewallControls, firewallSteps } from "../../firewall/firewallRules";
import type { FirewallSettings } from "../../firewall/firewall.schema";
import type { Alert } from "./alert";
import type { AlertContext } from "./alertContext";
import { any, cloudwatch, eachOf, numeral, over, SETTLE_SECONDS } from "./condition";

/** Only a request says how much of its month a client has used: the last one of these hours does. */
const QUOTA_MINUTES = 360;
const QUARTER_MINUTES = 15;

/** B4.1, B4.4: quotas near their end, and what the firewall lets through only because it counts. */
export function limitAlerts({ settings, telemetry }: AlertContext): readonly Alert[] {
  const { quotaNearEndPercent } = settings.observability.alerts;
  // A month's scans come near their quota by design; one that is refused for it has failed, and ScanFailed says so.
  const clientId = eachOf(
    settings.clients.map((client) => client.clientId).filter((id) => id !== settings.scanning.clientId),
  );
  const counting = rulesThatOnlyCount(settings.firewall);
  return [
    {
      name: "QuotaNearEnd",
      clauses: ["B4.1"],
      severity: "ticket",
      dashboard: "quotas",
      summary: `{{ $labels.clientId }} has used {{ printf "%.0f" $values.A.Value }} % of its month's requests`,
      description: `Beyond 100 % it is refused until the month ends. Tell its owner, or grant it more: monthlyQuotaRequests of fase-b:clients. The warning comes at ${quotaNearEndPercent} %.`,
      condition: cloudwatch(
        {
          A: over(
            telemetry.own("QuotaUse", "Maximum", { functionName: "edge", clientId }),
            QUOTA_MINUTES,
            "last",
          ),
        },
        `$A >= ${numeral(quotaNearEndPercent)}`,
      ),
      forSeconds: SETTLE_SECONDS,
      whenSilent: "ok",
    },
    {
      name: "QuotaExhausted",
      clauses: ["B4.1"],
      severity: "ticket",
      dashboard: "quotas",
      summary: `{{ $labels.clientId }} is refused: its month's requests are used up`,
      description:
        "As agreed with it. If it should go on, grant it more: monthlyQuotaRequests of fase-b:clients.",
      condition: any(
        telemetry.own("QuotaRefusals", "Sum", { functionName: "edge", clientId }),
        QUARTER_MINUTES,
      ),
      forSeconds: SETTLE_SECONDS,
      whenSilent: "ok",
    },
    // With every rule blocking there is nothing that would have been blocked.
    ...(counting.length === 0
      ? []
      : [
          {
            name: "WouldHaveBlocked",
            clauses: ["B4.4"],
            severity: "ticket",
            dashboard: "firewall",
            summary: `{{ $labels.Rule }}: {{ printf "%.0f" $values.A.Value }} requests in ${QUARTER_MINUTES} minutes`,
            description:
              "The rule counts and does not block. Look at who they were: friends mean that it must not block yet, strangers that it can.",
            condition: any(telemetry.firewall("CountedRequests", counting), QUARTER_MINUTES),
            forSeconds: SETTLE_SECONDS,
            whenSilent: "ok",
          } as const,
        ]),
  ];
}

/** Rules that could refuse and only count, as their metrics are called. A warning never refuses. */
function rulesThatOnlyCount(firewall: FirewallSettings): readonly string[] {
  return [...firewallSteps(firewall), ...firewallControls(firewall)].flatMap(
    ({ mode, wouldHaveBlockedMetricName: name }) => (mode === "count" && name !== undefined ? [name] : []),
  );
}
