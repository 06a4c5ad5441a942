/** The custom domains of both kinds, and which certificate each uses. */
import type { Stack, StackResource } from "./policy";
import { source } from "./relations";
import { types } from "./types";
import { object, peek, text, UNKNOWN } from "./values";

export interface Domain {
  readonly resource: StackResource;
  readonly kind: "http" | "voice";
  /** e.g. `chat-01.staging.example.com` */
  readonly name: string;
  /** The property that takes the certificate. */
  readonly certificateProperty: "regionalCertificateArn" | "domainNameConfiguration";
  /** The validation that the domain waits for; `undefined` where the certificate exists already. */
  readonly validation: StackResource | undefined;
  /** The certificate that is validated, when this stack issues it. */
  readonly certificate: StackResource | undefined;
  /** The certificate's ARN where it is known. */
  readonly arn: string | undefined;
}

function toDomain(resource: StackResource, kind: Domain["kind"]): Domain {
  const certificateProperty = kind === "http" ? "regionalCertificateArn" : "domainNameConfiguration";
  const validation = source(resource, certificateProperty, types.certificateValidation);
  const arn = peek(() =>
    kind === "http"
      ? text(resource.props.regionalCertificateArn)
      : text(object(resource.props.domainNameConfiguration).certificateArn),
  );
  return {
    resource,
    kind,
    name: text(resource.props.domainName),
    certificateProperty,
    validation,
    certificate: validation && source(validation, "certificateArn", types.certificate),
    arn: arn === UNKNOWN || arn === "" ? undefined : arn,
  };
}

export const domainsOf = (stack: Stack): readonly Domain[] => [
  ...stack.ofType(types.domain).map((resource) => toDomain(resource, "http")),
  ...stack.ofType(types.voiceDomain).map((resource) => toDomain(resource, "voice")),
];
