import { isEventBridgeAlone, isOwn, namesSource, statementsOf } from "../lib/iam";
import { resourcePolicy } from "../lib/policy";
import { accountOf } from "../lib/relations";
import { types } from "../lib/types";
import { join, show, within } from "../lib/values";

/** What a service needs of a key to publish to a topic under it. */
const eventBridgeUses = ["kms:Decrypt", "kms:GenerateDataKey", "kms:GenerateDataKey*"];

export const keyRequiresRotation = resourcePolicy({
  name: "key-requires-rotation",
  severity: "high",
  clauses: ["B6.1", "B8.3"],
  summary:
    "Keys rotate, are not lost by one mistake, and serve this account and named services only; each statement of their policies is in force.",
  reads: "aws:kms/key:Key: enableKeyRotation, rotationPeriodInDays, deletionWindowInDays, isEnabled, policy",
  controls: [
    "SecurityHub KMS.4",
    "FSBP KMS.5",
    "CKV_AWS_7",
    "CKV_AWS_33",
    "CKV_AWS_227",
    "CKV2_AWS_64",
    "AwsSolutions-KMS5",
  ],
  remediation:
    'set enableKeyRotation true, rotationPeriodInDays 90, deletionWindowInDays 30, allow services with a condition on their source, and write actions and Resource "*" into each statement.',
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-4",
  types: [types.key],
  check(resource, report) {
    const { enableKeyRotation, rotationPeriodInDays, deletionWindowInDays, isEnabled } = resource.props;
    if (enableKeyRotation !== true) {
      report({ resource, got: `enableKeyRotation ${show(enableKeyRotation)}`, expected: "true" });
    }
    if (!within(deletionWindowInDays, 14, 30)) {
      report({ resource, got: `deletionWindowInDays ${show(deletionWindowInDays)}`, expected: "14 to 30" });
    }
    // The service's least is the work order's most; without a number it takes 365.
    if (rotationPeriodInDays !== 90) {
      report({ resource, got: `rotationPeriodInDays ${show(rotationPeriodInDays)}`, expected: "90" });
    }
    if (isEnabled === false) report({ resource, got: "isEnabled false", expected: "an enabled key" });
    for (const statement of statementsOf(resource, "policy", report)) {
      const { allows, principals, actions, resources } = statement;
      // The service takes a statement without one of them and lets it mean nothing, a refusal as well.
      // https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
      if (actions.length === 0 || resources.join() !== "*")
        report({
          resource,
          got: `a statement of ${join(actions)} on ${join(resources)}`,
          expected: 'actions on "*", which is this key',
        });
      if (!allows) continue;
      if (
        principals.length === 0 ||
        !principals.every((principal) => isOwn(principal, accountOf(resource)))
      ) {
        report({
          resource,
          got: `a statement for ${join(principals)}`,
          expected: "services, and principals of this account",
        });
      }
      if (
        principals.some((principal) => principal.startsWith("Service:")) &&
        !namesSource(statement, accountOf(resource)) &&
        !isEventBridgeAlone(statement, eventBridgeUses)
      ) {
        report({
          resource,
          got: `${join(principals)} from anywhere`,
          expected:
            "a condition on aws:SourceAccount, aws:SourceArn or the encryption context (EventBridge alone, which has none, may decrypt and generate data keys)",
        });
      }
    }
  },
});
