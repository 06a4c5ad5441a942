import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import type { AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { createPrivateBucket, type PrivateBucket } from "../shared/privateBucket";
import type { TrustSettings } from "./trust.schema";

const HOURS_PER_DAY = 24;
/** A root signs issuers only, never leaves; it is renewed by overlap, never at its last hour. */
const EARLY_RENEWAL_SHARE = 0.25;

export interface TrustArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  readonly settings: TrustSettings;
}

/**
 * The authority for clients' certificates and the truststore by which the gateway recognises them.
 *
 * ECDSA P-256 and SHA-256: what the gateway asks for at least.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html
 */
export class Trust extends WorkOrderComponent {
  /** `s3://<bucket>/truststore.pem`; known at preview. */
  readonly truststoreUri: string;
  /** The version that the domains pin. */
  readonly truststoreVersion: pulumi.Output<string>;
  /** Certificates of those who sign clients' certificates, without the root. */
  readonly issuersPem: pulumi.Output<string>;

  constructor(name: string, args: TrustArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Trust", name, ["B5.3"], opts);
    const { issuerPem, rootPem } = this.createAuthority(name, args.settings);
    this.issuersPem = issuerPem;
    const bucketName = `${args.namePrefix}-truststore-${args.scope.accountId}`;
    const ready = this.createBucket(name, bucketName, args);
    const object = new aws.s3.BucketObjectv2(
      `${name}-truststore`,
      {
        bucket: ready.bucket.bucket,
        key: "truststore.pem",
        content: pulumi.interpolate`${issuerPem}${rootPem}`,
        contentType: "application/x-pem-file",
      },
      // An object written before versioning is on has the version "null", which cannot be pinned.
      { parent: this, dependsOn: [...ready.closedBy] },
    );
    this.truststoreUri = `s3://${bucketName}/truststore.pem`;
    this.truststoreVersion = object.versionId;
    this.registerOutputs({ truststoreUri: this.truststoreUri, truststoreVersion: this.truststoreVersion });
  }

  /** Root and clients' issuer; returns the certificate of each. */
  private createAuthority(
    name: string,
    settings: TrustSettings,
  ): { readonly issuerPem: pulumi.Output<string>; readonly rootPem: pulumi.Output<string> } {
    const parent = { parent: this };
    const newKey = (who: string): tls.PrivateKey =>
      new tls.PrivateKey(`${name}-${who}-key`, { algorithm: "ECDSA", ecdsaCurve: "P256" }, parent);
    const subject = (commonName: string) => ({ organization: settings.organization, commonName });
    const hours = (days: number) => ({
      validityPeriodHours: days * HOURS_PER_DAY,
      earlyRenewalHours: Math.floor(days * EARLY_RENEWAL_SHARE) * HOURS_PER_DAY,
    });

    const rootKey = newKey("root");
    const root = new tls.SelfSignedCert(
      `${name}-root`,
      {
        privateKeyPem: rootKey.privateKeyPem,
        subject: subject("Fase B root"),
        ...hours(settings.rootLifetimeDays),
        isCaCertificate: true,
        // Issuers below it, and below them leaves only.
        maxPathLength: 1,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing"],
      },
      parent,
    );
    const issuerKey = newKey("issuer");
    const request = new tls.CertRequest(
      `${name}-issuer-request`,
      { privateKeyPem: issuerKey.privateKeyPem, subject: subject("Fase B clients' issuer") },
      parent,
    );
    const issuer = new tls.LocallySignedCert(
      `${name}-issuer`,
      {
        certRequestPem: request.certRequestPem,
        caPrivateKeyPem: rootKey.privateKeyPem,
        caCertPem: root.certPem,
        ...hours(settings.issuerLifetimeDays),
        isCaCertificate: true,
        maxPathLength: 0,
        setSubjectKeyId: true,
        allowedUses: ["cert_signing", "crl_signing"],
      },
      parent,
    );
    return { issuerPem: issuer.certPem, rootPem: root.certPem };
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
            noncurrentVersionExpiration: { noncurrentDays: args.settings.keepOldVersionsDays },
            abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
          },
        ],
      },
      this,
    );
  }
}
