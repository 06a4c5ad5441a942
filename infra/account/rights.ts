import {
  anyKeyArn,
  apiGatewayArn,
  bucketArn,
  roleArn,
  roleBoundaryArn,
  tableArn,
  type AccountScope,
} from "../shared/arn";
import type { DocumentStatement } from "./document";

/** What a deployment must be able to do of one kind of thing, and what it takes to see whether that is as declared. */
interface Right {
  readonly sid: string;
  /** @default Allow */
  readonly effect?: "Deny";
  /** Get, list, describe: also for who looks for drift. */
  readonly reads: readonly string[];
  /** For who deploys alone. */
  readonly writes: readonly string[];
  readonly resources: readonly string[];
  readonly conditions?: DocumentStatement["conditions"];
}

export interface RightsScope extends AccountScope {
  /** With which every name of the stack begins. */
  readonly namePrefix: string;
  readonly hostedZoneId: string;
}

/** By concern, since an IAM policy holds 6,144 characters. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export type Concern = "gateway" | "edge" | "functions" | "data" | "watch";

/** Some actions know no resource: https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html */
const ANY = ["*"];

/**
 * What holds state is never deleted by a pipeline: no table, bucket, key or log group. A letter lifts the engine's protection; a person
 * then takes it away.
 */
export function rightsOf(scope: RightsScope): Readonly<Record<Concern, readonly Right[]>> {
  const { namePrefix, partition, accountId, region, hostedZoneId } = scope;
  const of = (service: string, resource: string): string =>
    `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  const gateway = (...paths: readonly string[]): readonly string[] =>
    paths.map((path) => apiGatewayArn(scope, path));
  const buckets = bucketArn(scope, `${namePrefix}-*-${accountId}`);
  return {
    gateway: [
      {
        sid: "Gateway",
        reads: ["apigateway:GET"],
        writes: ["apigateway:POST", "apigateway:PUT", "apigateway:PATCH", "apigateway:DELETE"],
        // Not /account, which is every stack's, and no /vpclinks, which there are none of.
        resources: gateway(
          ...[
            "restapis",
            "apis",
            "domainnames",
            "usageplans",
            "apikeys",
            "clientcertificates",
            "tags",
          ].flatMap((kind) => [`/${kind}`, `/${kind}/*`]),
        ),
      },
      {
        sid: "GatewayBehindTheFirewall",
        reads: [],
        writes: ["apigateway:SetWebACL"],
        resources: gateway("/restapis/*/stages/*"),
      },
      {
        sid: "Firewall",
        reads: [
          "wafv2:GetWebACL",
          "wafv2:GetIPSet",
          "wafv2:GetLoggingConfiguration",
          "wafv2:ListTagsForResource",
        ],
        writes: [
          ...["CreateWebACL", "UpdateWebACL", "DeleteWebACL", "CreateIPSet", "UpdateIPSet", "DeleteIPSet"],
          ...["PutLoggingConfiguration", "DeleteLoggingConfiguration", "TagResource", "UntagResource"],
          ...["AssociateWebACL", "DisassociateWebACL"],
        ].map((action) => `wafv2:${action}`),
        resources: [
          of("wafv2", `regional/webacl/${namePrefix}-*/*`),
          of("wafv2", `regional/ipset/${namePrefix}-*/*`),
          `arn:${partition}:wafv2:${region}:*:regional/managedruleset/*/*`,
          ...gateway("/restapis/*/stages/*"),
        ],
      },
      {
        sid: "FirewallOfAStage",
        reads: ["wafv2:GetWebACLForResource"],
        writes: [],
        resources: [of("wafv2", "regional/webacl/*/*"), ...gateway("/restapis/*/stages/*")],
      },
    ],
    edge: [
      {
        sid: "NewCertificates",
        reads: ["acm:ListCertificates"],
        writes: ["acm:RequestCertificate"],
        resources: ANY,
      },
      {
        sid: "Certificates",
        reads: ["acm:DescribeCertificate", "acm:ListTagsForCertificate"],
        writes: [
          "acm:AddTagsToCertificate",
          "acm:RemoveTagsFromCertificate",
          "acm:DeleteCertificate",
          "acm:UpdateCertificateOptions",
        ],
        resources: [of("acm", "certificate/*")],
      },
      {
        sid: "Zone",
        reads: ["route53:GetHostedZone", "route53:ListResourceRecordSets"],
        writes: ["route53:ChangeResourceRecordSets"],
        resources: [`arn:${partition}:route53:::hostedzone/${hostedZoneId}`],
      },
      {
        sid: "ZoneChanges",
        reads: ["route53:GetChange"],
        writes: [],
        resources: [`arn:${partition}:route53:::change/*`],
      },
      {
        sid: "Channel",
        reads: [
          "chatbot:DescribeSlackChannelConfigurations",
          "chatbot:DescribeSlackWorkspaces",
          "chatbot:ListTagsForResource",
        ],
        writes: [
          "chatbot:CreateSlackChannelConfiguration",
          "chatbot:UpdateSlackChannelConfiguration",
          "chatbot:DeleteSlackChannelConfiguration",
        ],
        resources: ANY,
      },
    ],
    functions: [
      {
        sid: "Functions",
        reads: [
          ...[
            "GetFunction",
            "GetFunctionConfiguration",
            "GetFunctionCodeSigningConfig",
            "GetFunctionConcurrency",
          ],
          ...["GetPolicy", "GetAlias", "ListVersionsByFunction", "GetFunctionEventInvokeConfig", "ListTags"],
          ...["GetFunctionRecursionConfig", "GetRuntimeManagementConfig"],
        ].map((action) => `lambda:${action}`),
        writes: [
          ...["CreateFunction", "UpdateFunctionCode", "UpdateFunctionConfiguration", "DeleteFunction"],
          ...[
            "PublishVersion",
            "CreateAlias",
            "UpdateAlias",
            "DeleteAlias",
            "AddPermission",
            "RemovePermission",
          ],
          ...["PutFunctionConcurrency", "DeleteFunctionConcurrency", "PutFunctionEventInvokeConfig"],
          ...[
            "UpdateFunctionEventInvokeConfig",
            "DeleteFunctionEventInvokeConfig",
            "TagResource",
            "UntagResource",
          ],
        ].map((action) => `lambda:${action}`),
        resources: [of("lambda", `function:${namePrefix}-*`)],
      },
      {
        // The stack tells the channel of its own deployment.
        sid: "Announcement",
        reads: [],
        writes: ["lambda:InvokeFunction"],
        resources: [
          of("lambda", `function:${namePrefix}-announce`),
          of("lambda", `function:${namePrefix}-announce:*`),
        ],
      },
      {
        sid: "FunctionsRoles",
        reads: [
          "iam:GetRole",
          "iam:GetRolePolicy",
          "iam:ListRolePolicies",
          "iam:ListAttachedRolePolicies",
          "iam:ListInstanceProfilesForRole",
          "iam:ListRoleTags",
        ],
        writes: [
          "iam:DeleteRole",
          "iam:UpdateRole",
          "iam:UpdateAssumeRolePolicy",
          "iam:TagRole",
          "iam:UntagRole",
        ],
        resources: [roleArn(scope, `${namePrefix}-*`)],
      },
      {
        // No managed policy is attached, by nobody, and no boundary taken away.
        sid: "BoundedRoles",
        reads: [],
        writes: [
          "iam:CreateRole",
          "iam:PutRolePolicy",
          "iam:DeleteRolePolicy",
          "iam:PutRolePermissionsBoundary",
        ],
        resources: [roleArn(scope, `${namePrefix}-*`)],
        conditions: { StringEquals: { "iam:PermissionsBoundary": roleBoundaryArn(scope) } },
      },
      {
        // Those by which others than the stack read secrets, which a person makes (README.md, Deploy it): who could say by whom they are taken
        // could read what they may.
        sid: "RolesOfPersons",
        effect: "Deny",
        reads: [],
        writes: [
          "iam:DeleteRole",
          "iam:UpdateAssumeRolePolicy",
          "iam:PutRolePolicy",
          "iam:PutRolePermissionsBoundary",
          "iam:PassRole",
        ],
        resources: [roleArn(scope, `${namePrefix}-*-secrets`)],
      },
      {
        sid: "HandThemOn",
        reads: [],
        writes: ["iam:PassRole"],
        resources: [roleArn(scope, `${namePrefix}-*`)],
        conditions: {
          StringEquals: { "iam:PassedToService": ["lambda.amazonaws.com", "chatbot.amazonaws.com"] },
        },
      },
      {
        sid: "FirewallsLog",
        reads: [],
        writes: ["iam:CreateServiceLinkedRole"],
        resources: [roleArn(scope, "aws-service-role/wafv2.amazonaws.com/AWSServiceRoleForWAFV2Logging")],
        conditions: { StringEquals: { "iam:AWSServiceName": "wafv2.amazonaws.com" } },
      },
      {
        sid: "Rules",
        reads: ["events:DescribeRule", "events:ListTargetsByRule", "events:ListTagsForResource"],
        writes: [
          "events:PutRule",
          "events:DeleteRule",
          "events:PutTargets",
          "events:RemoveTargets",
          "events:TagResource",
          "events:UntagResource",
        ],
        resources: [of("events", `rule/${namePrefix}-*`)],
      },
    ],
    data: [
      {
        sid: "Tables",
        reads: [
          "dynamodb:DescribeTable",
          "dynamodb:DescribeContinuousBackups",
          "dynamodb:DescribeTimeToLive",
          "dynamodb:ListTagsOfResource",
        ],
        writes: [
          "dynamodb:CreateTable",
          "dynamodb:UpdateTable",
          "dynamodb:UpdateContinuousBackups",
          "dynamodb:UpdateTimeToLive",
          "dynamodb:TagResource",
          "dynamodb:UntagResource",
        ],
        resources: [tableArn(scope, `${namePrefix}-*`)],
      },
      {
        // Of the four tables the program writes to this one alone: which issuers are trusted, and which stages there are.
        sid: "Trust",
        reads: ["dynamodb:GetItem"],
        writes: ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
        resources: [tableArn(scope, `${namePrefix}-trust`)],
      },
      {
        sid: "Buckets",
        reads: [
          ...[
            "ListBucket",
            "GetBucketLocation",
            "GetBucketVersioning",
            "GetBucketPolicy",
            "GetBucketAcl",
            "GetBucketCORS",
          ],
          ...[
            "GetBucketPublicAccessBlock",
            "GetBucketOwnershipControls",
            "GetBucketNotification",
            "GetBucketLogging",
          ],
          ...[
            "GetBucketObjectLockConfiguration",
            "GetBucketRequestPayment",
            "GetBucketWebsite",
            "GetBucketTagging",
          ],
          ...[
            "GetLifecycleConfiguration",
            "GetEncryptionConfiguration",
            "GetReplicationConfiguration",
            "GetAccelerateConfiguration",
          ],
          "ListTagsForResource",
        ].map((action) => `s3:${action}`),
        writes: [
          ...["CreateBucket", "PutBucketVersioning", "PutBucketPolicy", "PutBucketPublicAccessBlock"],
          ...["PutBucketOwnershipControls", "PutBucketNotification", "PutBucketObjectLockConfiguration"],
          ...[
            "PutLifecycleConfiguration",
            "PutEncryptionConfiguration",
            "PutBucketTagging",
            "TagResource",
            "UntagResource",
          ],
        ].map((action) => `s3:${action}`),
        resources: [buckets],
      },
      {
        sid: "Truststore",
        reads: ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging"],
        // Versions stay: the domains name the one that they use.
        writes: ["s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject"],
        resources: [`${bucketArn(scope, `${namePrefix}-truststore-${accountId}`)}/*`],
      },
      {
        sid: "Secrets",
        // What a refresh compares is the value: a secret's own policy lets in who stands in operatorRoles.
        reads: [
          "secretsmanager:DescribeSecret",
          "secretsmanager:GetSecretValue",
          "secretsmanager:GetResourcePolicy",
        ],
        writes: [
          ...[
            "CreateSecret",
            "UpdateSecret",
            "PutSecretValue",
            "PutResourcePolicy",
            "DeleteResourcePolicy",
            "RotateSecret",
          ],
          ...[
            "CancelRotateSecret",
            "UpdateSecretVersionStage",
            "TagResource",
            "UntagResource",
            "RestoreSecret",
          ],
        ].map((action) => `secretsmanager:${action}`),
        resources: [of("secretsmanager", `secret:${namePrefix}/*`)],
      },
      {
        sid: "SecretsOfRetiredGenerations",
        reads: [],
        writes: ["secretsmanager:DeleteSecret"],
        resources: [of("secretsmanager", `secret:${namePrefix}/*`)],
        // It can be had back for a time.
        conditions: { Bool: { "secretsmanager:ForceDeleteWithoutRecovery": "false" } },
      },
      { sid: "NewKeys", reads: ["kms:ListAliases"], writes: ["kms:CreateKey"], resources: ANY },
      {
        sid: "Keys",
        reads: ["kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListResourceTags"],
        writes: [
          "kms:PutKeyPolicy",
          "kms:EnableKeyRotation",
          "kms:TagResource",
          "kms:UntagResource",
          "kms:UpdateKeyDescription",
          "kms:CreateAlias",
          "kms:UpdateAlias",
          "kms:DeleteAlias",
        ],
        resources: [anyKeyArn(scope)],
        // Of all keys these have no other alias; a key that was just made has none at all, which this operator lets through on purpose.
        // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
        conditions: { "ForAllValues:StringLike": { "kms:ResourceAliases": `alias/${namePrefix}-*` } },
      },
      {
        sid: "Aliases",
        reads: [],
        writes: ["kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"],
        resources: [of("kms", `alias/${namePrefix}-*`)],
      },
      {
        sid: "UseOfKeys",
        reads: ["kms:Decrypt"],
        writes: ["kms:Encrypt", "kms:GenerateDataKey"],
        resources: [anyKeyArn(scope)],
        conditions: { "ForAnyValue:StringLike": { "kms:ResourceAliases": `alias/${namePrefix}-*` } },
      },
      {
        // What a table asks for, and nobody else: a grant to a principal of choice would outlive this role.
        sid: "GrantsOfServices",
        reads: [],
        writes: ["kms:CreateGrant"],
        resources: [anyKeyArn(scope)],
        conditions: {
          "ForAnyValue:StringLike": { "kms:ResourceAliases": `alias/${namePrefix}-*` },
          Bool: { "kms:GrantIsForAWSResource": "true" },
        },
      },
    ],
    watch: [
      {
        sid: "Topics",
        reads: [
          "sns:GetTopicAttributes",
          "sns:GetSubscriptionAttributes",
          "sns:ListTagsForResource",
          "sns:ListSubscriptionsByTopic",
          "sns:GetDataProtectionPolicy",
        ],
        writes: [
          "sns:CreateTopic",
          "sns:SetTopicAttributes",
          "sns:DeleteTopic",
          "sns:Subscribe",
          "sns:Unsubscribe",
          "sns:SetSubscriptionAttributes",
          "sns:TagResource",
          "sns:UntagResource",
        ],
        resources: [of("sns", `${namePrefix}-*`)],
      },
      {
        sid: "Alarms",
        reads: ["cloudwatch:DescribeAlarms", "cloudwatch:ListTagsForResource"],
        writes: [
          "cloudwatch:PutMetricAlarm",
          "cloudwatch:DeleteAlarms",
          "cloudwatch:TagResource",
          "cloudwatch:UntagResource",
        ],
        resources: [of("cloudwatch", `alarm:${namePrefix}-*`)],
      },
      {
        sid: "Logs",
        reads: [
          "logs:DescribeMetricFilters",
          "logs:DescribeSubscriptionFilters",
          "logs:GetDataProtectionPolicy",
          "logs:ListTagsForResource",
          "logs:ListTagsLogGroup",
        ],
        writes: [
          ...[
            "CreateLogGroup",
            "PutRetentionPolicy",
            "AssociateKmsKey",
            "PutMetricFilter",
            "DeleteMetricFilter",
          ],
          ...[
            "PutSubscriptionFilter",
            "DeleteSubscriptionFilter",
            "PutDataProtectionPolicy",
            "DeleteDataProtectionPolicy",
          ],
          ...["TagResource", "UntagResource"],
        ].map((action) => `logs:${action}`),
        resources: [
          ...[
            `/aws/lambda/${namePrefix}-*`,
            `/aws/apigateway/${namePrefix}-*`,
            `aws-waf-logs-${namePrefix}*`,
          ],
          ...[`/aws/vendedlogs/${namePrefix}-*`, `/fase-b/${namePrefix}/*`],
          // The gateway names these after the API's id, which nobody knows before.
          "API-Gateway-Execution-Logs_*",
        ].map((group) => of("logs", `log-group:${group}`)),
      },
      {
        sid: "LogDelivery",
        reads: [
          "logs:DescribeLogGroups",
          "logs:DescribeResourcePolicies",
          "logs:GetLogDelivery",
          "logs:ListLogDeliveries",
        ],
        writes: [
          "logs:PutResourcePolicy",
          "logs:DeleteResourcePolicy",
          "logs:CreateLogDelivery",
          "logs:UpdateLogDelivery",
          "logs:DeleteLogDelivery",
        ],
        resources: ANY,
      },
    ],
  };
}

const statement = (right: Right, actions: readonly string[]): readonly DocumentStatement[] =>
  actions.length === 0
    ? []
    : [
        {
          sid: right.sid,
          ...(right.effect === undefined ? {} : { effect: right.effect }),
          actions,
          resources: right.resources,
          ...(right.conditions === undefined ? {} : { conditions: right.conditions }),
        },
      ];

/** Looks, and changes nothing. */
export const readsOf = (rights: readonly Right[]): readonly DocumentStatement[] =>
  rights.flatMap((right) => statement(right, right.reads));

export const deploysBy = (rights: readonly Right[]): readonly DocumentStatement[] =>
  rights.flatMap((right) => statement(right, [...right.reads, ...right.writes]));
