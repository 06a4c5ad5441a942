import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { snsTopicArn, type AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";

export interface AlarmTopicArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  /** The key under which messages rest. */
  readonly keyArn: pulumi.Input<string>;
}

/** Where alarms and events of this stack are announced. */
export class AlarmTopic extends WorkOrderComponent {
  /** Built from the name, so that it is known at preview; depend on {@link topic} for the order. */
  readonly topicArn: string;
  readonly topic: aws.sns.Topic;

  constructor(name: string, args: AlarmTopicArgs, opts?: pulumi.ComponentResourceOptions) {
    super("AlarmTopic", name, ["B5.1"], opts);
    const topicName = `${args.namePrefix}-alarms`;
    this.topicArn = snsTopicArn(args.scope, topicName);
    this.topic = new aws.sns.Topic(
      `${name}-topic`,
      { name: topicName, kmsMasterKeyId: args.keyArn },
      { parent: this },
    );
    new aws.sns.TopicPolicy(
      `${name}-policy`,
      { arn: this.topic.arn, policy: JSON.stringify(topicPolicy(this.topicArn, args.scope)) },
      { parent: this },
    );
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

function topicPolicy(topicArn: string, scope: AccountScope): object {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "AlarmsOfThisAccountPublish",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: topicArn,
        Condition: { StringEquals: { "aws:SourceAccount": scope.accountId } },
      },
      {
        // EventBridge names no source for an encrypted topic, so a condition would shut it out without a word. What it
        // leaves open is that another account's rule sends noise to the topic.
        // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        Sid: "EventsPublish",
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sns:Publish",
        Resource: topicArn,
      },
      {
        Sid: "NothingUnencryptedIsPublished",
        Effect: "Deny",
        Principal: "*",
        Action: "sns:Publish",
        Resource: topicArn,
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      },
    ],
  };
}
