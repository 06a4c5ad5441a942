import type { AccountScope } from "./arn";

/**
 * What the service looks for in a line, and masks. A safety net: that nothing of it gets into a log is proven where lines are
 * made (B8.3).
 *
 * Chosen for what would betray a caller, or us, and cannot be mistaken for the lines' own values. Correlation ids are UUIDs and
 * times are epoch milliseconds, 13 digits that begin with 1: neither has an `@`, dots or colons between numbers, or the header of
 * a PEM block. Card numbers and AWS' secret keys are found near a word of theirs only, which no line of ours has, and no card
 * begins with 1. Left out are phones, accounts and identity documents of countries, whose digits could be any id's, and names
 * and addresses, which are guessed.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL-managed-data-identifiers.html
 */
export const dataIdentifiers = [
  "EmailAddress",
  "IpAddress",
  "CreditCardNumber",
  "AwsSecretKey",
  "OpenSshPrivateKey",
  "PgpPrivateKey",
  "PkcsPrivateKey",
  "PuttyPrivateKey",
] as const;

/**
 * Where what was found is reported: which identifier and where in which line, never what stood there. Names that start so share
 * one resource policy of the delivery service, whose length is limited.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
 */
export const findingsLogGroupName = (namePrefix: string): string =>
  `/aws/vendedlogs/${namePrefix}-log-findings`;

export interface ProtectionArgs {
  readonly scope: AccountScope;
  readonly namePrefix: string;
  /** A dimension of the service's own metrics of findings. */
  readonly name: string;
}

/**
 * A data-protection policy: reports what is found, and masks it for every reader without `logs:Unmask`. Both statements name the
 * same identifiers, as the service asks.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch-logs-data-protection-policies.html
 */
export function protectionPolicy({ scope, namePrefix, name }: ProtectionArgs): string {
  const DataIdentifier = dataIdentifiers.map(
    (identifier) => `arn:${scope.partition}:dataprotection::aws:data-identifier/${identifier}`,
  );
  const FindingsDestination = { CloudWatchLogs: { LogGroup: findingsLogGroupName(namePrefix) } };
  return JSON.stringify({
    Name: name,
    Version: "2021-06-01",
    Statement: [
      { Sid: "audit", DataIdentifier, Operation: { Audit: { FindingsDestination } } },
      { Sid: "mask", DataIdentifier, Operation: { Deidentify: { MaskConfig: {} } } },
    ],
  });
}
