import { namesSource, statementsOf } from "../lib/iam";
import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join, show, within } from "../lib/values";

export const keyRequiresRotation = resourcePolicy({
  name: "key-requires-rotation",
  severity: "high",
  clauses: ["B6.1", "B8.3"],
  summary: "Keys rotate, are not lost by one mistake, and serve this account and named services only.",
  reads: "aws:kms/key:Key: enableKeyRotation, deletionWindowInDays, isEnabled, policy",
  controls: [
    "FSBP KMS.4",
    "FSBP KMS.5",
    "CKV_AWS_7",
    "CKV_AWS_33",
    "CKV_AWS_227",
    "CKV2_AWS_64",
    "AwsSolutions-KMS5",
  ],
  remediation:
    "set enableKeyRotation true, deletionWindowInDays 30, and allow services with a condition on their source.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-4",
  types: [types.key],
  check(resource, report) {
    const { enableKeyRotation, deletionWindowInDays, isEnabled } = resource.props;
    if (enableKeyRotation !== true) {
      report({ resource, got: `enableKeyRotation ${show(enableKeyRotation)}`, expected: "true" });
    }
    if (!within(deletionWindowInDays, 14, 30)) {
      report({ resource, got: `deletionWindowInDays ${show(deletionWindowInDays)}`, expected: "14 to 30" });
    }
    if (isEnabled === false) report({ resource, got: "isEnabled false", expected: "an enabled key" });
    for (const statement of statementsOf(resource, "policy", report)) {
      const { allows, principals } = statement;
      if (!allows) continue;
      if (principals.length === 0 || principals.includes("*")) {
        report({ resource, got: `a statement for ${join(principals)}`, expected: "named principals" });
      }
      if (principals.some((principal) => principal.startsWith("Service:")) && !namesSource(statement)) {
        report({
          resource,
          got: `${join(principals)} from anywhere`,
          expected: "a condition on aws:SourceAccount, aws:SourceArn or the encryption context",
        });
      }
    }
  },
});
