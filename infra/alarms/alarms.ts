import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { snsTopicArn, type AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { createTopic } from "../shared/topic";

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
    this.topic = createTopic(
      name,
      {
        topicName: this.topicName,
        topicArn: this.topicArn,
        scope: args.scope,
        keyArn: args.keyArn,
        publishers: { alarms: true, events },
      },
      this,
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
