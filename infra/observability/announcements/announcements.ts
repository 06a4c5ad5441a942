import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { LambdaFunction } from "../../edge/lambdaFunction";
import { functionLogGroup, logGroupArn, type AccountScope } from "../../shared/arn";
import { WorkOrderComponent } from "../../shared/component";
import { FINISHED_ROTATION } from "./finishedRotation";

export interface AnnouncementsArgs {
  readonly scope: AccountScope;
  readonly announcer: LambdaFunction;
  /** The functions that rotate: a line of theirs says that a rotation is over. */
  readonly rotators: readonly LambdaFunction[];
  /** Of what is deployed, 64 hexadecimal digits: another one is another deployment. */
  readonly digest: string;
  /** What a deployment consists of: it is announced once these are done. */
  readonly deployed: readonly pulumi.Resource[];
}

/** A mark that comes an hour late tells nobody anything. */
const MAX_AGE_SECONDS = 3_600;
/** Only what reached nobody is thrown, so that a further call doubles nothing. */
const RETRIES = 2;

/** Tells pager and dashboards of each deployment and each rotation. */
export class Announcements extends WorkOrderComponent {
  constructor(name: string, args: AnnouncementsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Announcements", name, ["B1.1", "B7.5"], opts);
    const { announcer, digest, rotators, deployed } = args;
    if (!/^[0-9a-f]{64}$/.test(digest))
      throw new pulumi.RunError(
        `${name}: got another form of digest; allowed: 64 hexadecimal digits; fix: pass a SHA-256 of what is deployed`,
      );
    const onAlias = { parent: this, dependsOn: announcer.alias };
    new aws.lambda.FunctionEventInvokeConfig(
      `${name}-events`,
      {
        functionName: announcer.functionName,
        qualifier: announcer.aliasName,
        maximumEventAgeInSeconds: MAX_AGE_SECONDS,
        maximumRetryAttempts: RETRIES,
      },
      onAlias,
    );
    for (const rotator of rotators) this.subscribe(`${name}-${rotator.functionName}`, rotator, args);
    new aws.lambda.Invocation(
      `${name}-deployment`,
      {
        functionName: announcer.functionName,
        qualifier: announcer.aliasName,
        // Only when it is made or replaced: taking the stack down is nothing to announce.
        lifecycleScope: "CREATE_ONLY",
        input: JSON.stringify({ kind: "deployment", digest }),
        triggers: { digest },
      },
      { parent: this, dependsOn: [announcer.alias, ...deployed] },
    );
    this.registerOutputs({});
  }

  /** https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample */
  private subscribe(
    name: string,
    { functionName, logGroup }: LambdaFunction,
    { scope, announcer }: AnnouncementsArgs,
  ): void {
    const permission = new aws.lambda.Permission(
      `${name}-permission`,
      {
        action: "lambda:InvokeFunction",
        principal: "logs.amazonaws.com",
        function: announcer.functionName,
        qualifier: announcer.aliasName,
        sourceAccount: scope.accountId,
        sourceArn: `${logGroupArn(scope, functionLogGroup(functionName))}:*`,
      },
      { parent: this, dependsOn: announcer.alias },
    );
    new aws.cloudwatch.LogSubscriptionFilter(
      `${name}-rotations`,
      {
        name: "rotations",
        logGroup: functionLogGroup(functionName),
        filterPattern: FINISHED_ROTATION,
        destinationArn: announcer.aliasArn,
      },
      { parent: this, dependsOn: [permission, logGroup] },
    );
  }
}
