import { types } from "../../lib/types";
import { unknownValue } from "../harness";
import { boundaryOf, type TestResource, type TestStack } from "../stack";
import type { CaseBook } from "./case";

type Statement = Record<string, unknown>;

const statement = (
  resource: TestResource,
  property: string,
  at: number,
  change: (statement: Statement) => void,
) =>
  resource.json(property, (document) => {
    const found = (document.Statement as Statement[])[at];
    if (found) change(found);
  });

const edge = (stack: TestStack): TestResource => stack.get(types.function, "edge");
const rights = (stack: TestStack, at: number, change: (statement: Statement) => void) =>
  statement(stack.get(types.rolePolicy, "edge-rights"), "policy", at, change);

const account = "123456789012";
const bounded = (stack: TestStack, boundary: string | undefined) =>
  stack.get(types.role, "edge-role").set("permissionsBoundary", boundary);
const ofAccount = (stack: TestStack, id: string) =>
  stack.get(types.provider).set("allowedAccountIds", JSON.stringify([id]));

export const baseline: CaseBook = {
  "function-requires-supported-runtime": {
    violations: [
      {
        when: "a runtime is an older one",
        change: (stack) => edge(stack).set("runtime", "nodejs18.x"),
        says: /runtime "nodejs18\.x"/,
      },
      {
        when: "no version is published",
        change: (stack) => edge(stack).set("publish", undefined),
        says: /publish nothing/,
      },
      {
        when: "a layer brings foreign code",
        change: (stack) => edge(stack).set("layers", ["arn:aws:lambda:eu-west-1:123456789012:layer:x:1"]),
        says: /layers \["arn/,
      },
      {
        when: "the name is left to the engine",
        change: (stack) => edge(stack).set("name", undefined),
        says: /name nothing/,
      },
    ],
    nearMisses: [{ when: "the list of layers is empty", change: (stack) => edge(stack).set("layers", []) }],
  },
  "function-permission-requires-source": {
    violations: [
      {
        when: "any API may invoke",
        change: (stack) => stack.get(types.functionPermission, "edge-permission").set("sourceArn", undefined),
        says: /sourceArn not set/,
      },
      {
        when: "everybody may invoke",
        change: (stack) => stack.get(types.functionPermission, "edge-permission").set("principal", "*"),
        says: /principal "\*"/,
      },
      {
        when: "the unpublished version may be invoked",
        change: (stack) => stack.get(types.functionPermission, "edge-permission").set("qualifier", undefined),
        says: /qualifier nothing/,
      },
    ],
    nearMisses: [
      {
        when: "the account stands in the source's ARN only",
        change: (stack) =>
          stack.get(types.functionPermission, "edge-permission").set("sourceAccount", undefined),
      },
      {
        when: "the source is known",
        change: (stack) =>
          stack
            .get(types.functionPermission, "edge-permission")
            .set("sourceArn", "arn:aws:execute-api:eu-west-1:123456789012:abc/*/POST/*"),
      },
    ],
  },
  "role-requires-known-trust": {
    violations: [
      {
        when: "everybody is trusted",
        change: (stack) =>
          statement(stack.get(types.role, "edge-role"), "assumeRolePolicy", 0, (one) => {
            one.Principal = "*";
          }),
        says: /trust in \*/,
      },
      {
        when: "an account is trusted beside the service",
        change: (stack) =>
          statement(stack.get(types.role, "edge-role"), "assumeRolePolicy", 0, (one) => {
            one.Principal = { Service: "lambda.amazonaws.com", AWS: "arn:aws:iam::210987654321:root" };
          }),
        says: /trust in Service:lambda\.amazonaws\.com and AWS:/,
      },
      {
        when: "a managed policy is attached",
        change: (stack) =>
          stack
            .get(types.role, "edge-role")
            .set("managedPolicyArns", ["arn:aws:iam::aws:policy/AdministratorAccess"]),
        says: /managed or inline policies/,
      },
    ],
    nearMisses: [
      {
        when: "the service is written as a list",
        change: (stack) =>
          statement(stack.get(types.role, "edge-role"), "assumeRolePolicy", 0, (one) => {
            one.Principal = { Service: ["lambda.amazonaws.com"] };
          }),
      },
    ],
  },
  "role-requires-boundary": {
    violations: [
      {
        when: "a role has no boundary",
        change: (stack) => bounded(stack, undefined),
        says: /'edge-role': got permissionsBoundary nothing; expected arn:aws:iam::123456789012:policy\/fase-b-account-boundary\. /,
      },
      {
        when: "the boundary is empty",
        change: (stack) => bounded(stack, ""),
        says: /permissionsBoundary ""/,
      },
      {
        when: "the boundary is another account's",
        change: (stack) => bounded(stack, boundaryOf("210987654321")),
        says: /permissionsBoundary "arn:aws:iam::210987654321:/,
      },
      {
        when: "the boundary is a policy of AWS that allows everything",
        change: (stack) => bounded(stack, "arn:aws:iam::aws:policy/AdministratorAccess"),
        says: /AdministratorAccess"/,
      },
      {
        when: "the boundary is a policy of AWS of the same name",
        change: (stack) => bounded(stack, boundaryOf("aws")),
        says: /permissionsBoundary "arn:aws:iam::aws:/,
      },
      {
        when: "the boundary is any",
        change: (stack) => bounded(stack, "*"),
        says: /permissionsBoundary "\*"/,
      },
      {
        when: "the boundary's name goes on",
        change: (stack) => bounded(stack, `${boundaryOf(account)}-of-another`),
        says: /boundary-of-another"/,
      },
      {
        when: "the boundary is one of that name under a path",
        change: (stack) => bounded(stack, boundaryOf(account).replace("policy/", "policy/fase-b-staging/")),
        says: /policy\/fase-b-staging\//,
      },
      {
        when: "the boundary is known after the update only",
        change: (stack) => bounded(stack, unknownValue),
        says: /unknown at preview/,
      },
      {
        when: "the provider is bound to another account than the boundary",
        change: (stack) => ofAccount(stack, "210987654321"),
        says: /expected arn:aws:iam::210987654321:policy/,
      },
      {
        when: "the role that readers assume has no boundary",
        change: (stack) => stack.get(types.role, "reader-role").set("permissionsBoundary", undefined),
        says: /'reader-role': got permissionsBoundary nothing/,
      },
    ],
    nearMisses: [
      {
        when: "provider and boundaries are of another account alike",
        change: (stack) => {
          ofAccount(stack, "210987654321");
          for (const role of stack.ofType(types.role))
            role.set("permissionsBoundary", boundaryOf("210987654321"));
        },
      },
      {
        when: "a bounded role is used by nobody",
        change: (stack) => {
          const spare = { name: "spare", permissionsBoundary: boundaryOf(account) };
          stack.add(types.role, "spare", spare).provider = stack.get(types.role, "edge-role").provider;
        },
      },
    ],
  },
  "role-policy-forbids-wildcards": {
    violations: [
      {
        when: "all actions of a service are allowed",
        change: (stack) =>
          rights(stack, 0, (one) => {
            one.Action = "logs:*";
          }),
        says: /actions logs:\*/,
      },
      {
        when: "an action is allowed everywhere",
        change: (stack) =>
          rights(stack, 0, (one) => {
            one.Resource = "*";
          }),
        says: /logs:CreateLogStream and logs:PutLogEvents on \*/,
      },
      {
        when: "an action hides among those that take no resource",
        change: (stack) =>
          rights(stack, 1, (one) => {
            one.Action = ["xray:PutTraceSegments", "s3:GetObject"];
          }),
        says: /s3:GetObject on \*/,
      },
      {
        when: "all but one action is allowed",
        change: (stack) =>
          rights(stack, 0, (one) => {
            one.NotAction = "iam:CreateUser";
          }),
        says: /NotAction or NotResource/,
      },
      {
        when: "any key of the account may be used",
        change: (stack) =>
          statement(stack.get(types.rolePolicy, "edge-data"), "policy", 2, (one) => {
            delete one.Condition;
          }),
        says: /kms:Decrypt on arn:aws:kms:eu-west-1:123456789012:key\/\*/,
      },
      {
        when: "what a key's alias excuses is done to tables",
        change: (stack) =>
          statement(stack.get(types.rolePolicy, "edge-data"), "policy", 2, (one) => {
            Object.assign(one, {
              Action: ["kms:Decrypt", "dynamodb:PutItem"],
              Resource: "arn:aws:dynamodb:eu-west-1:123456789012:table/*",
            });
          }),
        says: /dynamodb:PutItem on arn:aws:dynamodb/,
      },
      ...[
        "*/*/POST/@connections/*",
        "*/v1*/POST/@connections/*",
        "*/voice/*/@connections/*",
        "*/voice/GET/@connections/*",
        "*/voice/POST/*",
        "*/voice/*",
        "*",
      ].map((path) => ({
        when: `connections are reached on ${path}`,
        change: (stack: TestStack) =>
          statement(stack.get(types.rolePolicy, "voice-data"), "policy", 0, (one) => {
            one.Resource = `arn:aws:execute-api:eu-west-1:123456789012:${path}`;
          }),
        says: /execute-api:ManageConnections on arn:aws:execute-api/,
      })),
      {
        when: "another action uses the form that connections have",
        change: (stack) =>
          statement(stack.get(types.rolePolicy, "voice-data"), "policy", 0, (one) => {
            one.Action = ["execute-api:ManageConnections", "execute-api:Invoke"];
          }),
        says: /execute-api:Invoke on arn:aws:execute-api/,
      },
      {
        when: "connections are another account's",
        change: (stack) =>
          statement(stack.get(types.rolePolicy, "voice-data"), "policy", 0, (one) => {
            one.Resource = "arn:aws:execute-api:eu-west-1:210987654321:*/voice/POST/@connections/*";
          }),
        says: /execute-api:ManageConnections on arn:aws:execute-api/,
      },
      {
        when: "the document is no JSON",
        change: (stack) => stack.get(types.rolePolicy, "edge-rights").set("policy", "{"),
        says: /an IAM document in JSON/,
      },
    ],
    nearMisses: [
      {
        when: "everything is denied",
        change: (stack) =>
          rights(stack, 0, (one) => {
            Object.assign(one, { Effect: "Deny", Action: "*", Resource: "*" });
          }),
      },
      {
        when: "the stage of the connections has another whole name",
        change: (stack) =>
          statement(stack.get(types.rolePolicy, "voice-data"), "policy", 0, (one) => {
            one.Resource = "arn:aws:execute-api:eu-west-1:123456789012:*/fase-b_voice/POST/@connections/*";
          }),
      },
    ],
  },
  "key-requires-rotation": {
    violations: [
      {
        when: "a key does not rotate",
        change: (stack) => stack.get(types.key, "key").set("enableKeyRotation", undefined),
        says: /enableKeyRotation nothing/,
      },
      {
        when: "a key is lost in a week",
        change: (stack) => stack.get(types.key, "key").set("deletionWindowInDays", 7),
        says: /deletionWindowInDays 7/,
      },
      {
        when: "everybody may use the key",
        change: (stack) =>
          statement(stack.get(types.key, "key"), "policy", 1, (one) => {
            one.Principal = { AWS: "*" };
          }),
        says: /a statement for \*/,
      },
      {
        when: "a service may use the key for another account",
        change: (stack) =>
          statement(stack.get(types.key, "key"), "policy", 1, (one) => {
            delete one.Condition;
          }),
        says: /Service:cloudwatch\.amazonaws\.com from anywhere/,
      },
    ],
    nearMisses: [
      {
        when: "EventBridge, which names no source, uses the key alone",
        change: (stack) =>
          statement(stack.get(types.key, "key"), "policy", 1, (one) => {
            one.Principal = { Service: "events.amazonaws.com" };
            one.Action = ["kms:Decrypt", "kms:GenerateDataKey*"];
            delete one.Condition;
          }),
      },
      {
        when: "a service is bound by what it encrypts",
        change: (stack) =>
          statement(stack.get(types.key, "key"), "policy", 1, (one) => {
            one.Condition = {
              ArnLike: { "kms:EncryptionContext:aws:logs:arn": "arn:aws:logs:eu-west-1:123456789012:*" },
            };
          }),
      },
    ],
  },
  "log-delivery-forbids-strangers": {
    violations: [
      {
        when: "the delivery is from any account",
        change: (stack) =>
          statement(stack.get(types.logDelivery), "policyDocument", 0, (one) => {
            delete one.Condition;
          }),
        says: /Service:delivery\.logs\.amazonaws\.com without conditions/,
      },
      {
        when: "the delivery is to every group",
        change: (stack) =>
          statement(stack.get(types.logDelivery), "policyDocument", 0, (one) => {
            one.Resource = "*";
          }),
        says: /log groups \*/,
      },
    ],
    nearMisses: [
      {
        when: "the source is one delivery of this account",
        change: (stack) =>
          statement(stack.get(types.logDelivery), "policyDocument", 0, (one) => {
            one.Condition = {
              StringEquals: { "aws:SourceAccount": "123456789012" },
              ArnLike: { "aws:SourceArn": ["arn:aws:logs:eu-west-1:123456789012:delivery-source:one"] },
            };
          }),
      },
    ],
  },
  "topic-requires-encryption": {
    violations: [
      {
        when: "messages rest in clear",
        change: (stack) => stack.get(types.topic, "topic").set("kmsMasterKeyId", undefined),
        says: /no kmsMasterKeyId/,
      },
    ],
    nearMisses: [
      {
        when: "the key is known",
        change: (stack) => stack.get(types.topic, "topic").set("kmsMasterKeyId", "alias/alarms"),
      },
    ],
  },
  "topic-policy-forbids-strangers": {
    violations: [
      {
        when: "everybody may publish",
        change: (stack) =>
          statement(stack.get(types.topicPolicy, "topic-policy"), "policy", 0, (one) => {
            one.Principal = "*";
          }),
        says: /\* may publish/,
      },
      {
        when: "plain text is not refused",
        change: (stack) =>
          statement(stack.get(types.topicPolicy, "topic-policy"), "policy", 1, (one) => {
            one.Condition = { Bool: { "aws:SecureTransport": "true" } };
          }),
        says: /no refusal of plain text/,
      },
    ],
    nearMisses: [
      {
        when: "EventBridge, which names no source, publishes alone",
        change: (stack) =>
          statement(stack.get(types.topicPolicy, "topic-policy"), "policy", 0, (one) => {
            one.Principal = { Service: "events.amazonaws.com" };
            delete one.Condition;
          }),
      },
      {
        when: "a second service of this account may publish",
        change: (stack) =>
          statement(stack.get(types.topicPolicy, "topic-policy"), "policy", 0, (one) => {
            one.Principal = { Service: ["cloudwatch.amazonaws.com", "events.amazonaws.com"] };
          }),
      },
    ],
  },
  "topics-bind-policy": {
    violations: [
      {
        when: "a topic has no policy",
        change: (stack) => stack.remove(stack.get(types.topicPolicy, "topic-policy")),
        says: /'topic': got 0 topic policies/,
      },
      {
        when: "the policy is another topic's",
        change: (stack) =>
          stack
            .get(types.topicPolicy, "topic-policy")
            .set("arn", "arn:aws:sns:eu-west-1:123456789012:alarms-2")
            .from("arn"),
        says: /'topic': got 0 topic policies/,
      },
      {
        when: "the key is from elsewhere",
        change: (stack) =>
          stack.get(types.topic, "topic").set("kmsMasterKeyId", "alias/aws/sns").from("kmsMasterKeyId"),
        says: /a key from elsewhere/,
      },
      {
        when: "there is no topic",
        change: (stack) => stack.remove(...stack.ofType(types.topic)),
        says: /got no topic/,
      },
    ],
    nearMisses: [
      {
        when: "the policy names the topic by its ARN",
        change: (stack) =>
          stack
            .get(types.topicPolicy, "topic-policy")
            .set("arn", "arn:aws:sns:eu-west-1:123456789012:alarms")
            .from("arn"),
      },
    ],
  },
  "buckets-require-closed-set": {
    violations: [
      ...[
        types.bucketPublicAccess,
        types.bucketVersioning,
        types.bucketEncryption,
        types.bucketOwnership,
        types.bucketLifecycle,
        types.bucketPolicy,
      ].map((type) => ({
        when: `its ${type} is gone`,
        change: (stack: TestStack) => stack.remove(stack.first(type)),
        says: new RegExp(`Bucket 'bucket': got 0 of ${type}`),
      })),
      {
        when: "one of the four public blocks is open",
        change: (stack) => stack.first(types.bucketPublicAccess).set("restrictPublicBuckets", false),
        says: /"restrictPublicBuckets":false/,
      },
      {
        when: "versioning is suspended",
        change: (stack) =>
          stack.first(types.bucketVersioning).set("versioningConfiguration.status", "Suspended"),
        says: /Suspended/,
      },
      {
        when: "the parts are another bucket's",
        change: (stack) => {
          stack.add(types.bucket, "second", { bucket: "second" });
        },
        says: /'second': got 0 of/,
      },
    ],
    nearMisses: [
      {
        when: "a part names its bucket by the fixed name",
        change: (stack) => stack.first(types.bucketVersioning).set("bucket", "truststore").from("bucket"),
      },
      {
        when: "the encryption is by a key of ours",
        change: (stack) =>
          stack
            .first(types.bucketEncryption)
            .set("rules", [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" } }]),
      },
    ],
  },
  "bucket-policy-requires-tls": {
    violations: [
      {
        when: "plain text is refused for one action only",
        change: (stack) =>
          statement(stack.first(types.bucketPolicy), "policy", 0, (one) => {
            one.Action = "s3:GetObject";
          }),
        says: /plain text allowed/,
      },
      {
        when: "plain text is refused for the objects only",
        change: (stack) =>
          statement(stack.first(types.bucketPolicy), "policy", 0, (one) => {
            one.Resource = ["arn:aws:s3:::truststore/*"];
          }),
        says: /plain text allowed/,
      },
      {
        when: "everybody may read",
        change: (stack) =>
          stack.first(types.bucketPolicy).json("policy", (document) => {
            (document.Statement as Statement[]).push({
              Effect: "Allow",
              Principal: "*",
              Action: "s3:GetObject",
            });
          }),
        says: /access for \*/,
      },
    ],
    nearMisses: [
      {
        when: "a named role may read",
        change: (stack) =>
          stack.first(types.bucketPolicy).json("policy", (document) => {
            (document.Statement as Statement[]).push({
              Effect: "Allow",
              Principal: { AWS: "arn:aws:iam::123456789012:role/auditor" },
              Action: "s3:GetObject",
              Resource: "arn:aws:s3:::truststore/*",
            });
          }),
      },
    ],
  },
};
