import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

export interface LogGroupArgs {
  /** The group's name in CloudWatch. */
  readonly logGroupName: pulumi.Input<string>;
  readonly retentionDays: number;
  readonly keyArn: pulumi.Input<string>;
}

/** Every log group of the program is made here: it ends on a day and rests under our key. */
export function createLogGroup(
  name: string,
  args: LogGroupArgs,
  parent: pulumi.Resource,
): aws.cloudwatch.LogGroup {
  return new aws.cloudwatch.LogGroup(
    name,
    { name: args.logGroupName, retentionInDays: args.retentionDays, kmsKeyId: args.keyArn },
    { parent },
  );
}
