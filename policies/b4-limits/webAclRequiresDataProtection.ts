import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { list, object, objects, show, text } from "../lib/values";

export const webAclRequiresDataProtection = resourcePolicy({
  name: "web-acl-requires-data-protection",
  severity: "high",
  clauses: ["B8.3"],
  summary: "The firewall shows no header of a request, not even the key that a rate rule counts by.",
  reads: "aws:wafv2/webAcl:WebAcl.dataProtectionConfig",
  remediation:
    "protect SINGLE_HEADER without fieldKeys by SUBSTITUTION or HASH with excludeRateBasedDetails and excludeRuleMatchDetails false.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/waf-data-protection-and-logging.html",
  types: [types.webAcl],
  check(resource, report) {
    const protections = objects(object(resource.props.dataProtectionConfig).dataProtections);
    const forHeaders = protections.filter(({ field }) => {
      const { fieldType, fieldKeys } = object(field);
      // Without keys it is every header: cookies, user agents and forwarded addresses are personal too.
      return fieldType === "SINGLE_HEADER" && list(fieldKeys).length === 0;
    });
    if (forHeaders.length === 0) {
      report({ resource, got: "no protection of every header", expected: "one" });
    }
    for (const { action, excludeRateBasedDetails, excludeRuleMatchDetails } of forHeaders) {
      if (!["SUBSTITUTION", "HASH"].includes(text(action))) {
        report({ resource, got: `action ${show(action)}`, expected: "SUBSTITUTION or HASH" });
      }
      // True means "leave these details as they are": the key's value would stand in the log.
      if (excludeRateBasedDetails !== false || excludeRuleMatchDetails !== false) {
        report({
          resource,
          got: `excludeRateBasedDetails ${show(excludeRateBasedDetails)}, excludeRuleMatchDetails ${show(excludeRuleMatchDetails)}`,
          expected: "both false",
        });
      }
    }
  },
});
