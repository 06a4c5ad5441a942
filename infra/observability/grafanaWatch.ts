import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AlarmTopic } from "../alarms/alarms";
import { WorkOrderComponent } from "../shared/component";

export interface GrafanaWatchArgs {
  readonly namePrefix: string;
  /** The topic whose alarms wake somebody. */
  readonly pages: AlarmTopic;
  /** The topic of all other alarms. */
  readonly alarms: AlarmTopic;
  /** So long Grafana may ask nothing. */
  readonly silentMinutes: number;
}

/**
 * Who watches the watcher: neither alarm needs Grafana.
 *
 * Grafana asks CloudWatch every minute, for its rules. That it asks no more is seen by the service's own count of calls, which
 * is of the whole account: whoever else reads metrics there hides the silence.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Usage-Metrics.html
 */
export class GrafanaWatch extends WorkOrderComponent {
  constructor(name: string, args: GrafanaWatchArgs, opts?: pulumi.ComponentResourceOptions) {
    super("GrafanaWatch", name, ["B1.1"], opts);
    const { namePrefix, pages, alarms, silentMinutes } = args;
    const common = {
      statistic: "Sum",
      threshold: 1,
      alarmActions: [pages.topicArn],
      okActions: [pages.topicArn],
    };
    new aws.cloudwatch.MetricAlarm(
      `${name}-silent`,
      {
        ...common,
        name: `${namePrefix}-grafana-silent`,
        alarmDescription: `For ${silentMinutes} minutes nobody has asked CloudWatch for metrics: Grafana's alerts watch nothing. See whether Grafana runs, its data source, and the role ${namePrefix}-grafana-reader. Right after the first update nobody has asked yet.`,
        namespace: "AWS/Usage",
        metricName: "CallCount",
        dimensions: { Service: "CloudWatch", Type: "API", Resource: "GetMetricData", Class: "None" },
        period: 60,
        evaluationPeriods: silentMinutes,
        datapointsToAlarm: silentMinutes,
        comparisonOperator: "LessThanThreshold",
        // A minute without a call has no value at all.
        treatMissingData: "breaching",
      },
      { parent: this, dependsOn: pages.topic },
    );
    new aws.cloudwatch.MetricAlarm(
      `${name}-alarms-lost`,
      {
        ...common,
        name: `${namePrefix}-alarms-lost`,
        alarmDescription: `The pager did not take an alarm of ${namePrefix}-alarms. See in CloudWatch which alarms ring, and in PagerDuty whether the integration is there.`,
        namespace: "AWS/SNS",
        metricName: "NumberOfNotificationsFailed",
        dimensions: { TopicName: alarms.topicName },
        period: 300,
        evaluationPeriods: 1,
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        // Without a failure nothing is counted.
        treatMissingData: "notBreaching",
      },
      { parent: this, dependsOn: pages.topic },
    );
    this.registerOutputs({});
  }
}
