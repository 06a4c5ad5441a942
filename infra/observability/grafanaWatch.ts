import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AlarmTopic } from "../alarms/alarms";
import { WorkOrderComponent } from "../shared/component";
import { runbookSection, type AlarmSection } from "./runbook";

export interface GrafanaWatchArgs {
  readonly namePrefix: string;
  /** The topic whose alarms wake somebody. */
  readonly pages: AlarmTopic;
  /** The topic of all other alarms. */
  readonly alarms: AlarmTopic;
  /** So long Grafana may ask nothing. */
  readonly silentMinutes: number;
  /** Where the runbook can be read. */
  readonly runbookUrl: string;
}

/**
 * Who watches the watcher: no alarm here needs Grafana. What one topic did not get rid of is said by the other.
 *
 * Grafana asks CloudWatch every minute, for its rules. That it asks no more is seen by the service's own count of calls, which
 * is of the whole account: whoever else reads metrics there hides the silence.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Usage-Metrics.html
 */
export class GrafanaWatch extends WorkOrderComponent {
  constructor(name: string, args: GrafanaWatchArgs, opts?: pulumi.ComponentResourceOptions) {
    super("GrafanaWatch", name, ["B1.1"], opts);
    const { namePrefix, pages, silentMinutes, runbookUrl } = args;
    new aws.cloudwatch.MetricAlarm(
      `${name}-silent`,
      {
        ...saidBy(pages),
        name: `${namePrefix}-grafana-silent`,
        alarmDescription: `For ${silentMinutes} minutes nobody has asked CloudWatch for metrics: Grafana's alerts watch nothing. See whether Grafana runs, its data source, and the role ${namePrefix}-grafana-reader. Right after the first update nobody has asked yet. Runbook: ${runbookSection(runbookUrl, "GrafanaSilent")}`,
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
    this.createLost(`${name}-alarms-lost`, args.alarms, pages, "AlarmsLost", args);
    this.createLost(`${name}-page-alarms-lost`, pages, args.alarms, "PageAlarmsLost", args);
    this.registerOutputs({});
  }

  /** The pager did not take what a topic sent. */
  private createLost(
    name: string,
    lost: AlarmTopic,
    by: AlarmTopic,
    section: AlarmSection,
    { runbookUrl }: GrafanaWatchArgs,
  ): void {
    new aws.cloudwatch.MetricAlarm(
      name,
      {
        ...saidBy(by),
        name: `${lost.topicName}-lost`,
        alarmDescription: `The pager did not take an alarm of ${lost.topicName}. See in CloudWatch which alarms ring, and in PagerDuty whether the integration is there. Runbook: ${runbookSection(runbookUrl, section)}`,
        namespace: "AWS/SNS",
        metricName: "NumberOfNotificationsFailed",
        dimensions: { TopicName: lost.topicName },
        period: 300,
        evaluationPeriods: 1,
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        // Without a failure nothing is counted.
        treatMissingData: "notBreaching",
      },
      { parent: this, dependsOn: by.topic },
    );
  }
}

const saidBy = ({ topicArn }: AlarmTopic) => ({
  statistic: "Sum",
  threshold: 1,
  alarmActions: [topicArn],
  okActions: [topicArn],
});
