import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, show, text } from "../lib/values";
import { rulesOf } from "../lib/webAcl";

export const webAclRequiresMetrics = resourcePolicy({
  name: "web-acl-requires-metrics",
  severity: "medium",
  clauses: ["B4.4", "B8.3"],
  summary: "Each rule has a metric of its own, and no rule keeps samples, which no redaction reaches.",
  reads: "aws:wafv2/webAcl:WebAcl: visibilityConfig of the web ACL and of each rule",
  controls: ["FSBP WAF.12"],
  remediation:
    "set cloudwatchMetricsEnabled true, a metricName of the rule's own and sampledRequestsEnabled false.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/waf-controls.html#waf-12",
  types: [types.webAcl],
  check(resource, report) {
    const seen = new Map<string, string>();
    const views = [
      { who: "the web ACL", view: object(resource.props.visibilityConfig) },
      ...rulesOf(resource.props).map((rule) => ({
        who: `rule '${text(rule.name)}'`,
        view: object(rule.visibilityConfig),
      })),
    ];
    for (const { who, view } of views) {
      const metric = text(view.metricName);
      if (view.cloudwatchMetricsEnabled !== true || metric === "") {
        report({
          resource,
          got: `${who} without a metric`,
          expected: "cloudwatchMetricsEnabled true and a metricName",
        });
      }
      const other = seen.get(metric);
      if (metric !== "" && other !== undefined) {
        report({
          resource,
          got: `${who} with the metric ${metric} of ${other}`,
          expected: "a metric of its own",
        });
      }
      seen.set(metric, who);
      if (view.sampledRequestsEnabled !== false) {
        report({
          resource,
          got: `${who} with sampledRequestsEnabled ${show(view.sampledRequestsEnabled)}`,
          expected: "false",
        });
      }
    }
  },
});
