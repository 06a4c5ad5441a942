import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { capacityUnits, isRateRule, rulesOf } from "../lib/webAcl";

const mostRateRules = 10;
/** Above, each request costs more; at 5,000 the service refuses. */
const mostUnits = 1_500;

export const webAclLimitsCapacity = resourcePolicy({
  name: "web-acl-limits-capacity",
  severity: "medium",
  clauses: ["B4.4"],
  summary: "The web ACL stays within the service's ten rate rules and 1,500 capacity units.",
  reads: "aws:wafv2/webAcl:WebAcl.rules",
  remediation: "take a rule away, or match by label, which costs one unit.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/limits.html",
  types: [types.webAcl],
  check(resource, report) {
    const rateRules = rulesOf(resource.props).filter(isRateRule).length;
    if (rateRules > mostRateRules) {
      report({ resource, got: `${rateRules} rate rules`, expected: `${mostRateRules} at most` });
    }
    const units = capacityUnits(resource.props);
    if (!(units <= mostUnits)) {
      report({
        resource,
        got: Number.isNaN(units) ? "a statement of unknown cost" : `${units} capacity units`,
        expected: `${mostUnits} at most, all of statements that policies/lib/webAcl.ts knows`,
      });
    }
  },
});
