/** Roles that somebody else assumes to read what is measured, such as Grafana's. */
import type { Statement } from "./iam";

/** What a reader may do beside the queries of logs, everywhere in its region. In small letters, as IAM reads them. */
export const unboundActions = [
  "cloudwatch:getmetricdata",
  "cloudwatch:listmetrics",
  "logs:getqueryresults",
  "logs:stopquery",
] as const;

/** To begin a query of a log group; its answers come by the id that this gives. */
export const queryAction = "logs:startquery";

export const readingActions: readonly string[] = [...unboundActions, queryAction];

/**
 * True when exactly one role, by its whole ARN, is trusted, and only when it says for whom it asks.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export const trustsReader = ({ allows, principals, conditions }: Statement): boolean =>
  allows &&
  principals.length === 1 &&
  /^AWS:arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(principals[0] ?? "") &&
  conditions.get("stringequals sts:externalid")?.length === 1;
