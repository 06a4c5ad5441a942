import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { object, objects, show, strings, text } from "../lib/values";
import { clientKeyHeader } from "../lib/webAcl";

export const webAclRequiresDataProtection = resourcePolicy({
  name: "web-acl-requires-data-protection",
  severity: "high",
  clauses: ["B8.3"],
  summary: "The firewall never shows a client's key, not even as the value that a rate rule counts by.",
  reads: "aws:wafv2/webAcl:WebAcl.dataProtectionConfig",
  remediation:
    "protect SINGLE_HEADER x-api-key (or all headers) by SUBSTITUTION or HASH with excludeRateBasedDetails and excludeRuleMatchDetails false.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/waf-data-protection-and-logging.html",
  types: [types.webAcl],
  check(resource, report) {
    const protections = objects(object(resource.props.dataProtectionConfig).dataProtections);
    const forKey = protections.filter(({ field }) => {
      const { fieldType, fieldKeys } = object(field);
      const keys = strings(fieldKeys).map((key) => key.toLowerCase());
      return fieldType === "SINGLE_HEADER" && (keys.length === 0 || keys.includes(clientKeyHeader));
    });
    if (forKey.length === 0) {
      report({ resource, got: `no protection of the header ${clientKeyHeader}`, expected: "one" });
    }
    for (const { action, excludeRateBasedDetails, excludeRuleMatchDetails } of forKey) {
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
