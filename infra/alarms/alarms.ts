import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { snsTopicArn, type AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";

export interface AlarmTopicArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  /** The key under which messages rest. */
  readonly keyArn: pulumi.Input<string>;
  /** Whose alarms: those that wait, or those that wake somebody. */
  readonly kind: keyof typeof publishers;
  /** The pager's address for alarms; whoever knows it can raise one, so it is a secret. */
  readonly pagerEndpoint: pulumi.Input<string>;
}

/** Who publishes to a topic, and the name of it. */
const publishers = {
  ticket: { suffix: "alarms", events: true },
  page: { suffix: "page-alarms", events: false },
} as const;

/**
 * Where alarms and events of this stack are announced, apart from Grafana: the pager listens. It takes alarms only: of an event
 * that EventBridge publishes it makes nothing, so that an alert counts those.
 *
 * What the pager does not take at once, the service sends again for an hour at most, and what it never took is gone: the alarm
 * itself stands in CloudWatch. https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
 */
export class AlarmTopic extends WorkOrderComponent {
  /** Built from the name, so that it is known at preview; depend on {@link topic} for the order. */
  readonly topicArn: string;
  readonly topicName: string;
  readonly topic: aws.sns.Topic;

  constructor(name: string, args: AlarmTopicArgs, opts?: pulumi.ComponentResourceOptions) {
    super("AlarmTopic", name, ["B5.1"], opts);
    const { suffix, events } = publishers[args.kind];
    this.topicName = `${args.namePrefix}-${suffix}`;
    this.topicArn = snsTopicArn(args.scope, this.topicName);
    this.topic = new aws.sns.Topic(
      `${name}-topic`,
      { name: this.topicName, kmsMasterKeyId: args.keyArn },
      { parent: this },
    );
    new aws.sns.TopicPolicy(
      `${name}-policy`,
      { arn: this.topic.arn, policy: JSON.stringify(topicPolicy(this.topicArn, args.scope, events)) },
      { parent: this },
    );
    new aws.sns.TopicSubscription(
      `${name}-pager`,
      {
        topic: this.topic.arn,
        protocol: "https",
        endpoint: pulumi.secret(args.pagerEndpoint),
        // PagerDuty confirms by itself, and reads the service's own envelope.
        endpointAutoConfirms: true,
        rawMessageDelivery: false,
        deliveryPolicy: JSON.stringify(patience),
      },
      { parent: this },
    );
    this.registerOutputs({ topicArn: this.topicArn });
  }
}

/** Ten more tries in about half an hour; the service allows an hour in all. */
const patience = {
  healthyRetryPolicy: {
    numRetries: 10,
    minDelayTarget: 5,
    maxDelayTarget: 300,
    backoffFunction: "exponential",
  },
};

function topicPolicy(topicArn: string, scope: AccountScope, events: boolean): object {
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
      ...(events ? [eventsPublish(topicArn)] : []),
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
