import { logGroupArn, type AccountScope } from "../../shared/arn";
import type { Statement } from "../../shared/statement";
import { functionNames } from "../../edge/functionNames";
import { logGroupName as firewallLogGroup } from "../../firewall/firewallLogging";
import { accessLogName, voiceAccessLogName } from "../../gateway/accessLog";

export const readerRoleName = (namePrefix: string): string => `${namePrefix}-grafana-reader`;

/** The logs in which a correlation id is looked up. The gateway's own execution logs are named by ids that AWS makes up. */
export const queriedLogGroups = (namePrefix: string): readonly [string, ...string[]] => [
  accessLogName(namePrefix),
  voiceAccessLogName(namePrefix),
  firewallLogGroup(namePrefix),
  ...functionNames.map((name) => `/aws/lambda/${namePrefix}-${name}`),
];

/** Grafana's own role, and only when it says for whom it asks. https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html */
export const readerTrust = (principalArn: string, externalId: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "GrafanaAsks",
        Effect: "Allow",
        Principal: { AWS: principalArn },
        Action: "sts:AssumeRole",
        Condition: { StringEquals: { "sts:ExternalId": externalId } },
      },
    ],
  });

/**
 * What panels and alerts ask for, in one region. Not the right to unmask what the logs' protection hides.
 *
 * @param logGroups names of the groups that are queried by a correlation id
 */
export function readerRights(
  scope: AccountScope,
  logGroups: readonly [string, ...string[]],
): readonly Statement[] {
  const conditions = { StringEquals: { "aws:RequestedRegion": scope.region } };
  const [first, ...others] = logGroups.map((name) => `${logGroupArn(scope, name)}:*`);
  if (first === undefined) throw new Error("reader: got no log group; allowed: one or more; fix: name them");
  return [
    {
      sid: "Metrics",
      // Neither takes a resource. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
      actions: ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"],
      resources: ["*"],
      conditions,
    },
    { sid: "LogQueries", actions: ["logs:StartQuery"], resources: [first, ...others] },
    {
      sid: "LogAnswers",
      // By a query's id, which only its beginning gives out. Neither takes a resource.
      // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
      actions: ["logs:GetQueryResults", "logs:StopQuery"],
      resources: ["*"],
      conditions,
    },
  ];
}
