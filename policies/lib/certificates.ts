/** The stack's own authority: who signs whom, and whose certificates stand in a text. */
import type { Stack, StackResource } from "./policy";
import { source, sources } from "./relations";
import { types } from "./types";
import { peek, text, UNKNOWN } from "./values";

/** True when nothing is left of a text without the certificates; after a deployment all of them are known. */
export function isMadeOf(content: string, authorities: readonly StackResource[]): boolean {
  const pems = authorities.map((authority) => peek(() => text(authority.props.certPem)));
  const rest = pems.reduce<string>((left, pem) => (pem === UNKNOWN ? left : left.replace(pem, "")), content);
  return rest.trim() === "";
}

const inTruststore = (stack: Stack, type: string): readonly StackResource[] => {
  const truststores = new Set(
    stack
      .ofType(types.domain)
      .flatMap((domain) => sources(domain, "mutualTlsAuthentication", types.bucketObject)),
  );
  return [...new Set([...truststores].flatMap((truststore) => sources(truststore, "content", type)))];
};

/** The certificates below a root that stand in the truststore of a domain: those that sign clients' certificates. */
export const issuersOf = (stack: Stack): readonly StackResource[] =>
  inTruststore(stack, types.issuedCertificate);

export const rootsOf = (stack: Stack): readonly StackResource[] => inTruststore(stack, types.rootCertificate);

/** The root that a certificate says it is signed by. */
export const rootAbove = (certificate: StackResource): StackResource | undefined =>
  source(certificate, "caCertPem", types.rootCertificate);

/** The key that a certificate is about. */
export function keyOf(certificate: StackResource): StackResource | undefined {
  if (certificate.type === types.rootCertificate)
    return source(certificate, "privateKeyPem", types.privateKey);
  const request = source(certificate, "certRequestPem", types.certificateRequest);
  return request && source(request, "privateKeyPem", types.privateKey);
}

/** Certificates that sign others: roots, and what says so of itself. */
export const authoritiesOf = (stack: Stack): readonly StackResource[] => [
  ...stack.ofType(types.rootCertificate),
  ...stack.ofType(types.issuedCertificate).filter(({ props }) => props.isCaCertificate === true),
];

/** The generation that a certificate is part of. */
export const generationOf = ({ parent }: StackResource): StackResource | undefined =>
  parent?.type === types.authority ? parent : undefined;
