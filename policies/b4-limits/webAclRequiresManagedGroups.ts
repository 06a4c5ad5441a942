import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join, object, objects, text } from "../lib/values";
import { rulesOf } from "../lib/webAcl";

/**
 * Groups that must refuse, and rules in them that must not be turned down to a count.
 * https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
 */
const required: Readonly<Record<string, readonly string[]>> = {
  AWSManagedRulesCommonRuleSet: [],
  AWSManagedRulesKnownBadInputsRuleSet: [
    "Log4JRCE_HEADER",
    "Log4JRCE_QUERYSTRING",
    "Log4JRCE_URIPATH",
    "Log4JRCE_BODY",
  ],
};

export const webAclRequiresManagedGroups = resourcePolicy({
  name: "web-acl-requires-managed-groups",
  severity: "medium",
  clauses: ["B4.4"],
  summary: "The vendor's common rules and known bad inputs stand before the API and refuse.",
  reads: "aws:wafv2/webAcl:WebAcl.rules: managed groups, overrideAction, ruleActionOverrides",
  controls: ["CKV_AWS_192", "CKV2_AWS_77"],
  remediation:
    "add both groups with overrideAction none; count single rules that do not fit, never Log4JRCE.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html",
  types: [types.webAcl],
  check(resource, report) {
    for (const [name, neverCounted] of Object.entries(required)) {
      const rule = rulesOf(resource.props).find(({ statement }) => {
        const group = object(object(statement).managedRuleGroupStatement);
        return group.vendorName === "AWS" && group.name === name;
      });
      if (!rule || !("none" in object(rule.overrideAction))) {
        report({
          resource,
          got: rule ? `${name} overridden` : `no ${name}`,
          expected: `${name} with overrideAction none`,
        });
        continue;
      }
      const overrides = objects(object(object(rule.statement).managedRuleGroupStatement).ruleActionOverrides);
      const tamed = overrides
        .map((override) => text(override.name))
        .filter((one) => neverCounted.includes(one));
      if (tamed.length > 0) {
        report({
          resource,
          got: `${name} with ${join(tamed)} overridden`,
          expected: "these rules as the vendor ships them",
        });
      }
    }
  },
});
