import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AccountScope } from "./arn";

export interface TopicArgs {
  /** The topic's name in SNS. */
  readonly topicName: string;
  readonly topicArn: string;
  readonly scope: AccountScope;
  /** The key under which messages rest. */
  readonly keyArn: pulumi.Input<string>;
  /** Who publishes. */
  readonly publishers: { readonly alarms: boolean; readonly events: boolean };
}

/** Every topic of the program is made here: encrypted, published to by named services, over TLS only. */
export function createTopic(name: string, args: TopicArgs, parent: pulumi.Resource): aws.sns.Topic {
  const topic = new aws.sns.Topic(
    `${name}-topic`,
    { name: args.topicName, kmsMasterKeyId: args.keyArn },
    { parent },
  );
  new aws.sns.TopicPolicy(
    `${name}-policy`,
    { arn: topic.arn, policy: JSON.stringify(topicPolicy(args)) },
    { parent },
  );
  return topic;
}

function topicPolicy({ topicArn, scope, publishers }: TopicArgs): object {
  return {
    Version: "2012-10-17",
    Statement: [
      ...(publishers.alarms ? [alarmsPublish(topicArn, scope)] : []),
      ...(publishers.events ? [eventsPublish(topicArn)] : []),
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

const alarmsPublish = (topicArn: string, scope: AccountScope): object => ({
  Sid: "AlarmsOfThisAccountPublish",
  Effect: "Allow",
  Principal: { Service: "cloudwatch.amazonaws.com" },
  Action: "sns:Publish",
  Resource: topicArn,
  Condition: { StringEquals: { "aws:SourceAccount": scope.accountId } },
});

const eventsPublish = (topicArn: string): object => ({
  // EventBridge names no source for an encrypted topic, so a condition would shut it out without a word. What it
  // leaves open is that another account's rule sends noise to the topic.
  // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  Sid: "EventsPublish",
  Effect: "Allow",
  Principal: { Service: "events.amazonaws.com" },
  Action: "sns:Publish",
  Resource: topicArn,
});
