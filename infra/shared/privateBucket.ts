import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { bucketArn, type AccountScope } from "./arn";

export interface PrivateBucketArgs {
  /** The bucket's name in S3, unique in the world. */
  readonly bucketName: string;
  readonly scope: AccountScope;
  readonly encryption: pulumi.Input<aws.types.input.s3.BucketServerSideEncryptionConfigurationRule>;
  /** What ends when; each bucket's own. */
  readonly lifecycleRules: pulumi.Input<aws.types.input.s3.BucketLifecycleConfigurationRule>[];
  /**
   * What the bucket's policy says beside its refusal of plain text.
   * @default nothing
   */
  readonly statements?: readonly object[];
  /**
   * Versions that nobody deletes for a time, in a bucket that nothing deletes either.
   * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
   * @default none
   */
  readonly lock?: { readonly mode: "COMPLIANCE" | "GOVERNANCE"; readonly days: number };
}

export interface PrivateBucket {
  readonly bucket: aws.s3.Bucket;
  /** An object waits for these: before them the bucket is not yet what it will be. */
  readonly closedBy: readonly pulumi.Resource[];
}

/** Every bucket of the program is made here: versioned, owned by this account alone, closed, and read over TLS only. */
export function createPrivateBucket(
  name: string,
  { bucketName, scope, encryption: rule, lifecycleRules, statements = [], lock }: PrivateBucketArgs,
  owner: pulumi.Resource,
): PrivateBucket {
  const parent = { parent: owner };
  const bucket = new aws.s3.Bucket(
    `${name}-bucket`,
    // By hand it can be had later, but then there were versions that it does not cover.
    { bucket: bucketName, ...(lock ? { objectLockEnabled: true } : {}) },
    { ...parent, ...(lock ? { protect: true } : {}) },
  );
  const of = { bucket: bucket.bucket };
  const versioning = new aws.s3.BucketVersioning(
    `${name}-versioning`,
    { ...of, versioningConfiguration: { status: "Enabled" } },
    parent,
  );
  const closed = new aws.s3.BucketPublicAccessBlock(
    `${name}-public-access`,
    {
      ...of,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    parent,
  );
  const ownership = new aws.s3.BucketOwnershipControls(
    `${name}-ownership`,
    { ...of, rule: { objectOwnership: "BucketOwnerEnforced" } },
    parent,
  );
  const encryption = new aws.s3.BucketServerSideEncryptionConfiguration(
    `${name}-encryption`,
    { ...of, rules: [rule] },
    parent,
  );
  const lifecycle = new aws.s3.BucketLifecycleConfiguration(
    `${name}-lifecycle`,
    { ...of, rules: lifecycleRules },
    { parent: owner, dependsOn: versioning },
  );
  const arn = bucketArn(scope, bucketName);
  const policy = new aws.s3.BucketPolicy(
    `${name}-bucket-policy`,
    {
      ...of,
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "OnlyOverTls",
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [arn, `${arn}/*`],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
          ...statements,
        ],
      }),
    },
    { parent: owner, dependsOn: closed },
  );
  const locked = lock
    ? [
        new aws.s3.BucketObjectLockConfiguration(
          `${name}-lock`,
          {
            ...of,
            objectLockEnabled: "Enabled",
            rule: { defaultRetention: { mode: lock.mode, days: lock.days } },
          },
          { parent: owner, dependsOn: versioning },
        ),
      ]
    : [];
  return { bucket, closedBy: [versioning, closed, ownership, encryption, lifecycle, policy, ...locked] };
}
