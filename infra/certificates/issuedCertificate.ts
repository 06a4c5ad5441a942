import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { WorkOrderComponent } from "../shared/component";

/** Validation records are read by ACM at every renewal, seldom by anyone else. */
const VALIDATION_TTL_SECONDS = 300;

export interface IssuedCertificateArgs {
  /** The one name on the certificate; never a wildcard. */
  readonly domain: string;
  readonly hostedZoneId: string;
}

/** A public certificate that ACM issues, validates by DNS and renews without hands, as long as its record stays. */
export class IssuedCertificate extends WorkOrderComponent {
  /** The certificate's ARN, known only once it is validated: whatever uses it waits. */
  readonly validatedArn: pulumi.Output<string>;

  constructor(name: string, args: IssuedCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
    super("IssuedCertificate", name, ["B5.1", "B8.4"], opts);
    const certificate = new aws.acm.Certificate(
      `${name}-certificate`,
      {
        domainName: args.domain,
        validationMethod: "DNS",
        keyAlgorithm: "RSA_2048",
        options: { certificateTransparencyLoggingPreference: "ENABLED" },
      },
      { parent: this },
    );
    const option = certificate.domainValidationOptions.apply((options) => {
      const [first] = options;
      if (!first)
        throw new pulumi.RunError(`${args.domain}: ACM gave no validation option for the certificate`);
      return first;
    });
    const record = new aws.route53.Record(
      `${name}-validation-record`,
      {
        zoneId: args.hostedZoneId,
        name: option.resourceRecordName,
        type: option.resourceRecordType,
        records: [option.resourceRecordValue],
        ttl: VALIDATION_TTL_SECONDS,
      },
      { parent: this },
    );
    const validation = new aws.acm.CertificateValidation(
      `${name}-validation`,
      { certificateArn: certificate.arn, validationRecordFqdns: [record.fqdn] },
      { parent: this },
    );
    this.validatedArn = validation.certificateArn;
    this.registerOutputs({ domain: args.domain, validatedArn: this.validatedArn });
  }
}
