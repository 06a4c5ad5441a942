import type { Alert } from "../alert";
import { grafanaRuleGroups, ruleGroupArgs, type RuleContext } from "../grafanaRules";
import type { ProvisionedRule } from "./rule";
import { START_MS, type Scenario } from "./scenarios";
import { run } from "./states";

/** The rule that is provisioned for one alert. */
export function provisioned(alert: Alert, context: RuleContext): ProvisionedRule {
  const [group] = grafanaRuleGroups([alert], context).map(ruleGroupArgs);
  const [rule] = group?.rules ?? [];
  if (!rule) throw new Error(`${alert.name} makes no rule`);
  return rule;
}

export interface Verdict {
  readonly rings?: { readonly from: number; readonly to: number };
  /** A minute between the first and the last in which it did not ring. */
  readonly pauses: number;
  readonly series: readonly string[];
}

/** When the rule rings in what happens. */
export function verdict(
  rule: ProvisionedRule,
  { metrics, cloudWatch, minutes, series }: Scenario,
  intervalSeconds: number,
  atSecond?: number,
): Verdict {
  const evaluations = run(
    rule,
    { metrics, ...(cloudWatch === undefined ? {} : { cloudWatch }) },
    {
      fromMs: START_MS,
      toMs: START_MS + (minutes + 1) * 60_000 - 1,
      intervalSeconds,
      ...(atSecond === undefined ? {} : { atSecond }),
    },
  );
  const ringing = evaluations.flatMap(({ nowMs, states }) => {
    const firing = [...states.values()].filter(({ state }) => state === "Alerting");
    return firing.length === 0 ? [] : [{ minute: Math.floor((nowMs - START_MS) / 60_000), firing }];
  });
  const [first] = ringing;
  const last = ringing.at(-1);
  if (!first || !last) return { pauses: 0, series: [] };
  const named = ringing.flatMap(({ firing }) =>
    firing.map(({ labels }) => (series === undefined ? "" : (labels[series.label] ?? "?"))),
  );
  return {
    rings: { from: first.minute, to: last.minute },
    pauses: last.minute - first.minute + 1 - ringing.length,
    series: [...new Set(named)].toSorted(),
  };
}

/** As the scenario has it. */
export const expected = ({ rings, series }: Scenario): Verdict => ({
  ...(rings === undefined ? {} : { rings }),
  pauses: 0,
  series: rings === undefined ? [] : (series?.values ?? [""]),
});
