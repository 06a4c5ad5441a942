import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { createPrivateBucket, type PrivateBucket } from "../shared/privateBucket";

export interface TrustArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  /** Clients' issuers and roots of every trusted generation, one certificate after another. */
  readonly truststorePem: pulumi.Input<string>;
  /** Versions that are no longer in force are kept this long. */
  readonly keepOldVersionsDays: number;
}

/** The truststore by which the gateway recognises clients' certificates. */
export class Trust extends WorkOrderComponent {
  /** `s3://<bucket>/truststore.pem`; known at preview. */
  readonly truststoreUri: string;
  /** The version that the domains pin. */
  readonly truststoreVersion: pulumi.Output<string>;

  constructor(name: string, args: TrustArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Trust", name, ["B5.3"], opts);
    const bucketName = `${args.namePrefix}-truststore-${args.scope.accountId}`;
    const ready = this.createBucket(name, bucketName, args);
    const object = new aws.s3.BucketObjectv2(
      `${name}-truststore`,
      {
        bucket: ready.bucket.bucket,
        key: "truststore.pem",
        content: args.truststorePem,
        contentType: "application/x-pem-file",
      },
      // An object written before versioning is on has the version "null", which cannot be pinned.
      { parent: this, dependsOn: [...ready.closedBy] },
    );
    this.truststoreUri = `s3://${bucketName}/truststore.pem`;
    this.truststoreVersion = object.versionId;
    this.registerOutputs({ truststoreUri: this.truststoreUri, truststoreVersion: this.truststoreVersion });
  }

  private createBucket(name: string, bucketName: string, args: TrustArgs): PrivateBucket {
    return createPrivateBucket(
      name,
      {
        bucketName,
        scope: args.scope,
        // The content is public certificates; the gateway reads it with the deployer's rights, and a key of ours
        // would add a way to fail, not a secret to keep.
        encryption: { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
        lifecycleRules: [
          {
            id: "old-truststores",
            status: "Enabled",
            filter: {},
            noncurrentVersionExpiration: { noncurrentDays: args.keepOldVersionsDays },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
      },
      this,
    );
  }
}
