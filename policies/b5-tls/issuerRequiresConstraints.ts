import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join, number, show, strings } from "../lib/values";

/** What an authority's key is for: to sign certificates and lists of revoked ones. */
const uses = ["cert_signing", "crl_signing"];

/** How many authorities may stand below, by type: a root signs issuers, an issuer leaves only. */
const pathLength: Readonly<Record<string, number>> = {
  [types.rootCertificate]: 1,
  [types.issuedCertificate]: 0,
};

export const issuerRequiresConstraints = resourcePolicy({
  name: "issuer-requires-constraints",
  severity: "critical",
  clauses: ["B5.2", "B5.3"],
  summary:
    "A root signs issuers and an issuer leaves, neither does anything else, and neither is replaced in place.",
  reads:
    "tls:index/selfSignedCert:SelfSignedCert and tls:index/locallySignedCert:LocallySignedCert: isCaCertificate, maxPathLength, allowedUses, setSubjectKeyId, earlyRenewalHours, ipAddresses, dnsNames, uris",
  remediation:
    "set isCaCertificate and setSubjectKeyId true, maxPathLength 1 for a root and 0 for an issuer, allowedUses cert_signing and crl_signing, and no earlyRenewalHours: a generation follows another.",
  url: "https://datatracker.ietf.org/doc/html/rfc5280#section-4.2.1.9",
  types: [types.rootCertificate, types.issuedCertificate],
  check(resource, report) {
    const { isCaCertificate, maxPathLength, allowedUses, setSubjectKeyId, earlyRenewalHours } =
      resource.props;
    const isRoot = resource.type === types.rootCertificate;
    // What is signed and signs nothing is a leaf, which leaf-limits-lifetime judges.
    if (!isRoot && isCaCertificate !== true && !strings(allowedUses).some((use) => uses.includes(use)))
      return;
    if (isCaCertificate !== true) {
      report({
        resource,
        got: `isCaCertificate ${show(isCaCertificate)}`,
        expected: "true, since it signs others",
      });
    }
    const most = pathLength[resource.type];
    if (maxPathLength !== most) {
      report({ resource, got: `maxPathLength ${show(maxPathLength)}`, expected: show(most) });
    }
    if ([...strings(allowedUses)].sort().join() !== uses.join()) {
      report({ resource, got: `uses ${join(strings(allowedUses))}`, expected: `exactly ${join(uses)}` });
    }
    // Without it a chain is found by names alone, which two generations may share.
    if (setSubjectKeyId !== true) {
      report({ resource, got: `setSubjectKeyId ${show(setSubjectKeyId)}`, expected: "true" });
    }
    // The provider makes a new certificate as soon as the old one is that near its end: whoever trusts the old one is
    // cut off by an update that was about something else.
    if (earlyRenewalHours !== undefined && number(earlyRenewalHours) !== 0) {
      report({ resource, got: `earlyRenewalHours ${show(earlyRenewalHours)}`, expected: "none" });
    }
    for (const key of ["dnsNames", "ipAddresses", "uris"]) {
      if (strings(resource.props[key]).length > 0) {
        report({ resource, got: `${key} ${show(resource.props[key])}`, expected: "none: it serves nobody" });
      }
    }
  },
});
