import { partsOf, writtenBuckets } from "../lib/buckets";
import { isLocked } from "../lib/evidence";
import { stackPolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join, object, objects, peek, show, text, UNKNOWN, within, type Props } from "../lib/values";

/** Counted from the midnight that follows, so that 24 h are kept; a week at most. */
const [leastDays, mostDays] = [2, 7];

/** A rule's own words: what AWS fills in is unknown before the first deployment, and empty after it. */
const said = (props: Props, key: string): unknown => {
  const value = peek(() => props[key]);
  return value === UNKNOWN || value === null || value === "" ? undefined : value;
};

/** True for a rule by which all that begins with `prefix` goes, its earlier versions too. */
function ends(rule: Props, prefix: string): boolean {
  const filter = object(rule.filter);
  // A bound of 0 bytes is none: so AWS fills in those that nobody set.
  const narrower = Object.keys(filter).filter((key) => key !== "prefix" && (said(filter, key) ?? 0) !== 0);
  return (
    rule.status === "Enabled" &&
    narrower.length === 0 &&
    prefix.startsWith(text(said(filter, "prefix"))) &&
    within(said(object(rule.expiration), "days"), leastDays, mostDays) &&
    within(said(object(rule.noncurrentVersionExpiration), "noncurrentDays"), 1, mostDays)
  );
}

export const writtenBucketsRequireExpiry = stackPolicy({
  name: "written-buckets-require-expiry",
  severity: "medium",
  clauses: ["B3.1", "B8.3"],
  summary: "What functions put into a bucket is kept for its 24 hours and goes away by itself.",
  reads: "BucketLifecycleConfiguration.rules, for buckets and prefixes of RolePolicy.policy",
  remediation: `give the prefix an enabled rule that expires objects after ${leastDays} to ${mostDays} days, and earlier versions within ${mostDays}.`,
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html",
  check(stack, report) {
    for (const [bucket, prefixes] of writtenBuckets(stack, report)) {
      // What is locked is kept on purpose: evidence-bucket-requires-lock.
      if (isLocked(bucket)) continue;
      const rules = partsOf(stack, bucket, types.bucketLifecycle)
        // Of a rule that takes a value from elsewhere nobody knows what it says.
        .filter(({ propertyDependencies }) => (propertyDependencies.rules ?? []).length === 0)
        .flatMap(({ props }) => objects(props.rules));
      for (const prefix of prefixes) {
        if (rules.some((rule) => ends(rule, prefix))) continue;
        report({
          resource: bucket,
          got: `rules ${join(rules.map(({ id }) => show(id)))} for ${show(prefix)}`,
          expected: `an end after ${leastDays} to ${mostDays} days, of every version`,
        });
      }
    }
  },
});
