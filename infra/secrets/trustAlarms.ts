import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AlarmTopic } from "../alarms/alarms";
import type { LambdaFunction } from "../edge/lambdaFunction";
import { authorityRoles } from "../functions/log/fields";
import { metricNamespace, type MetricName } from "../functions/log/metrics";
import { trustAlarms, type TrustAlarm } from "../functions/trust-watch/alarms";
import type { WatchedSecret } from "../functions/trust-watch/configuration";
import type { TrustThresholds } from "../functions/trust-watch/trustThresholds.schema";
import { functionLogGroup } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { createScheduledCall } from "./scheduledCall";

const HOUR_SECONDS = 3_600;

export interface TrustAlarmsArgs {
  readonly namePrefix: string;
  readonly alarms: AlarmTopic;
  readonly watch: LambdaFunction;
  readonly everyHours: number;
  readonly thresholds: TrustThresholds;
  readonly clientIds: readonly string[];
  readonly secrets: readonly WatchedSecret[];
  /** The functions whose failure is one of a rotation. */
  readonly rotators: readonly LambdaFunction[];
}

/** The value of a metric's own dimension, with the name under which an alarm of it goes. */
interface Subject {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly suffix: string;
  readonly what: string;
}

const says: Partial<Record<MetricName, string>> = {
  CertificateLife: "nears its end, or was never issued: npm run client -- renew, or enroll where it has none",
  AuthorityLife: "nears its end: introduce the next generation (trust.generations)",
  StageCertificateLife: "nears its end: its rotation has failed",
  SecretAge: "is old, and must be changed before 90 days",
  RotationOverdue: "was not rotated when it was due; the current version works on",
  RotationFailed: "has a rotation that is stuck; the current version works on",
};

/** Pages before anything ends or grows old, and when the watch itself sees nothing (B5.2, B6.1). */
export class TrustAlarms extends WorkOrderComponent {
  constructor(name: string, args: TrustAlarmsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("TrustAlarms", name, ["B5.2", "B6.1", "B8.4"], opts);
    createScheduledCall(
      name,
      {
        namePrefix: args.namePrefix,
        alarms: args.alarms,
        of: args.watch,
        schedule: rateOfHours(args.everyHours),
      },
      this,
    );
    for (const alarm of trustAlarms(args.thresholds)) {
      for (const subject of subjectsOf(alarm.metric, args)) this.createAlarm(name, alarm, subject, args);
    }
    this.createBlindAlarms(name, args);
    for (const rotator of args.rotators) this.createFailureAlarm(name, rotator, args);
    this.registerOutputs({});
  }

  private createAlarm(
    name: string,
    { metric, comparison, threshold }: TrustAlarm,
    { dimensions, suffix, what }: Subject,
    { namePrefix, alarms, everyHours }: TrustAlarmsArgs,
  ): void {
    const called = `${kebab(metric)}${suffix}`;
    new aws.cloudwatch.MetricAlarm(
      `${name}-${called}`,
      {
        name: `${namePrefix}-${called}`,
        alarmDescription: `${what} ${says[metric] ?? metric}.`,
        namespace: metricNamespace(namePrefix),
        metricName: metric,
        dimensions: { functionName: "trust-watch", ...dimensions },
        // Two looks: a single one that failed is tried again before anybody is woken.
        period: everyHours * HOUR_SECONDS,
        evaluationPeriods: 2,
        datapointsToAlarm: 2,
        statistic: comparison === "at most" ? "Minimum" : "Maximum",
        comparisonOperator:
          comparison === "at most" ? "LessThanOrEqualToThreshold" : "GreaterThanOrEqualToThreshold",
        threshold,
        // What could not be looked at is a fault, and a watch that does not run has an alarm of its own.
        treatMissingData: "notBreaching",
        alarmActions: [alarms.topicArn],
        okActions: [alarms.topicArn],
      },
      { parent: this, dependsOn: alarms.topic },
    );
  }

