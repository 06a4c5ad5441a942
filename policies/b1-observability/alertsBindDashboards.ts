import { alertRulesOf } from "../lib/alertRules";
import { boardOf } from "../lib/boards";
import { stackPolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join } from "../lib/values";

export const alertsBindDashboards = stackPolicy({
  name: "alerts-bind-dashboards",
  severity: "medium",
  clauses: ["B1.1", "B7.5"],
  summary: "Every alert leads to a panel that is there, and all of them to one runbook.",
  reads:
    "grafana RuleGroup.rules: annotations __dashboardUid__, __panelId__ and runbook_url; Dashboard.configJson: uid, panels' ids",
  remediation: "annotate the rule with the uid of a Dashboard of this stack and the id of one of its panels.",
  url: "https://grafana.com/docs/grafana/latest/alerting/alerting-rules/link-alert-rules-to-panels/",
  check(stack, report) {
    const panels = new Set(
      stack
        .ofType(types.dashboard)
        .map((board) => boardOf(board))
        .flatMap((board) => board.panels.map(({ id }) => `${board.uid} ${String(id)}`)),
    );
    const runbooks = new Set(
      alertRulesOf(stack).map(({ annotations }) => (annotations.runbook_url ?? "").split("#")[0] ?? ""),
    );
    if (runbooks.size > 1)
      report({
        got: `runbooks at ${join([...runbooks])}`,
        expected: "one, which has a section for each alert",
      });
    for (const { group, name, annotations } of alertRulesOf(stack)) {
      const { __dashboardUid__: uid = "", __panelId__: id = "" } = annotations;
      if (panels.has(`${uid} ${id}`)) continue;
      report({
        resource: group,
        got: `'${name}' at panel ${id || "none"} of ${uid || "no dashboard"}`,
        expected: "a panel of a dashboard of this stack",
      });
    }
  },
});
