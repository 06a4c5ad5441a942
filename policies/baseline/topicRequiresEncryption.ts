import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { present } from "../lib/values";

export const topicRequiresEncryption = resourcePolicy({
  name: "topic-requires-encryption",
  severity: "medium",
  clauses: ["B5.1"],
  summary: "Messages rest under a key.",
  reads: "aws:sns/topic:Topic: whether kmsMasterKeyId is set",
  controls: ["CKV_AWS_26"],
  remediation: "set kmsMasterKeyId to the stack's key; the AWS-managed one does not let CloudWatch publish.",
  url: "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
  types: [types.topic],
  check(resource, report) {
    if (!present(resource.props, "kmsMasterKeyId")) {
      report({ resource, got: "no kmsMasterKeyId", expected: "a key of ours" });
    }
  },
});
