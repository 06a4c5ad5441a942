import { secondsOf } from "../lib/alertRules";
import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, objects, parseObject, present, show, text } from "../lib/values";

/** Words of a rule, and what each must look like. */
const words: Readonly<Record<string, RegExp>> = {
  summary: /\S.{9}/,
  description: /\S.{19}/,
  runbook_url: /^https:\/\/[^#\s]+#[\w%-]+$/,
  __dashboardUid__: /^[\w-]{1,40}$/,
  __panelId__: /^\d+$/,
};

/** What may become of an alert whose query finds nothing, or fails. Who tells of a failure for who keeps still: `alerts-bind-pager`. */
const states: Readonly<Record<string, readonly string[]>> = {
  noDataState: ["OK", "Alerting"],
  execErrState: ["Alerting", "Error", "KeepLast"],
};

export const ruleGroupRequiresRunbook = resourcePolicy({
  name: "rule-group-requires-runbook",
  severity: "high",
  clauses: ["B1.2", "B7.5"],
  summary:
    "No alert without its section of the runbook, its words, its panel and its severity; none that is paused, takes what is missing for more than nothing, or silent when its source cannot be asked.",
  reads:
    "grafana RuleGroup: rules (annotations, labels.severity, isPaused, record, noDataState, execErrState, for, datas: settings of a reduction), intervalSeconds",
  remediation:
    "annotate the rule with summary, description, runbook_url with an anchor, __dashboardUid__ and __panelId__; label it severity page or ticket; set execErrState to Alerting or Error, or KeepLast where another rule tells of the failure.",
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
      const [, section] = text(annotations.runbook_url).split("#");
      if (section !== name.toLowerCase())
        report({
          resource,
          got: `'${name}': section ${show(section)} of the runbook`,
          expected: `"${name.toLowerCase()}"`,
        });
      const { severity } = object(rule.labels);
      if (severity !== "page" && severity !== "ticket")
        report({ resource, got: `'${name}': severity ${show(severity)}`, expected: "page or ticket" });
      if (rule.isPaused === true)
        report({ resource, got: `'${name}' paused`, expected: "an alert that is evaluated" });
      for (const [state, allowed] of Object.entries(states)) {
        if (!allowed.includes(text(rule[state])))
          report({
            resource,
            got: `'${name}': ${state} ${show(rule[state])}`,
            expected: `${allowed.join(" or ")}: a source that cannot be asked is no calm`,
          });
      }
      for (const { refId, model } of objects(rule.datas)) {
        const { mode, replaceWithValue } = object(parseObject(model)?.settings);
        // A rule on silence would take any other number for a sign of life.
        if (mode === "replaceNN" && replaceWithValue !== 0)
          report({
            resource,
            got: `'${name}': ${show(replaceWithValue)} in '${text(refId)}' for what is missing`,
            expected: "0",
          });
      }
      if (present(rule, "record"))
        report({ resource, got: `'${name}' records`, expected: "a rule that alerts" });
      if (Number.isNaN(secondsOf(rule.for)))
        report({ resource, got: `'${name}': for ${show(rule.for)}`, expected: "a duration such as 5m" });
    }
  },
});
