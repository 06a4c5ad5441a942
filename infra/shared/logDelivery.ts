import { logGroupArn, type AccountScope } from "./arn";

/**
 * Lets the log delivery service of this account write to one group, and nobody else.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
 *
 * @param sid letters and digits
 */
export function logDeliveryPolicy(scope: AccountScope, sid: string, logGroupName: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: sid,
        Effect: "Allow",
        Principal: { Service: "delivery.logs.amazonaws.com" },
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: `${logGroupArn(scope, logGroupName)}:log-stream:*`,
        Condition: {
          StringEquals: { "aws:SourceAccount": scope.accountId },
          ArnLike: { "aws:SourceArn": `arn:${scope.partition}:logs:${scope.region}:${scope.accountId}:*` },
        },
      },
    ],
  });
}
