import { serviceBehind } from "../lib/pager";
import { stackPolicy } from "../lib/policy";
import { pointingAt, source } from "../lib/relations";
import { types } from "../lib/types";
import { show } from "../lib/values";

export const topicsBindPager = stackPolicy({
  name: "topics-bind-pager",
  severity: "high",
  clauses: ["B1.2", "B5.1"],
  summary: "Every topic of alarms is heard by the pager over TLS, apart from Grafana, and by nobody else.",
  reads:
    "TopicSubscription: topic → Topic, protocol, rawMessageDelivery, filterPolicy, endpoint → pagerduty ServiceIntegration → Service; how many a topic has",
  remediation:
    "subscribe the topic by https at the address of a pagerduty ServiceIntegration for CloudWatch, without a filter and not raw.",
  url: "https://support.pagerduty.com/main/docs/aws-cloudwatch-integration-guide",
  check(stack, report) {
    const subscriptions = stack.ofType(types.topicSubscription);
    for (const topic of stack.ofType(types.topic)) {
      const own = pointingAt(topic, subscriptions, "topic");
      if (own.length !== 1)
        report({ resource: topic, got: `${own.length} subscriptions`, expected: "exactly one, the pager's" });
    }
    for (const subscription of subscriptions) {
      const { protocol, rawMessageDelivery, filterPolicy } = subscription.props;
      if (!source(subscription, "topic", types.topic))
        report({ resource: subscription, got: "no topic of this stack", expected: "one" });
      if (protocol !== "https" || !serviceBehind(subscription, "endpoint"))
        report({
          resource: subscription,
          got: `an endpoint by ${show(protocol)} of '${source(subscription, "endpoint", types.pagerIntegration)?.name ?? "nobody of this stack"}'`,
          expected: "https, at the address of one integration of the pager",
        });
      if (rawMessageDelivery === true || (filterPolicy !== undefined && filterPolicy !== ""))
        report({
          resource: subscription,
          got: "raw messages, or a filter",
          expected: "whole messages, all of them",
        });
    }
  },
});
