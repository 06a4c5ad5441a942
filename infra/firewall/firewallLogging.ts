import { logGroupArn, type AccountScope } from "../shared/arn";
import { CLIENT_KEY_HEADER } from "./firewallRules";

/*
 * What of a request may reach the firewall's log: method, rule, action, labels, country, the gateway's ids. Never a
 * header, a query, a body, a raw path. The client's address is the one thing that the service cannot leave out: it
 * is masked where the log is kept.
 */

/** The service delivers only to names that start so: https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html */
export const logGroupName = (namePrefix: string): string => `aws-waf-logs-${namePrefix}`;

/**
 * Hides whole kinds of fields (no keys: all of them), in the log and wherever else the service shows a request.
 *
 * The two `exclude…` flags are about this protection itself: `true` would show the field again, in the details of
 * rate rules the client's key, in those of matches a piece of the body.
 * https://docs.aws.amazon.com/waf/latest/APIReference/API_DataProtection.html
 */
export const dataProtections = (
  ["SINGLE_HEADER", "SINGLE_COOKIE", "SINGLE_QUERY_ARGUMENT", "QUERY_STRING", "BODY"] as const
).map((fieldType) => ({
  action: "SUBSTITUTION",
  field: { fieldType },
  excludeRateBasedDetails: false,
  excludeRuleMatchDetails: false,
}));

/**
 * The path, which the protection above cannot hide, and a second lock on what identifies a caller.
 * https://docs.aws.amazon.com/waf/latest/APIReference/API_LoggingConfiguration.html
 */
export const redactedFields = [
  { uriPath: {} },
  { queryString: {} },
  ...[
    CLIENT_KEY_HEADER,
    "authorization",
    "cookie",
    "idempotency-key",
    "user-agent",
    "x-correlation-id",
    "x-forwarded-for",
    "x-subject",
  ].map((name) => ({ singleHeader: { name } })),
];

/**
 * Only refusals and counts are kept. The label that sets `/vision` apart is a count too, so each request to it leaves
 * one line, without headers, query, body or path.
 */
export const loggingFilter = {
  defaultBehavior: "DROP",
  filters: [
    {
      behavior: "KEEP",
      requirement: "MEETS_ANY",
      conditions: ["BLOCK", "COUNT", "EXCLUDED_AS_COUNT"].map((action) => ({ actionCondition: { action } })),
    },
  ],
};

/**
 * Masks addresses for every reader without `logs:Unmask`. In an emergency that right shows whom to block.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data-start.html
 */
export function maskingPolicy(scope: AccountScope, namePrefix: string): string {
  const DataIdentifier = ["IpAddress", "EmailAddress"].map(
    (name) => `arn:${scope.partition}:dataprotection::aws:data-identifier/${name}`,
  );
  return JSON.stringify({
    Name: `${namePrefix}-firewall-log`,
    Version: "2021-06-01",
    Statement: [
      { Sid: "audit", DataIdentifier, Operation: { Audit: { FindingsDestination: {} } } },
      { Sid: "mask", DataIdentifier, Operation: { Deidentify: { MaskConfig: {} } } },
    ],
  });
}

/** Lets the log delivery service of this account write to the one group. https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html */
export function deliveryPolicy(scope: AccountScope, namePrefix: string): string {
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "FirewallLogDelivery",
        Effect: "Allow",
        Principal: { Service: "delivery.logs.amazonaws.com" },
        Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
        Resource: `${logGroupArn(scope, logGroupName(namePrefix))}:log-stream:*`,
        Condition: {
          StringEquals: { "aws:SourceAccount": scope.accountId },
          ArnLike: { "aws:SourceArn": `arn:${scope.partition}:logs:${scope.region}:${scope.accountId}:*` },
        },
      },
    ],
  });
}
