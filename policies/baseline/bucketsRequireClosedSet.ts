import { stackPolicy, type StackResource } from "../lib/policy";
import { belongsTo } from "../lib/relations";
import { types } from "../lib/types";
import { number, object, objects, show, type Props } from "../lib/values";

interface Part {
  readonly type: string;
  readonly what: string;
  readonly holds: (props: Props) => boolean;
}

const publicAccess = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
const algorithms: readonly unknown[] = ["AES256", "aws:kms", "aws:kms:dsse"];

const parts: readonly Part[] = [
  {
    type: types.bucketPublicAccess,
    what: `a BucketPublicAccessBlock with ${publicAccess.join(", ")}`,
    holds: (props) => publicAccess.every((key) => props[key] === true),
  },
  {
    type: types.bucketVersioning,
    what: "a BucketVersioning with status Enabled",
    holds: ({ versioningConfiguration }) => object(versioningConfiguration).status === "Enabled",
  },
  {
    type: types.bucketEncryption,
    what: "a BucketServerSideEncryptionConfiguration",
    holds: ({ rules }) =>
      objects(rules).some(({ applyServerSideEncryptionByDefault: rule }) =>
        algorithms.includes(object(rule).sseAlgorithm),
      ),
  },
  {
    type: types.bucketOwnership,
    what: "BucketOwnershipControls with BucketOwnerEnforced",
    holds: ({ rule }) => object(rule).objectOwnership === "BucketOwnerEnforced",
  },
  {
    type: types.bucketLifecycle,
    what: "a BucketLifecycleConfiguration that ends unfinished uploads",
    holds: ({ rules }) =>
      objects(rules).some(
        ({ status, abortIncompleteMultipartUpload: abort }) =>
          status === "Enabled" && number(object(abort).daysAfterInitiation) >= 1,
      ),
  },
  { type: types.bucketPolicy, what: "a BucketPolicy", holds: () => true },
];

export const bucketsRequireClosedSet = stackPolicy({
  name: "buckets-require-closed-set",
  severity: "high",
  clauses: ["B5.3"],
  summary:
    "Every bucket is private, versioned, encrypted, owned by its account, cleaned up, and has a policy.",
  reads:
    "Bucket, and for each: BucketPublicAccessBlock, -Versioning, -ServerSideEncryptionConfiguration, -OwnershipControls, -LifecycleConfiguration, -Policy",
  controls: [
    "FSBP S3.2",
    "FSBP S3.3",
    "FSBP S3.8",
    "FSBP S3.12",
    "FSBP S3.13",
    "CKV_AWS_19",
    "CKV_AWS_20",
    "CKV_AWS_21",
    "CKV_AWS_53",
    "CKV_AWS_54",
    "CKV_AWS_55",
    "CKV_AWS_56",
    "CKV_AWS_57",
    "CKV_AWS_300",
    "CKV2_AWS_6",
    "CKV2_AWS_61",
    "CKV2_AWS_65",
    "AwsSolutions-S2",
  ],
  remediation: "declare the missing part for the bucket.",
  url: "https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-8",
  check(stack, report) {
    for (const bucket of stack.ofType(types.bucket)) {
      for (const { type, what, holds } of parts) {
        const own = stack.ofType(type).filter((part) => belongsTo(part, bucket));
        const [part] = own;
        if (!part || own.length > 1) {
          report({ resource: bucket, got: `${own.length} of ${type}`, expected: what });
        } else if (!holds(part.props)) {
          report({ resource: part, got: show(withoutBucket(part)), expected: what });
        }
      }
    }
  },
});

/** What a part says, without the name of its bucket, which may be unknown. */
const withoutBucket = ({ props }: StackResource): Props =>
  Object.fromEntries(
    ["rule", "rules", "versioningConfiguration", ...publicAccess]
      .filter((key) => props[key] !== undefined)
      .map((key) => [key, props[key]]),
  );
