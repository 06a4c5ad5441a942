import { anyKeyArn, bucketArn, logGroupArn, type AccountScope } from "../shared/arn";
import type { Statement } from "../shared/statement";

/** The audience of a token by which a pod asks AWS for a role. */
export const TOKEN_AUDIENCE = "sts.amazonaws.com";

/**
 * One service account of one namespace of one cluster, and nobody else.
 * https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
 */
export const resultsTrust = (
  scope: AccountScope,
  oidcIssuer: string,
  account: { readonly namespace: string; readonly name: string },
): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "ScansSendResults",
        Effect: "Allow",
        Principal: {
          Federated: `arn:${scope.partition}:iam::${scope.accountId}:oidc-provider/${oidcIssuer}`,
        },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: {
            [`${oidcIssuer}:sub`]: `system:serviceaccount:${account.namespace}:${account.name}`,
            [`${oidcIssuer}:aud`]: TOKEN_AUDIENCE,
          },
        },
      },
    ],
  });

export interface ResultsPlaces {
  /** The evidence bucket, whose default key is the one of that alias. */
  readonly bucketName: string;
  readonly keyAlias: string;
  readonly logGroupName: string;
}

/** To put what was not there before, and to say how it ended: nothing is read, changed or deleted. */
export const resultsRights = (scope: AccountScope, places: ResultsPlaces): readonly Statement[] => [
  {
    sid: "Reports",
    actions: ["s3:PutObject"],
    resources: [`${bucketArn(scope, places.bucketName)}/scans/*`],
  },
  {
    sid: "ReportsKey",
    actions: ["kms:GenerateDataKey"],
    resources: [anyKeyArn(scope)],
    conditions: {
      StringEquals: { "kms:ViaService": `s3.${scope.region}.amazonaws.com` },
      "ForAnyValue:StringEquals": { "kms:ResourceAliases": places.keyAlias },
    },
  },
  {
    sid: "Outcome",
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [`${logGroupArn(scope, places.logGroupName)}:log-stream:*`],
  },
];
