import { statementsOf } from "../lib/iam";
import { stackPolicy, type StackResource } from "../lib/policy";
import { ownArnResource, refersTo, source } from "../lib/relations";
import { types } from "../lib/types";

/** Who publishes, of what is declared: without its leave an alarm rings nowhere, and nobody is told so. */
const publishers = [
  ["cloudwatch.amazonaws.com", types.alarm, ["alarmActions", "okActions", "insufficientDataActions"]],
  ["events.amazonaws.com", types.eventTarget, ["arn"]],
] as const;

export const topicsBindPolicy = stackPolicy({
  name: "topics-bind-policy",
  severity: "medium",
  clauses: ["B5.1"],
  summary:
    "Every topic has its policy, which is about this topic alone and lets those publish that do, and rests under a key of this stack.",
  reads:
    "TopicPolicy: arn → Topic, policy; MetricAlarm: alarmActions, okActions, insufficientDataActions; EventTarget.arn; Topic.kmsMasterKeyId → kms.Key; how many topics there are",
  remediation:
    "declare a TopicPolicy for the topic, with its ARN in each statement and sns:Publish for CloudWatch or EventBridge where they publish, and encrypt it with the stack's kms.Key.",
  url: "https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html",
  check(stack, report) {
    const topics = stack.ofType(types.topic);
    if (topics.length === 0) report({ got: "no topic", expected: "the one that alarms go to" });
    const names = (resource: StackResource, property: string, topic: StackResource): boolean =>
      refersTo(resource, property, topic, (arn) => ownArnResource(resource, arn) === topic.props.name);
    for (const topic of topics) {
      const policies = stack.ofType(types.topicPolicy).filter((policy) => names(policy, "arn", topic));
      if (policies.length !== 1) {
        report({ resource: topic, got: `${policies.length} topic policies`, expected: "exactly one" });
      }
      for (const policy of policies) {
        const statements = statementsOf(policy, "policy", report);
        const isOfTopic = (arns: readonly string[]): boolean =>
          arns.length > 0 && arns.every((arn) => ownArnResource(policy, arn) === topic.props.name);
        if (!statements.every(({ resources }) => isOfTopic(resources)))
          report({
            resource: policy,
            got: "a statement about something else, or about nothing",
            expected: "the topic's own ARN in each",
          });
        for (const [service, type, properties] of publishers) {
          const isUsed = stack
            .ofType(type)
            .some((one) => properties.some((property) => names(one, property, topic)));
          const mayPublish = statements.some(
            ({ allows, principals, actions }) =>
              allows && principals.includes(`Service:${service}`) && actions.includes("sns:Publish"),
          );
          if (isUsed && !mayPublish)
            report({
              resource: policy,
              got: `no right to publish of ${service}, which is told to`,
              expected: "sns:Publish for it",
            });
        }
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
