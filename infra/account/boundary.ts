import { anyKeyArn, apiGatewayArn, bucketArn, logGroupArn, tableArn, type AccountScope } from "../shared/arn";
import type { DocumentStatement } from "./document";

/**
 * The most that any role of the stack may do, whatever its own policies say: who deploys may make roles, and can't make one that may do more.
 * It belongs to the account's own stack, so that who deploys can't change it. A role that needs more is given it here first.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
 */
export function boundaryOf(
  scope: AccountScope & { readonly namePrefix: string },
): readonly DocumentStatement[] {
  const { namePrefix, partition, accountId, region } = scope;
  const of = (service: string, resource: string): string =>
    `arn:${partition}:${service}:${region}:${accountId}:${resource}`;
  const named = (service: string, ...actions: readonly string[]): readonly string[] =>
    actions.map((action) => `${service}:${action}`);
  return [
    {
      sid: "Tables",
      actions: named("dynamodb", "GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem"),
      resources: [tableArn(scope, `${namePrefix}-*`)],
    },
    {
      sid: "AnswersAndReports",
      actions: named("s3", "GetObject", "PutObject"),
      resources: ["answers", "evidence"].map(
        (bucket) => `${bucketArn(scope, `${namePrefix}-${bucket}-${accountId}`)}/*`,
      ),
    },
    {
      // Each secret's own policy says who.
      sid: "Secrets",
      actions: named(
        "secretsmanager",
        ...["DescribeSecret", "GetSecretValue", "ListSecretVersionIds"],
        ...["PutSecretValue", "UpdateSecretVersionStage"],
      ),
      resources: [of("secretsmanager", `secret:${namePrefix}/*`)],
    },
    {
      sid: "Keys",
      actions: named("kms", "Decrypt", "GenerateDataKey"),
      resources: [anyKeyArn(scope)],
      conditions: { "ForAnyValue:StringLike": { "kms:ResourceAliases": `alias/${namePrefix}-*` } },
    },
    {
      sid: "ClientKeysAndTheStagesCertificate",
      actions: named("apigateway", "GET", "POST", "PATCH", "DELETE"),
      resources: [
        ...["apikeys", "clientcertificates", "usageplans"].flatMap((kind) => [`/${kind}`, `/${kind}/*`]),
        ...["/restapis", "/restapis/*/stages/*"],
      ].map((path) => apiGatewayArn(scope, path)),
    },
    {
      sid: "VoiceConnections",
      actions: ["execute-api:ManageConnections"],
      resources: [of("execute-api", `*/${namePrefix}-voice/*`)],
    },
    {
      sid: "OwnLogs",
      actions: named("logs", "CreateLogStream", "PutLogEvents"),
      resources: [`/aws/lambda/${namePrefix}-*`, `/fase-b/${namePrefix}/*`].map(
        (group) => `${logGroupArn(scope, group)}:log-stream:*`,
      ),
    },
    {
      // These know no resource.
      sid: "MetricsAndTraces",
      actions: [
        ...named("cloudwatch", "GetMetricData", "ListMetrics"),
        ...named("xray", "PutTraceSegments", "PutTelemetryRecords"),
      ],
      resources: ["*"],
    },
  ];
}
