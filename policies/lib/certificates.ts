/** The stack's own authority: whose certificates stand in a text. */
import type { Stack, StackResource } from "./policy";
import { sources } from "./relations";
import { types } from "./types";
import { peek, text, UNKNOWN } from "./values";

/** True when nothing is left of a text without the certificates; after a deployment all of them are known. */
export function isMadeOf(content: string, authorities: readonly StackResource[]): boolean {
  const pems = authorities.map((authority) => peek(() => text(authority.props.certPem)));
  const rest = pems.reduce<string>((left, pem) => (pem === UNKNOWN ? left : left.replace(pem, "")), content);
  return rest.trim() === "";
}

/** The certificates below the root that stand in the truststore of a domain: those that sign clients' certificates. */
export function issuersOf(stack: Stack): readonly StackResource[] {
  const truststores = stack
    .ofType(types.domain)
    .flatMap((domain) => sources(domain, "mutualTlsAuthentication", types.bucketObject));
  return [
    ...new Set(truststores.flatMap((truststore) => sources(truststore, "content", types.issuedCertificate))),
  ];
}
