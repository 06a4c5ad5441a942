import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AlarmTopic } from "../alarms/alarms";
import { WorkOrderComponent } from "../shared/component";
import type { CertificateSettings } from "./certificates.schema";

const DAY_SECONDS = 86_400;

/** What ACM says when a renewal needs a hand or came too late. https://docs.aws.amazon.com/acm/latest/userguide/supported-events.html */
const renewalTrouble = [
  "ACM Certificate Renewal Action Required",
  "ACM Certificate Approaching Expiration",
  "ACM Certificate Expired",
];

export interface CertificateWatchArgs {
  readonly namePrefix: string;
  readonly settings: CertificateSettings;
  readonly alarms: AlarmTopic;
  /** Every certificate that a domain uses, issued or existing, by the agent's id. */
  readonly certificateArns: readonly { readonly agentId: string; readonly arn: pulumi.Input<string> }[];
}

/** Says in time when a certificate ages without renewal, or its renewal fails. */
export class CertificateWatch extends WorkOrderComponent {
  constructor(name: string, args: CertificateWatchArgs, opts?: pulumi.ComponentResourceOptions) {
    super("CertificateWatch", name, ["B5.1", "B8.4"], opts);
    for (const { agentId, arn } of args.certificateArns) this.createAgeAlarm(name, agentId, arn, args);
    this.createRenewalRule(name, args);
    this.registerOutputs({});
  }

  private createAgeAlarm(
    name: string,
    agentId: string,
    certificateArn: pulumi.Input<string>,
    { namePrefix, settings, alarms }: CertificateWatchArgs,
  ): void {
    new aws.cloudwatch.MetricAlarm(
      `${name}-${agentId}`,
      {
        name: `${namePrefix}-certificate-${agentId}`,
        alarmDescription: `The certificate of ${agentId} has less than ${settings.alarmAtRemainingPercent} % of its life left: its renewal has failed.`,
        metricQueries: [
          {
            id: "days",
            metric: {
              namespace: "AWS/CertificateManager",
              metricName: "DaysToExpiry",
              dimensions: { CertificateArn: certificateArn },
              period: DAY_SECONDS,
              stat: "Minimum",
            },
            returnData: false,
          },
          {
            id: "remaining",
            label: "Remaining life in percent",
            // A share of the life, not days: the alarm keeps its meaning when lives shrink.
            expression: `100 * days / ${settings.lifetimeDays}`,
            returnData: true,
          },
        ],
        comparisonOperator: "LessThanThreshold",
        threshold: settings.alarmAtRemainingPercent,
        evaluationPeriods: 1,
        // A certificate of today has no data yet, which is no alarm; data that stop mean that nobody watches.
        treatMissingData: "missing",
        insufficientDataActions: [alarms.topicArn],
        alarmActions: [alarms.topicArn],
        okActions: [alarms.topicArn],
      },
      { parent: this, dependsOn: alarms.topic },
    );
  }

  private createRenewalRule(name: string, { namePrefix, alarms }: CertificateWatchArgs): void {
    const rule = new aws.cloudwatch.EventRule(
      `${name}-renewal-rule`,
      {
        name: `${namePrefix}-certificate-renewal`,
        description: "A certificate's renewal needs a hand or came too late",
        eventPattern: JSON.stringify({ source: ["aws.acm"], "detail-type": renewalTrouble }),
      },
      { parent: this },
    );
    new aws.cloudwatch.EventTarget(
      `${name}-renewal-target`,
      { rule: rule.name, targetId: "alarms", arn: alarms.topicArn },
      { parent: this, dependsOn: alarms.topic },
    );
  }
}
