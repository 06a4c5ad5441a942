import { partsOf, writtenBuckets } from "../lib/buckets";
import { stackPolicy } from "../lib/policy";
import { names, source } from "../lib/relations";
import { types } from "../lib/types";
import { join, object, objects, show } from "../lib/values";

export const writtenBucketsBindKeys = stackPolicy({
  name: "written-buckets-bind-keys",
  severity: "high",
  clauses: ["B3.1", "B8.3"],
  summary:
    "What functions put into a bucket rests under a key of this stack, apart from what the program puts.",
  reads:
    "BucketServerSideEncryptionConfiguration.rules → kms.Key, for buckets of RolePolicy.policy; BucketObjectv2.bucket",
  remediation:
    "encrypt the bucket by aws:kms with the arn of the stack's kms.Key, and keep the program's own objects elsewhere.",
  url: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html",
  check(stack, report) {
    for (const bucket of writtenBuckets(stack, report).keys()) {
      for (const encryption of partsOf(stack, bucket, types.bucketEncryption)) {
        const algorithms = objects(encryption.props.rules).map(
          ({ applyServerSideEncryptionByDefault: rule }) => object(rule).sseAlgorithm,
        );
        if (algorithms.join() !== "aws:kms" || !source(encryption, "rules", types.key)) {
          report({
            resource: encryption,
            got: `encryption by ${join(algorithms.map(show))}, under a key from elsewhere or none`,
            expected: '"aws:kms" by the arn of a kms.Key of this stack',
          });
        }
      }
      const own = partsOf(stack, bucket, types.bucketObject);
      if (own.length > 0) {
        report({
          resource: bucket,
          got: `objects of the program, ${join(names(own))}, where functions write`,
          expected: "a bucket for each",
        });
      }
    }
  },
});
