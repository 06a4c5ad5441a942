import * as pulumi from "@pulumi/pulumi";
import { logGroupArn, type AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { createKey, THIS_KEY } from "../shared/key";

export interface EncryptionArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
}

/** The customer-managed key under which logs and alarms rest. It rotates every 90 days. */
export class Encryption extends WorkOrderComponent {
  readonly keyArn: pulumi.Output<string>;

  constructor(name: string, args: EncryptionArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Encryption", name, ["B6.1", "B8.3"], opts);
    const { key } = createKey(
      name,
      {
        description: "Fase B: log groups and alarm notifications",
        aliasName: `alias/${args.namePrefix}-observability`,
        scope: args.scope,
        statements: serviceStatements(args),
      },
      this,
    );
    this.keyArn = key.arn;
    this.registerOutputs({ keyArn: this.keyArn });
  }
}

const useKey = ["kms:Decrypt", "kms:GenerateDataKey*"];

const serviceStatements = ({ namePrefix, scope }: EncryptionArgs): readonly object[] => [
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
];
