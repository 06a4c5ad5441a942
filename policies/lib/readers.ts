/** Roles that somebody else assumes to read what is measured, such as Grafana's. */
import type { Statement } from "./iam";

/** What a reader may do, everywhere in its region. In small letters, as IAM reads them. */
export const readingActions: readonly string[] = ["cloudwatch:getmetricdata", "cloudwatch:listmetrics"];

/** A shorter external id could be guessed. */
const EXTERNAL_ID = /^[\w+=,.@:/-]{16,}$/;

/**
 * True when exactly one role of this account, by its whole ARN, is trusted, and only when it says for whom it asks.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
 */
export function trustsReader({ allows, principals, conditions }: Statement, account: string): boolean {
  const [principal = ""] = principals;
  const ids = conditions.get("stringequals sts:externalid") ?? [];
  return (
    allows &&
    principals.length === 1 &&
    /^AWS:arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(principal) &&
    principal.split(":")[5] === account &&
    ids.length === 1 &&
    EXTERNAL_ID.test(ids[0] ?? "")
  );
}