  /** Without these two the others say nothing: something could not be looked at, or nobody looked. */
  private createBlindAlarms(name: string, { namePrefix, alarms, everyHours, watch }: TrustAlarmsArgs): void {
    const common = {
      period: everyHours * HOUR_SECONDS,
      evaluationPeriods: 2,
      datapointsToAlarm: 2,
      statistic: "Sum",
      threshold: 1,
      alarmActions: [alarms.topicArn],
      okActions: [alarms.topicArn],
    };
    const opts = { parent: this, dependsOn: alarms.topic };
    new aws.cloudwatch.MetricAlarm(
      `${name}-faults`,
      {
        ...common,
        name: `${namePrefix}-trust-watch-faults`,
        alarmDescription: `trust-watch could not look at a certificate or a secret, so what is left of it is unknown: see ${functionLogGroup(watch.functionName)}.`,
        namespace: metricNamespace(namePrefix),
        metricName: "Faults",
        dimensions: { functionName: "trust-watch" },
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        // Without a fault nothing is counted.
        treatMissingData: "notBreaching",
      },
      opts,
    );
    new aws.cloudwatch.MetricAlarm(
      `${name}-silent`,
      {
        ...common,
        name: `${namePrefix}-trust-watch-silent`,
        alarmDescription: `trust-watch has not run for two turns: nobody watches what ends or grows old. See its schedule and its errors. Right after the first update it has not had its turn.`,
        namespace: "AWS/Lambda",
        metricName: "Invocations",
        dimensions: { FunctionName: watch.functionName },
        comparisonOperator: "LessThanThreshold",
        treatMissingData: "breaching",
      },
      opts,
    );
  }

  private createFailureAlarm(
    name: string,
    { functionName }: LambdaFunction,
    { alarms }: TrustAlarmsArgs,
  ): void {
    new aws.cloudwatch.MetricAlarm(
      `${name}-${functionName}-failed`,
      {
        name: `${functionName}-failed`,
        alarmDescription: `${functionName} has failed; what is in force works on. See ${functionLogGroup(functionName)} for the step; after mending, ${isScheduled(functionName) ? "its schedule calls it again" : "aws secretsmanager rotate-secret begins anew"}.`,
        namespace: "AWS/Lambda",
        metricName: "Errors",
        dimensions: { FunctionName: functionName },
        period: 300,
        evaluationPeriods: 1,
        statistic: "Sum",
        comparisonOperator: "GreaterThanOrEqualToThreshold",
        threshold: 1,
        // It runs seldom, and says nothing in between.
        treatMissingData: "notBreaching",
        alarmActions: [alarms.topicArn],
        // No all-clear: minutes without an error mend nothing.
      },
      { parent: this, dependsOn: alarms.topic },
    );
  }
}

function subjectsOf(
  metric: MetricName,
  { clientIds, secrets, namePrefix }: TrustAlarmsArgs,
): readonly Subject[] {
  switch (metric) {
    case "CertificateLife":
      return clientIds.map((clientId) => ({
        dimensions: { clientId },
        suffix: `-${clientId}`,
        what: `The certificate of ${clientId}`,
      }));
    case "AuthorityLife":
      return authorityRoles.map((authority) => ({
        dimensions: { authority },
        suffix: `-${authority}`,
        what: `The ${authority} that ends first`,
      }));
    case "StageCertificateLife":
      return [{ dimensions: {}, suffix: "", what: "The stage's client certificate" }];
    default:
      return secrets
        .filter(({ rotationMs }) => metric === "SecretAge" || rotationMs !== undefined)
        .map(({ name }) => ({
          dimensions: { secret: name },
          suffix: `-${name.slice(namePrefix.length + 1).replaceAll("/", "-")}`,
          what: `The secret ${name}`,
        }));
  }
}

/** Not called by Secrets Manager. */
const isScheduled = (functionName: string): boolean =>
  /-(trust-watch|rotate-stage-certificate)$/.test(functionName);

const kebab = (metric: string): string => metric.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase();

/** EventBridge wants the singular for one. */
const rateOfHours = (hours: number): string => `rate(${hours} ${hours === 1 ? "hour" : "hours"})`;
