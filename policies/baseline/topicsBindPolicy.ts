import { stackPolicy } from "../lib/policy";
import { ownArnResource, refersTo, source } from "../lib/relations";
import { types } from "../lib/types";

export const topicsBindPolicy = stackPolicy({
  name: "topics-bind-policy",
  severity: "medium",
  clauses: ["B5.1"],
  summary: "Every topic has its policy and rests under a key of this stack.",
  reads: "TopicPolicy.arn → Topic, Topic.kmsMasterKeyId → kms.Key; how many topics there are",
  remediation: "declare a TopicPolicy for the topic and encrypt it with the stack's kms.Key.",
  url: "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html",
  check(stack, report) {
    const topics = stack.ofType(types.topic);
    if (topics.length === 0) report({ got: "no topic", expected: "the one that alarms go to" });
    for (const topic of topics) {
      const policies = stack
        .ofType(types.topicPolicy)
        .filter((policy) =>
          refersTo(policy, "arn", topic, (arn) => ownArnResource(policy, arn) === topic.props.name),
        );
      if (policies.length !== 1) {
        report({ resource: topic, got: `${policies.length} topic policies`, expected: "exactly one" });
      }
      if (!source(topic, "kmsMasterKeyId", types.key)) {
        report({
          resource: topic,
          got: "a key from elsewhere, or none",
          expected: "the arn of a kms.Key of this stack",
        });
      }
    }
  },
});
