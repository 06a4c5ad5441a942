import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { accountRootArn, logGroupArn, type AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";

export interface EncryptionArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
}

/** The customer-managed key under which logs and alarms rest. It rotates every 90 days. */
export class Encryption extends WorkOrderComponent {
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: EncryptionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Encryption", name, ["B6.1", "B8.3"], opts);
    const key = new aws.kms.Key(
      `${name}-key`,
      {
        description: "Fase B: log groups and alarm notifications",
        enableKeyRotation: true,
        // B6.1: keys rotate in 90 days or less, which is also the least that the service knows.
        rotationPeriodInDays: 90,
        deletionWindowInDays: 30,
        policy: JSON.stringify(keyPolicy(args)),
      },
      { parent: this },
    );
    new aws.kms.Alias(
      `${name}-alias`,
      { name: `alias/${args.namePrefix}-observability`, targetKeyId: key.keyId },
      { parent: this },
    );
    this.keyArn = key.arn;
    this.registerOutputs({ keyArn: this.keyArn });
  }
}

/** In a key's own policy `*` means this key: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html */
const THIS_KEY = "*";

const useKey = ["kms:Decrypt", "kms:GenerateDataKey*"];

function keyPolicy({ namePrefix, scope }: EncryptionArgs): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "AccountAdministersTheKeyThroughIam",
        Effect: "Allow",
        Principal: { AWS: accountRootArn(scope) },
        Action: "kms:*",
        Resource: THIS_KEY,
      },
      {
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
        Sid: "LogGroupsOfThisStack",
        Effect: "Allow",
        Principal: { Service: `logs.${scope.region}.amazonaws.com` },
        Action: ["kms:Encrypt", "kms:ReEncrypt*", "kms:Describe*", ...useKey],
        Resource: THIS_KEY,
        Condition: {
          ArnLike: {
            "kms:EncryptionContext:aws:logs:arn": [
              logGroupArn(scope, `/aws/*/${namePrefix}-*`),
              logGroupArn(scope, `aws-waf-logs-${namePrefix}*`),
              // The gateway names its execution logs after the API's generated id.
              logGroupArn(scope, "API-Gateway-Execution-Logs_*"),
              logGroupArn(scope, "/aws/apigateway/*"),
            ],
          },
        },
      },
      {
        Sid: "AlarmsNotifyThroughTheTopic",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: useKey,
        Resource: THIS_KEY,
        Condition: { StringEquals: { "aws:SourceAccount": scope.accountId } },
      },
      {
        // EventBridge names no source for an encrypted topic: a condition would shut it out without a word.
        // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        Sid: "EventsNotifyThroughTheTopic",
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: useKey,
        Resource: THIS_KEY,
      },
    ],
  };
}
