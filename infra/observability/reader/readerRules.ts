import type { AccountScope } from "../../shared/arn";
import type { Statement } from "../../shared/statement";

export const readerRoleName = (namePrefix: string): string => `${namePrefix}-grafana-reader`;

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

/** What panels and alerts ask for, in one region. No log: dashboards lead to CloudWatch's own console, where people read by their own rights. */
export const readerRights = (scope: AccountScope): readonly Statement[] => [
  {
    sid: "Metrics",
    // Neither takes a resource. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
    actions: ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"],
    resources: ["*"],
    conditions: { StringEquals: { "aws:RequestedRegion": scope.region } },
  },
];
