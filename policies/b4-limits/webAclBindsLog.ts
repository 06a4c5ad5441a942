import { stackPolicy } from "../lib/policy";
import { arnResource, pointingAt, sources } from "../lib/relations";
import { types } from "../lib/types";
import { object, objects, parseObject, peek, show, strings, text, UNKNOWN } from "../lib/values";

const prefix = "aws-waf-logs-";

/** The service writes the caller's address into every line; only the group itself can mask it. */
function masksAddresses(document: unknown): boolean {
  return objects(parseObject(document)?.Statement).some(
    ({ DataIdentifier, Operation }) =>
      object(Operation).Deidentify !== undefined &&
      strings(DataIdentifier).some((id) => /\/IpAddress$/.test(id)),
  );
}

export const webAclBindsLog = stackPolicy({
  name: "web-acl-binds-log",
  severity: "high",
  clauses: ["B4.4", "B8.3"],
  summary:
    "Every web ACL logs to a group of this stack, which masks addresses, and no log shows header or query.",
  reads:
    "WebAclLoggingConfiguration: resourceArn → WebAcl, logDestinationConfigs, redactedFields; LogGroup.name; LogDataProtectionPolicy",
  controls: ["FSBP WAF.11", "CKV2_AWS_31"],
  remediation:
    "log to a group named aws-waf-logs-… of this stack, redact uriPath and queryString, and mask IpAddress by a LogDataProtectionPolicy.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html",
  check(stack, report) {
    const groups = stack.ofType(types.logGroup);
    const acls = stack.ofType(types.webAcl);
    if (acls.length === 0) report({ got: "no web ACL", expected: "one, with its log" });
    for (const acl of acls) {
      const [logging, ...more] = pointingAt(acl, stack.ofType(types.webAclLogging), "resourceArn");
      if (!logging || more.length > 0) {
        report({
          resource: acl,
          got: `${logging ? 1 + more.length : 0} logging configurations`,
          expected: "exactly one",
        });
        continue;
      }
      const destinations = peek(() => strings(logging.props.logDestinationConfigs));
      const [byReference] = sources(logging, "logDestinationConfigs", types.logGroup);
      const wanted =
        destinations === UNKNOWN
          ? undefined
          : arnResource(text(destinations[0])).replace(/^log-group:|:\*$/g, "");
      const group = byReference ?? groups.find(({ props }) => peek(() => props.name) === wanted);
      if (!group || !text(group.props.name).startsWith(prefix)) {
        report({
          resource: logging,
          got: `destination ${show(destinations)}`,
          expected: `a log group of this stack whose name starts with ${prefix}`,
        });
        continue;
      }
      const redacted = objects(logging.props.redactedFields);
      for (const field of ["uriPath", "queryString"]) {
        if (!redacted.some((entry) => entry[field] !== undefined)) {
          report({ resource: logging, got: `${field} in clear`, expected: `${field} among redactedFields` });
        }
      }
      const masks = stack
        .ofType(types.logMasking)
        .filter(
          (mask) =>
            sources(mask, "logGroupName", types.logGroup).includes(group) ||
            peek(() => mask.props.logGroupName) === group.props.name,
        );
      if (!masks.some(({ props }) => masksAddresses(props.policyDocument))) {
        report({
          resource: group,
          got: "addresses in clear",
          expected: "a LogDataProtectionPolicy that masks IpAddress",
        });
      }
    }
  },
});
