import { partsOf } from "../lib/buckets";
import { evidenceBuckets, isLocked } from "../lib/evidence";
import { stackPolicy } from "../lib/policy";
import { types } from "../lib/types";
import { number, object, objects, peek, show, UNKNOWN, type Props } from "../lib/values";

const LEAST_DAYS = 365;
const modes: readonly unknown[] = ["COMPLIANCE", "GOVERNANCE"];

/** What a part says itself: what AWS fills in is unknown before the first deployment. */
const said = (props: Props, key: string): unknown => {
  const value = peek(() => props[key]);
  return value === UNKNOWN || value === null ? undefined : value;
};

const daysOf = (retention: Props): number => {
  const years = said(retention, "years");
  return years === undefined || years === 0 ? number(said(retention, "days")) : number(years) * 365;
};

export const evidenceBucketRequiresLock = stackPolicy({
  name: "evidence-bucket-requires-lock",
  severity: "critical",
  clauses: ["B0.4"],
  summary:
    "Evidence is kept in one bucket whose versions nobody deletes for a year at least, and which nothing deletes.",
  reads:
    "Bucket: objectLockEnabled, forceDestroy, its option protect; BucketObjectLockConfiguration.rule; BucketLifecycleConfiguration.rules",
  controls: ["SecurityHub S3.15"],
  remediation: `declare one Bucket with objectLockEnabled true and the option protect, an object lock of ${LEAST_DAYS} days or more by default, and no lifecycle rule that ends anything earlier.`,
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html",
  check(stack, report) {
    const buckets = evidenceBuckets(stack);
    if (buckets.length !== 1)
      report({ got: `${buckets.length} buckets for evidence`, expected: "exactly one, locked" });
    for (const bucket of buckets) {
      if (!isLocked(bucket))
        report({ resource: bucket, got: "no objectLockEnabled", expected: "true from the start" });
      if (said(bucket.props, "forceDestroy") === true)
        report({ resource: bucket, got: "forceDestroy true", expected: "false" });
      if (!bucket.opts.protect)
        report({ resource: bucket, got: "no protection from deletion", expected: "the option protect" });
      const locks = partsOf(stack, bucket, types.bucketLock);
      const retentions = locks.map(({ props }) => object(object(props.rule).defaultRetention));
      const [retention] = retentions;
      if (
        retentions.length !== 1 ||
        !retention ||
        !modes.includes(retention.mode) ||
        !(daysOf(retention) >= LEAST_DAYS)
      ) {
        report({
          resource: bucket,
          got: `default retention ${show(retentions)}`,
          expected: `one of COMPLIANCE or GOVERNANCE and ${LEAST_DAYS} days or more`,
        });
        continue;
      }
      for (const lifecycle of partsOf(stack, bucket, types.bucketLifecycle)) {
        for (const rule of objects(lifecycle.props.rules)) {
          const [later, id] = [said(rule, "noncurrentVersionExpiration"), rule.id];
          if (
            said(rule, "expiration") !== undefined ||
            (later !== undefined && !(number(object(later).noncurrentDays) >= daysOf(retention)))
          )
            report({
              resource: lifecycle,
              got: `rule ${show(id)}, which ends what is locked`,
              expected: `no expiration, and of earlier versions none before ${daysOf(retention)} days`,
            });
        }
      }
    }
  },
});
