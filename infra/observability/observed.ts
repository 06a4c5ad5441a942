import type { Contract } from "../contract/contract";
import type { Settings } from "../settings/settings.schema";
import { alerts } from "./alerts/alerts";
import { grafanaRuleGroups, ruleContext, type RuleGroupModel } from "./alerts/grafanaRules";
import { dashboards, panelIdOf, type DashboardModel } from "./dashboards/dashboards";

/** What people look at, and what wakes them: what is provisioned, and what is exported. */
export interface Observed {
  readonly dashboards: readonly DashboardModel[];
  readonly ruleGroups: readonly RuleGroupModel[];
}

/** Pure: the same settings and contract give the same bytes. */
export function observed(settings: Settings, contract: Contract): Observed {
  const boards = dashboards(settings, contract);
  const context = ruleContext(settings, (dashboard, alert) => panelIdOf(boards, dashboard, alert));
  return { dashboards: boards, ruleGroups: grafanaRuleGroups(alerts(settings, contract), context) };
}
