import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join, object, objects, present, text } from "../lib/values";
import { rulesOf } from "../lib/webAcl";

/**
 * Groups that must refuse, and the rules in them that may be turned down to a count.
 * https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
 */
const required: Readonly<Record<string, RegExp>> = {
  // Prompts and images look like anything, and not every service names a user agent.
  AWSManagedRulesCommonRuleSet: /_BODY$|^NoUserAgent_HEADER$/,
  AWSManagedRulesKnownBadInputsRuleSet: /^JavaDeserializationRCE_BODY$/,
};

export const webAclRequiresManagedGroups = resourcePolicy({
  name: "web-acl-requires-managed-groups",
  severity: "medium",
  clauses: ["B4.4"],
  summary: "The vendor's common rules and known bad inputs stand before the API and refuse.",
  reads: "aws:wafv2/webAcl:WebAcl.rules: managed groups, overrideAction, ruleActionOverrides",
  controls: ["CKV_AWS_192", "CKV2_AWS_77"],
  remediation:
    "add both groups with overrideAction none; count single rules on bodies that do not fit, never Log4JRCE.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html",
  types: [types.webAcl],
  check(resource, report) {
    for (const [name, mayCount] of Object.entries(required)) {
      const rule = rulesOf(resource.props).find(({ statement }) => {
        const group = object(object(statement).managedRuleGroupStatement);
        return group.vendorName === "AWS" && group.name === name;
      });
      if (!rule || Object.keys(object(rule.overrideAction)).join() !== "none") {
        report({
          resource,
          got: rule ? `${name} overridden` : `no ${name}`,
          expected: `${name} with overrideAction none`,
        });
        continue;
      }
      const group = object(object(rule.statement).managedRuleGroupStatement);
      const overrides = objects(group.ruleActionOverrides);
      const tamed = overrides
        .filter(
          ({ name: one, actionToUse }) =>
            !mayCount.test(text(one)) || Object.keys(object(actionToUse)).join() !== "count",
        )
        .map((override) => text(override.name));
      const narrowed = ["excludedRules", "scopeDownStatement", "version"].filter((key) =>
        present(group, key),
      );
      if (narrowed.length > 0) {
        report({
          resource,
          got: `${name} with ${join(narrowed)}`,
          expected: "the vendor's current rules for every request",
        });
      }
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
