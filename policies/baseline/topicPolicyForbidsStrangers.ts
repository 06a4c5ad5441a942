import { isEventBridgeAlone, namesSource, refusesPlainText, statementsOf } from "../lib/iam";
import { resourcePolicy } from "../lib/policy";
import { accountOf } from "../lib/relations";
import { types } from "../lib/types";
import { join } from "../lib/values";

export const topicPolicyForbidsStrangers = resourcePolicy({
  name: "topic-policy-forbids-strangers",
  severity: "high",
  clauses: ["B5.1"],
  summary: "Only services of this account publish to a topic, over TLS only.",
  reads: "aws:sns/topicPolicy:TopicPolicy.policy",
  controls: ["FSBP SNS.4", "CKV_AWS_169", "CKV_AWS_385", "AwsSolutions-SNS3"],
  remediation:
    "allow named services with aws:SourceAccount (EventBridge in a statement of its own, without), and deny everybody without aws:SecureTransport.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html#sns-4",
  types: [types.topicPolicy],
  check(resource, report) {
    const statements = statementsOf(resource, "policy", report);
    for (const statement of statements.filter(({ allows }) => allows)) {
      const { principals } = statement;
      if (
        !isEventBridgeAlone(statement, ["sns:Publish"]) &&
        (principals.length === 0 ||
          !principals.every((principal) => principal.startsWith("Service:")) ||
          !namesSource(statement, accountOf(resource)))
      ) {
        report({
          resource,
          got: `${join(principals)} may publish without a condition on its source`,
          expected: "named services with aws:SourceAccount, or EventBridge alone, which names no source",
        });
      }
    }
    const publishing = ["sns:Publish", "sns:*"];
    if (
      !statements.some(
        (statement) =>
          refusesPlainText(statement) && statement.actions.some((action) => publishing.includes(action)),
      )
    ) {
      report({
        resource,
        got: "no refusal of plain text",
        expected: "a Deny where aws:SecureTransport is false",
      });
    }
  },
});
