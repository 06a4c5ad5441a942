import { ordered } from "../lib/orderedAgents";
import { stackPolicy } from "../lib/policy";
import { types } from "../lib/types";

export const certificatesCountThirteen = stackPolicy({
  name: "certificates-count-thirteen",
  severity: "critical",
  clauses: ["B5.1", "B8.4"],
  summary: `The ${ordered.issued} missing certificates are issued, each for a name of its own.`,
  reads: "aws:acm/certificate:Certificate.domainName, and how many there are",
  remediation: `issue one certificate for each of the ${ordered.issued} agents that lack theirs.`,
  url: "https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html",
  check(stack, report) {
    const certificates = stack.ofType(types.certificate);
    if (certificates.length !== ordered.issued) {
      report({ got: `${certificates.length} certificates`, expected: String(ordered.issued) });
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
