import type { AccountScope } from "../shared/arn";
import { logDeliveryPolicy } from "../shared/logDelivery";
import { protectionPolicy } from "../shared/logProtection";
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
 * Masks what a log must not show, here the caller's address above all, for every reader without `logs:Unmask`. In an emergency
 * that right shows whom to block.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data-start.html
 */
export const maskingPolicy = (scope: AccountScope, namePrefix: string): string =>
  protectionPolicy({ scope, namePrefix, name: `${namePrefix}-firewall-log` });

/** Lets the log delivery service of this account write to the one group. https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html */
export const deliveryPolicy = (scope: AccountScope, namePrefix: string): string =>
  logDeliveryPolicy(scope, "FirewallLogDelivery", logGroupName(namePrefix));
