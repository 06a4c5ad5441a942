import { stackPolicy } from "../lib/policy";
import { ownArnResource, pointingAt, sources } from "../lib/relations";
import { types } from "../lib/types";
import {
  join,
  list,
  object,
  objects,
  parseObject,
  peek,
  show,
  strings,
  text,
  UNKNOWN,
  type Props,
} from "../lib/values";

const prefix = "aws-waf-logs-";

/** What refuses and what warns. */
const steps = ["BLOCK", "COUNT"];

/** True when no filter drops a request that a step took; without a filter every request is logged. */
function keepsSteps({ defaultBehavior = "KEEP", filters }: Props): boolean {
  const parts = objects(filters);
  const kept = parts
    .filter(({ requirement, conditions }) => requirement === "MEETS_ANY" || list(conditions).length === 1)
    .flatMap(({ conditions }) => objects(conditions))
    .map(({ actionCondition }) => text(object(actionCondition).action));
  return (
    parts.every(({ behavior }) => behavior === "KEEP") &&
    (defaultBehavior === "KEEP" || steps.every((action) => kept.includes(action)))
  );
}

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
    "Every web ACL logs to a group of this stack, which masks addresses, and no log lacks a refusal or shows path or query.",
  reads:
    "WebAclLoggingConfiguration: resourceArn → WebAcl, logDestinationConfigs, redactedFields, loggingFilter; LogGroup.name; LogDataProtectionPolicy",
  controls: ["SecurityHub WAF.11", "CKV2_AWS_31"],
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
          : ownArnResource(logging, text(destinations[0])).replace(/^log-group:|:\*$/g, "");
      const group =
        destinations === UNKNOWN
          ? byReference
          : groups.find(({ props }) => peek(() => props.name) === wanted);
      if (
        !group ||
        (destinations !== UNKNOWN && destinations.length > 1) ||
        !text(group.props.name).startsWith(prefix)
      ) {
        report({
          resource: logging,
          got: `destination ${show(destinations)}`,
          expected: `a log group of this stack whose name starts with ${prefix}`,
        });
        continue;
      }
      const filter = object(logging.props.loggingFilter);
      if (!keepsSteps(filter)) {
        report({
          resource: logging,
          got: `the filter ${show(filter)}`,
          expected: `one that keeps ${join(steps)}, or none`,
        });
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
