import { ALARMS, serviceBehind, urgencyOf } from "../lib/pager";
import { stackPolicy, type StackResource } from "../lib/policy";
import { ownArnResource, pointingAt, refersTo, source, sources } from "../lib/relations";
import { types } from "../lib/types";
import { object, peek, present, show, text } from "../lib/values";

const MOST_SILENT_SECONDS = 3_600;

/** An alarm for the time when nobody asks for metrics, which has no value at all then. */
function isOfSilence({ props }: StackResource): boolean {
  const { namespace, metricName, comparisonOperator, treatMissingData, threshold, statistic } = props;
  const { period, evaluationPeriods, datapointsToAlarm = evaluationPeriods, actionsEnabled } = props;
  const dimensions = peek(() => object(props.dimensions));
  return (
    namespace === "AWS/Usage" &&
    metricName === "CallCount" &&
    JSON.stringify(Object.entries(dimensions).sort()) === SILENCE &&
    statistic === "Sum" &&
    comparisonOperator === "LessThanThreshold" &&
    Number(threshold) >= 1 &&
    treatMissingData === "breaching" &&
    actionsEnabled !== false &&
    Number(datapointsToAlarm) <= Number(evaluationPeriods) &&
    Number(period) * Number(evaluationPeriods) <= MOST_SILENT_SECONDS
  );
}

/** What has failed is not mended by minutes without a failure: an all-clear would close what somebody must still look at. */
const failures = ["AWS/Events FailedInvocations", "AWS/Lambda Errors"];

const isOfFailure = ({ props }: StackResource): boolean =>
  failures.includes(`${text(props.namespace)} ${text(props.metricName)}`);

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Usage-Metrics.html */
const SILENCE = JSON.stringify([
  ["Class", "None"],
  ["Resource", "GetMetricData"],
  ["Service", "CloudWatch"],
  ["Type", "API"],
]);

export const topicsBindPager = stackPolicy({
  name: "topics-bind-pager",
  severity: "high",
  clauses: ["B1.2", "B5.1"],
  summary:
    "Every alarm acts on a topic of alarms, and every such topic is heard by the pager over TLS, apart from Grafana, and by nobody else; a state that is over is said where it was said to begin, a failure is not; one alarm wakes whoever is on call when Grafana falls silent.",
  reads:
    "MetricAlarm: actionsEnabled, alarmActions and okActions → Topic, namespace, metricName; the one on AWS/Usage; TopicSubscription: topic → Topic, protocol, rawMessageDelivery, filterPolicy, endpoint → pagerduty ServiceIntegration: type, service → Service; how many a topic has",
  controls: ["SecurityHub CloudWatch.15", "SecurityHub CloudWatch.17", "CKV_AWS_319"],
  remediation:
    "leave actionsEnabled out and give every alarm a topic of alarms in alarmActions, and the same in okActions unless it counts failures; subscribe the topic by https at the address of a pagerduty ServiceIntegration for CloudWatch, without a filter and not raw; let an alarm on CallCount of GetMetricData go to the topic of the service that wakes.",
  url: "https://support.pagerduty.com/main/docs/aws-cloudwatch-integration-guide",
  check(stack, report) {
    const subscriptions = stack.ofType(types.topicSubscription);
    // What a channel hears is announced there, and no alarm goes to it: evidence-binds-channel.
    const announced = new Set(
      stack.ofType(types.chatChannel).flatMap((channel) => sources(channel, "snsTopicArns", types.topic)),
    );
    const heard = stack.ofType(types.topic).filter((topic) => !announced.has(topic));
    const reaches = (alarm: StackResource, topic: StackResource, by = "alarmActions"): boolean =>
      refersTo(alarm, by, topic, (arn) => ownArnResource(alarm, arn) === topic.props.name);
    for (const alarm of stack.ofType(types.alarm)) {
      if (alarm.props.actionsEnabled === false)
        report({ resource: alarm, got: "actionsEnabled false", expected: "true, the default" });
      if (!heard.some((topic) => reaches(alarm, topic)))
        report({
          resource: alarm,
          got: "no action on a topic of alarms of this stack",
          expected: "one in alarmActions",
        });
      // The pager closes an incident by the all-clear of the alarm that opened it.
      const rung = heard.filter((topic) => reaches(alarm, topic));
      if (
        isOfFailure(alarm)
          ? present(alarm.props, "okActions")
          : !rung.every((topic) => reaches(alarm, topic, "okActions"))
      )
        report({
          resource: alarm,
          got: isOfFailure(alarm) ? "an all-clear of a failure" : "no all-clear where it rings",
          expected: isOfFailure(alarm)
            ? "no okActions: somebody looks, and closes it"
            : "okActions on the topics of alarmActions",
        });
    }
    for (const topic of heard) {
      const own = pointingAt(topic, subscriptions, "topic");
      if (own.length !== 1)
        report({ resource: topic, got: `${own.length} subscriptions`, expected: "exactly one, the pager's" });
    }
    for (const subscription of subscriptions) {
      const { protocol, rawMessageDelivery, filterPolicy } = subscription.props;
      if (!source(subscription, "topic", types.topic))
        report({ resource: subscription, got: "no topic of this stack", expected: "one" });
      if (protocol !== "https" || !serviceBehind(subscription, "endpoint", ALARMS))
        report({
          resource: subscription,
          got: `an endpoint by ${show(protocol)} of '${source(subscription, "endpoint", types.pagerIntegration)?.name ?? "nobody of this stack"}'`,
          expected: "https, at the address of one integration of the pager for CloudWatch",
        });
      if (rawMessageDelivery === true || (filterPolicy !== undefined && filterPolicy !== ""))
        report({
          resource: subscription,
          got: "raw messages, or a filter",
          expected: "whole messages, all of them",
        });
    }
    const waking = stack.ofType(types.topic).filter((topic) =>
      pointingAt(topic, subscriptions, "topic").some((subscription) => {
        const service = serviceBehind(subscription, "endpoint", ALARMS);
        return service !== undefined && urgencyOf(service) === "high";
      }),
    );
    const rings = (alarm: StackResource): boolean => waking.some((topic) => reaches(alarm, topic));
    if (!stack.ofType(types.alarm).some((alarm) => isOfSilence(alarm) && rings(alarm)))
      report({
        got: "no alarm that wakes somebody when Grafana asks CloudWatch nothing any more",
        expected: `AWS/Usage CallCount of GetMetricData, missing data breaching, within ${MOST_SILENT_SECONDS / 60} minutes, to a topic that the service of high urgency hears`,
      });
  },
});
