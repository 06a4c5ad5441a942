import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { createKey, THIS_KEY } from "../shared/key";
import { createPrivateBucket, type PrivateBucket } from "../shared/privateBucket";
import { createTopic } from "../shared/topic";
import { announcedPaths, announcementTemplate, putPattern } from "./announcement";
import { evidenceStatements, keyStatements } from "./bucketStatements";
import type { EvidenceSettings } from "./evidence.schema";
import { evidenceNames, evidenceRoles, type EvidenceNames } from "./evidenceNames";

export interface EvidenceStoreArgs {
  readonly namePrefix: string;
  readonly stack: string;
  readonly scope: AccountScope;
  readonly settings: EvidenceSettings;
  /** The key of alarms and events, under which announcements rest: they say names, which the channel says too. */
  readonly topicKeyArn: pulumi.Input<string>;
}

/**
 * Where evidence is kept so that nobody can alter it, and whence each piece is announced (B0.4); scans leave their reports beside it (B2.3).
 */
export class EvidenceStore extends WorkOrderComponent {
  readonly names: EvidenceNames;
  readonly keyArn: pulumi.Output<string>;
  /** Whoever puts something waits for these. */
  readonly resources: readonly pulumi.Resource[];

  constructor(name: string, args: EvidenceStoreArgs, opts?: pulumi.ComponentResourceOptions) {
    const { channel } = args.settings.chat;
    super("EvidenceStore", name, ["B0.4", "B2.3"], opts, { channel });
    this.names = evidenceNames(args.namePrefix, args.scope);
    const { key } = createKey(
      name,
      {
        description: "Fase B: evidence, and scans' reports",
        aliasName: this.names.keyAlias,
        scope: args.scope,
        statements: keyStatements(this.names, evidenceRoles(args.scope, args.settings), THIS_KEY),
      },
      this,
    );
    this.keyArn = key.arn;
    const { bucket, closedBy } = this.createBucket(name, args);
    this.createAnnouncements(name, bucket, args);
    this.resources = [bucket, ...closedBy];
    this.registerOutputs({ bucket: this.names.bucket, keyArn: this.keyArn });
  }

  private createBucket(name: string, { scope, settings }: EvidenceStoreArgs): PrivateBucket {
    const { lock } = settings;
    return createPrivateBucket(
      name,
      {
        bucketName: this.names.bucket,
        scope,
        lock,
        encryption: {
          // One call a file: each use of the key stands in the account's trail with the object's name.
          bucketKeyEnabled: false,
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: this.keyArn },
        },
        lifecycleRules: [
          {
            id: "unfinished",
            status: "Enabled",
            filter: {},
            // What is there stays; a version that something took the place of goes when its lock has ended, and not before.
            noncurrentVersionExpiration: { noncurrentDays: lock.days },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
        statements: evidenceStatements(this.names, evidenceRoles(scope, settings)),
      },
      this,
    );
  }

  private createAnnouncements(name: string, bucket: aws.s3.Bucket, args: EvidenceStoreArgs): void {
    const parent = { parent: this };
    const { chat } = args.settings;
    new aws.s3.BucketNotification(`${name}-events`, { bucket: bucket.bucket, eventbridge: true }, parent);
    const topic = createTopic(
      name,
      {
        topicName: this.names.topic,
        topicArn: this.names.topicArn,
        scope: args.scope,
        keyArn: args.topicKeyArn,
        publishers: { alarms: false, events: true },
      },
      this,
    );
    const rule = new aws.cloudwatch.EventRule(
      `${name}-put-rule`,
      {
        name: this.names.rule,
        description: "A piece of evidence was put",
        eventPattern: JSON.stringify(putPattern(this.names.bucket)),
      },
      parent,
    );
    new aws.cloudwatch.EventTarget(
      `${name}-put-target`,
      {
        rule: rule.name,
        targetId: "channel",
        arn: this.names.topicArn,
        inputTransformer: { inputPaths: announcedPaths, inputTemplate: announcementTemplate(args.stack) },
      },
      { ...parent, dependsOn: topic },
    );
    const role = new aws.iam.Role(
      `${name}-chat-role`,
      {
        name: this.names.chatRole,
        description: "Whoever writes commands in the channel: may do nothing",
        assumeRolePolicy: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: "chatbot.amazonaws.com" },
              Action: "sts:AssumeRole",
            },
          ],
        }),
      },
      parent,
    );
    new aws.chatbot.SlackChannelConfiguration(
      `${name}-channel`,
      {
        // The channel's name stands nowhere else: the service knows it by its id.
        configurationName: `${args.namePrefix}-${chat.channel.replace("#", "")}`,
        slackTeamId: chat.slackTeamId,
        slackChannelId: chat.slackChannelId,
        iamRoleArn: role.arn,
        snsTopicArns: [topic.arn],
        // Without one the service takes AdministratorAccess. What is announced needs no right.
        guardrailPolicyArns: [`arn:${args.scope.partition}:iam::aws:policy/AWSDenyAll`],
        userAuthorizationRequired: false,
        // Its own log would have no end and no masking; failed deliveries are the metric AWS/Chatbot MessageDeliveryFailure.
        loggingLevel: "NONE",
      },
      parent,
    );
  }
}
