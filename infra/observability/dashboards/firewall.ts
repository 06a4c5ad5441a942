import { firewallControls, firewallSteps, type StepName } from "../../firewall/firewallRules";
import type { Board, BoardContext } from "./dashboard";
import { counts, ANY, type DataPanel, type Panel } from "./panel";

export function firewall({ settings, telemetry }: BoardContext): Board {
  const steps = firewallSteps(settings.firewall);
  const controls = firewallControls(settings.firewall);
  const ofStep = (step: StepName): readonly string[] =>
    steps
      .filter((each) => each.step === step && (each.mode === "block" || step === "warn"))
      .map(({ metricName }) => metricName);
  // A rule writes under one of its two names, by what it does.
  const wouldHaveBlocked = [...steps, ...controls].flatMap(({ mode, wouldHaveBlockedMetricName: name }) =>
    mode === "count" && name !== undefined ? [name] : [],
  );
  const byRule = (
    title: string,
    description: string,
    metric: "BlockedRequests" | "CountedRequests",
    rules: readonly string[],
    rest: Pick<DataPanel, "alerts" | "threshold"> = {},
  ): Panel =>
    rules.length === 0
      ? {
          kind: "text",
          title,
          description,
          ...(rest.alerts ? { alerts: rest.alerts } : {}),
          markdown: "No rule does so.",
        }
      : {
          ...counts,
          title,
          description,
          ...rest,
          targets: [{ query: telemetry.firewall(metric, rules), legend: "${PROP('Dim.Rule')}" }],
        };
  return {
    id: "firewall",
    title: "Firewall",
    description: "The graduated steps, the other rules, and what would have been blocked (B4.3, B4.4).",
    variables: [],
    shelves: [
      {
        heading: "Steps",
        height: 8,
        panels: [
          byRule(
            "Warned",
            "Requests by minute that were let through with a warning.",
            "CountedRequests",
            ofStep("warn"),
          ),
          byRule(
            "Slowed down",
            "Requests by minute that were answered 429 with a short wait.",
            "BlockedRequests",
            ofStep("slowDown"),
          ),
          byRule(
            "Blocked",
            "Requests by minute that were answered 429 with a long wait.",
            "BlockedRequests",
            ofStep("block"),
          ),
        ],
      },
      {
        heading: "Rules",
        height: 8,
        panels: [
          byRule(
            "Would have blocked",
            "Requests by minute that a rule only counted. Before it is set to block: are they people?",
            "CountedRequests",
            wouldHaveBlocked,
            { alerts: ["WouldHaveBlocked"], threshold: ANY },
          ),
          byRule(
            "Refused by other rules",
            "Requests by minute that the block list, the size of /vision or a managed group refused.",
            "BlockedRequests",
            controls.filter(({ mode }) => mode === "block").map(({ metricName }) => metricName),
          ),
          {
            kind: "time series",
            title: "Let through and refused",
            description: "Requests by minute, of the whole web ACL.",
            unit: "count",
            targets: [
              { query: telemetry.firewall("AllowedRequests", "ALL"), legend: "let through" },
              { query: telemetry.firewall("BlockedRequests", "ALL"), legend: "refused" },
            ],
          },
        ],
      },
    ],
  };
}
