import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AlarmTopic } from "../alarms/alarms";
import type { LambdaFunction } from "../edge/lambdaFunction";

export interface ScheduledCallArgs {
  readonly namePrefix: string;
  /** Where it is said that a call could not be made. */
  readonly alarms: AlarmTopic;
  readonly of: LambdaFunction;
  /** `rate(6 hours)` */
  readonly schedule: string;
  /** What the function is called with. @default an empty object */
  readonly input?: Readonly<Record<string, string>>;
}

/** Calls a function again and again. A call that fails is tried twice more by Lambda itself. */
export function createScheduledCall(
  name: string,
  { namePrefix, of, schedule, alarms, input = {} }: ScheduledCallArgs,
  parent: pulumi.Resource,
): void {
  const rule = new aws.cloudwatch.EventRule(
    `${name}-schedule`,
    {
      name: `${namePrefix}-${name}`,
      description: `Calls ${of.functionName}: ${schedule}`,
      scheduleExpression: schedule,
    },
    { parent },
  );
  const allowed = new aws.lambda.Permission(
    `${name}-schedule-permission`,
    {
      action: "lambda:InvokeFunction",
      principal: "events.amazonaws.com",
      function: of.functionName,
      qualifier: of.aliasName,
      sourceArn: rule.arn,
    },
    { parent, dependsOn: of.alias },
  );
  new aws.cloudwatch.EventTarget(
    `${name}-schedule-target`,
    { rule: rule.name, targetId: of.aliasName, arn: of.aliasArn, input: JSON.stringify(input) },
    { parent, dependsOn: allowed },
  );
  new aws.cloudwatch.MetricAlarm(
    `${name}-schedule-failed`,
    {
      name: `${namePrefix}-${name}-schedule-failed`,
      alarmDescription: `The schedule ${namePrefix}-${name} could not call ${of.functionName}: see the function's permission and concurrency.`,
      namespace: "AWS/Events",
      metricName: "FailedInvocations",
      dimensions: { RuleName: `${namePrefix}-${name}` },
      period: 3_600,
      evaluationPeriods: 1,
      statistic: "Sum",
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      threshold: 1,
      // Counted only where one failed.
      treatMissingData: "notBreaching",
      alarmActions: [alarms.topicArn],
    },
    { parent, dependsOn: alarms.topic },
  );
}
