import { DescribeCertificateCommand, type ACMClient } from "@aws-sdk/client-acm";
import { known, type Answer } from "./answer";
import { askAws } from "./askAws";

export interface LiveCertificate {
  /** `ISSUED`, or what the service says of it. */
  readonly status: string;
  readonly names: readonly string[];
  readonly notAfterMs?: number;
  readonly inUse: boolean;
  /** `AMAZON_ISSUED` renews by itself. */
  readonly type: string;
}

/** Certificates of the live account. */
export interface CertificateSource {
  /** `undefined` where there is none of that ARN. */
  certificate(arn: string): Promise<Answer<LiveCertificate | undefined>>;
}

export class AcmCertificates implements CertificateSource {
  constructor(
    private readonly client: Pick<ACMClient, "send">,
    private readonly signal?: AbortSignal,
  ) {}

  certificate(arn: string): Promise<Answer<LiveCertificate | undefined>> {
    const asked = { system: "acm", asked: `the certificate ${arn}` };
    return askAws("acm:DescribeCertificate", asked, async () => {
      try {
        const { Certificate } = await this.client.send(
          new DescribeCertificateCommand({ CertificateArn: arn }),
          this.signal === undefined ? {} : { abortSignal: this.signal },
        );
        if (Certificate === undefined) return known(undefined, [asked]);
        const {
          Status,
          DomainName,
          SubjectAlternativeNames = [],
          NotAfter,
          InUseBy = [],
          Type,
        } = Certificate;
        return known(
          {
            status: Status ?? "UNKNOWN",
            names: [
              ...new Set([...(DomainName === undefined ? [] : [DomainName]), ...SubjectAlternativeNames]),
            ],
            ...(NotAfter === undefined ? {} : { notAfterMs: NotAfter.getTime() }),
            inUse: InUseBy.length > 0,
            type: Type ?? "UNKNOWN",
          },
          [asked],
        );
      } catch (error) {
        if (error instanceof Error && error.name === "ResourceNotFoundException")
          return known(undefined, [asked]);
        throw error;
      }
    });
  }
}
