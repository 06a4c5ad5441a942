import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { present, show, within } from "../lib/values";

/** A year, as the foundational practices ask for audit logs. */
const leastDays = 365;
/** Five years: longer nobody needs what a caller did. */
const mostDays = 1_827;

export const logGroupRequiresRetention = resourcePolicy({
  name: "log-group-requires-retention",
  severity: "medium",
  clauses: ["B1.6", "B8.3"],
  summary: "Log groups are encrypted by a key of ours and keep what auditors need for a year, not for ever.",
  reads: "aws:cloudwatch/logGroup:LogGroup: retentionInDays, logGroupClass, and whether kmsKeyId is set",
  controls: ["SecurityHub CloudWatch.16", "CKV_AWS_66", "CKV_AWS_158", "CKV_AWS_338"],
  remediation: "set retentionInDays to 365 or more, 1827 at most, and kmsKeyId to the stack's key.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-16",
  types: [types.logGroup],
  check(resource, report) {
    const { retentionInDays, logGroupClass } = resource.props;
    // 0 keeps for ever, which is what nobody decided.
    if (!within(retentionInDays, leastDays, mostDays)) {
      report({
        resource,
        got: `retentionInDays ${show(retentionInDays)}`,
        expected: `${leastDays} to ${mostDays}`,
      });
    }
    // The other classes know neither metric filters nor subscriptions.
    if (![undefined, "STANDARD"].includes(logGroupClass as string | undefined))
      report({ resource, got: `logGroupClass ${show(logGroupClass)}`, expected: '"STANDARD"' });
    if (!present(resource.props, "kmsKeyId")) {
      report({ resource, got: "no kmsKeyId", expected: "a key of ours" });
    }
  },
});
