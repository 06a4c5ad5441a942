/** Where evidence is kept and announced, written by hand from the work order. */
import { types } from "../lib/types";
import { unknownValue } from "./harness";
import { declareBucket } from "./staging";
import { boundaryOf, type TestStack } from "./stack";

const account = "123456789012";
const json = (value: unknown): string => JSON.stringify(value);
const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
const bucketName = "evidence";
const bucketArn = `arn:aws:s3:::${bucketName}`;
const topicName = "evidence";
const topicArn = `arn:aws:sns:eu-west-1:${account}:${topicName}`;

const deny = (what: object) => ({ Effect: "Deny", Principal: "*", ...what });
const but = (...roles: readonly string[]) => ({ StringNotEquals: { "aws:PrincipalArn": roles } });

/** In this order, which cases name by index; the refusal of plain text stands before them. */
function statements(): readonly object[] {
  const put = { Action: "s3:PutObject" };
  const evidence = `${bucketArn}/evidence/*`;
  const scans = `${bucketArn}/scans/*`;
  const all = `${bucketArn}/*`;
  return [
    deny({ ...put, Resource: evidence, Condition: but(role("collector")) }),
    deny({ ...put, Resource: scans, Condition: but(role("scan-results")) }),
    deny({ ...put, NotResource: [evidence, scans] }),
    deny({ ...put, Resource: evidence, Condition: { Null: { "s3:if-none-match": "true" } } }),
    deny({
      ...put,
      Resource: evidence,
      Condition: {
        StringEquals: {
          "s3:x-amz-content-sha256": ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"],
        },
      },
    }),
    deny({ ...put, Resource: all, Condition: { Null: { "s3:x-amz-server-side-encryption": "false" } } }),
    deny({
      ...put,
      Resource: all,
      Condition: { Null: { "s3:x-amz-server-side-encryption-customer-algorithm": "false" } },
    }),
    deny({
      Action: ["s3:GetObject", "s3:GetObjectVersion"],
      Resource: all,
      Condition: but(role("collector"), role("auditor")),
    }),
    deny({
      Action: [
        "s3:BypassGovernanceRetention",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:PutObjectLegalHold",
        "s3:PutObjectRetention",
        "s3:ReplicateDelete",
        "s3:ReplicateObject",
      ],
      Resource: all,
    }),
    deny({ Action: "s3:DeleteBucket", Resource: bucketArn }),
  ];
}

export function declareEvidence(stack: TestStack): void {
  const store = stack.add(types.evidenceStore, "evidence", { clauses: ["B0.4"], channel: "#api-sec-audit" });
  const key = stack.add(types.key, "evidence-key", {
    enableKeyRotation: true,
    rotationPeriodInDays: 90,
    deletionWindowInDays: 30,
    policy: json({
      Statement: [
        {
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: "kms:*",
          Resource: "*",
        },
        deny({ Action: ["kms:DisableKey", "kms:ScheduleKeyDeletion"], Resource: "*" }),
        deny({
          Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
          Resource: "*",
          Condition: but(role("collector"), role("auditor"), role("scan-results")),
        }),
      ],
    }),
  });
  stack
    .add(types.keyAlias, "evidence-alias", { name: "alias/evidence", targetKeyId: unknownValue })
    .from("targetKeyId", key);
  const bucket = declareBucket(
    stack,
    bucketName,
    "evidence-",
    {
      encryption: { sseAlgorithm: "aws:kms", kmsMasterKeyId: unknownValue },
      lifecycle: [
        {
          id: "unfinished",
          status: "Enabled",
          noncurrentVersionExpiration: { noncurrentDays: 400 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
        },
      ],
    },
    store,
  )
    .set("objectLockEnabled", true)
    .protect();
  stack.get(types.bucketEncryption, "evidence-bucket-encryption").from("rules", key);
  stack.get(types.bucketPolicy, "evidence-bucket-policy").json("policy", (policy) => {
    (policy.Statement as object[]).push(...statements());
  });
  stack
    .add(types.bucketLock, "evidence-lock", {
      bucket: unknownValue,
      objectLockEnabled: "Enabled",
      rule: { defaultRetention: { mode: "COMPLIANCE", days: 400 } },
    })
    .from("bucket", bucket);
  stack
    .add(types.bucketNotification, "evidence-events", { bucket: unknownValue, eventbridge: true })
    .from("bucket", bucket);
  const topic = stack
    .add(types.topic, "evidence-topic", { name: topicName, kmsMasterKeyId: unknownValue })
    .from("kmsMasterKeyId", stack.get(types.key, "key"));
  stack
    .add(types.topicPolicy, "evidence-topic-policy", {
      arn: unknownValue,
      policy: json({
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "events.amazonaws.com" },
            Action: "sns:Publish",
            Resource: topicArn,
          },
          deny({
            Action: "sns:Publish",
            Resource: topicArn,
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          }),
        ],
      }),
    })
    .from("arn", topic);
  const rule = stack.add(types.eventRule, "evidence-rule", {
    name: "evidence-put",
    eventPattern: json({
      source: ["aws.s3"],
      "detail-type": ["Object Created"],
      detail: { bucket: { name: [bucketName] }, object: { key: [{ prefix: "evidence/" }] } },
    }),
  });
  stack
    .add(types.eventTarget, "evidence-target", {
      rule: "evidence-put",
      arn: topicArn,
      inputTransformer: {
        inputPaths: { key: "$.detail.object.key" },
        inputTemplate: json({
          version: "1.0",
          source: "custom",
          content: { title: "Kept", description: "<key>" },
        }),
      },
    })
    .from("rule", rule)
    .after(topic);
  const chatRole = stack.add(types.role, "evidence-chat-role", {
    name: "evidence-chat",
    permissionsBoundary: boundaryOf(account),
    assumeRolePolicy: json({
      Statement: [
        { Effect: "Allow", Principal: { Service: "chatbot.amazonaws.com" }, Action: "sts:AssumeRole" },
      ],
    }),
  });
  stack
    .add(types.chatChannel, "evidence-channel", {
      configurationName: "fase-b-api-sec-audit",
      slackTeamId: "T00000000",
      slackChannelId: "C00000000",
      iamRoleArn: unknownValue,
      snsTopicArns: [unknownValue],
      guardrailPolicyArns: ["arn:aws:iam::aws:policy/AWSDenyAll"],
      userAuthorizationRequired: false,
    })
    .from("iamRoleArn", chatRole)
    .from("snsTopicArns", topic);
}
