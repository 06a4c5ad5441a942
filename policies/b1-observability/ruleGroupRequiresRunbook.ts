import { secondsOf } from "../lib/alertRules";
import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, objects, show, text } from "../lib/values";

/** Words of a rule, and what each must look like. */
const words: Readonly<Record<string, RegExp>> = {
  summary: /\S.{9}/,
  description: /\S.{19}/,
  runbook_url: /^https:\/\/[^#\s]+#[\w%-]+$/,
  __dashboardUid__: /^[\w-]{1,40}$/,
  __panelId__: /^\d+$/,
};

export const ruleGroupRequiresRunbook = resourcePolicy({
  name: "rule-group-requires-runbook",
  severity: "high",
  clauses: ["B1.2", "B7.5"],
  summary:
    "No alert without its section of the runbook, its words, its panel and its severity; none that is paused, or silent when its source cannot be asked.",
  reads:
    "grafana RuleGroup: rules (annotations, labels.severity, isPaused, execErrState, for), intervalSeconds",
  remediation:
    "annotate the rule with summary, description, runbook_url with an anchor, __dashboardUid__ and __panelId__; label it severity page or ticket; set execErrState to Alerting or Error, KeepLast only where it rings at once.",
  url: "https://grafana.com/docs/grafana/latest/alerting/fundamentals/alert-rules/annotation-label/",
  types: [types.ruleGroup],
  check(resource, report) {
    const rules = objects(resource.props.rules);
    if (rules.length === 0) report({ resource, got: "no rule", expected: "at least one" });
    const { intervalSeconds } = resource.props;
    if (intervalSeconds !== 60)
      report({
        resource,
        got: `intervalSeconds ${show(intervalSeconds)}`,
        expected: "60: the clauses speak of minutes",
      });
    for (const rule of rules) {
      const name = text(rule.name);
      const annotations = object(rule.annotations);
      for (const [word, form] of Object.entries(words)) {
        if (!form.test(text(annotations[word])))
          report({ resource, got: `'${name}': ${word} ${show(annotations[word])}`, expected: String(form) });
      }
      const { severity } = object(rule.labels);
      if (severity !== "page" && severity !== "ticket")
        report({ resource, got: `'${name}': severity ${show(severity)}`, expected: "page or ticket" });
      if (rule.isPaused === true)
        report({ resource, got: `'${name}' paused`, expected: "an alert that is evaluated" });
      // What rings at once would ring for one answer that failed; what waits rings for a source that cannot be asked.
      const states = secondsOf(rule.for) === 0 ? ["Alerting", "Error", "KeepLast"] : ["Alerting", "Error"];
      if (!states.includes(text(rule.execErrState)))
        report({
          resource,
          got: `'${name}': execErrState ${show(rule.execErrState)}`,
          expected: `${states.join(" or ")}: a source that cannot be asked is no calm`,
        });
      if (Number.isNaN(secondsOf(rule.for)))
        report({ resource, got: `'${name}': for ${show(rule.for)}`, expected: "a duration such as 5m" });
    }
  },
});
