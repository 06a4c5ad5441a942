import { stackPolicy } from "../lib/policy";
import { types } from "../lib/types";

/** The work order: 13 of the 18 agents lack their certificate. */
const orderedCertificates = 13;

export const certificatesCountThirteen = stackPolicy({
  name: "certificates-count-thirteen",
  severity: "critical",
  clauses: ["B5.1", "B8.4"],
  summary: "The 13 missing certificates are issued, each for a name of its own.",
  reads: "aws:acm/certificate:Certificate.domainName, and how many there are",
  remediation: "issue one certificate for each of the 13 agents that lack theirs.",
  url: "https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html",
  check(stack, report) {
    const certificates = stack.ofType(types.certificate);
    if (certificates.length !== orderedCertificates) {
      report({ got: `${certificates.length} certificates`, expected: `${orderedCertificates}` });
    }
    const names = new Map<unknown, string>();
    for (const certificate of certificates) {
      const { domainName } = certificate.props;
      const first = names.get(domainName);
      if (first !== undefined) {
        report({
          resource: certificate,
          got: `a second certificate for ${String(domainName)}, which '${first}' has`,
          expected: "one certificate for each name",
        });
      }
      names.set(domainName, certificate.name);
    }
  },
});
