import { domainsOf } from "../lib/domains";
import { stackPolicy } from "../lib/policy";
import { groupBy, names, pointingAt, source, sources } from "../lib/relations";
import { types } from "../lib/types";
import { join, show } from "../lib/values";

export const certificatesBindDomains = stackPolicy({
  name: "certificates-bind-domains",
  severity: "critical",
  clauses: ["B5.1", "B8.4"],
  summary:
    "Each issued certificate is validated through its own DNS record and bound to the domain that it names.",
  reads:
    "CertificateValidation: certificateArn → Certificate, validationRecordFqdns → Record: name, type, records → Certificate; DomainName: certificate → CertificateValidation, domainName",
  remediation:
    "bind the domain to the certificateArn of the CertificateValidation, which waits for the certificate's record.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains-prerequisites.html",
  check(stack, report) {
    const domains = domainsOf(stack);
    const byValidation = groupBy(domains, ({ validation }) => validation);
    const validations = stack.ofType(types.certificateValidation);
    for (const certificate of stack.ofType(types.certificate)) {
      const [validation, ...more] = pointingAt(certificate, validations, "certificateArn");
      if (!validation || more.length > 0) {
        report({
          resource: certificate,
          got: `${validation ? 1 + more.length : 0} validations`,
          expected: "exactly one CertificateValidation",
        });
        continue;
      }
      const records = sources(validation, "validationRecordFqdns", types.record);
      const foreign = records.filter((record) =>
        ["name", "type", "records"].some(
          (property) => source(record, property, types.certificate) !== certificate,
        ),
      );
      if (records.length === 0 || foreign.length > 0) {
        report({
          resource: validation,
          got: records.length === 0 ? "no record" : `records of another certificate: ${join(names(foreign))}`,
          expected: "the DNS record that this certificate asks for",
        });
      }
      const bound = byValidation.get(validation) ?? [];
      if (bound.length !== 1) {
        report({
          resource: certificate,
          got: `${bound.length} domains (${join(names(bound.map(({ resource }) => resource)))})`,
          expected: "exactly one domain that waits for the validation",
        });
      }
      for (const domain of bound.filter(({ name }) => name !== certificate.props.domainName)) {
        report({
          resource: domain.resource,
          got: `a certificate for ${show(certificate.props.domainName)}`,
          expected: `one for ${domain.name}`,
        });
      }
    }
    for (const { resource, certificateProperty } of domains) {
      // Taken from the certificate itself, the domain is made before anybody proved to own the name.
      if (sources(resource, certificateProperty, types.certificate).length > 0) {
        report({
          resource,
          got: "a certificate that is not yet validated",
          expected: "the arn of its validation",
        });
      }
    }
  },
});
