import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join, object, present, show, strings } from "../lib/values";

const strongKeys = ["RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1"];

export const certificateRequiresDnsValidation = resourcePolicy({
  name: "certificate-requires-dns-validation",
  severity: "high",
  clauses: ["B5.1"],
  summary:
    "Certificates are issued for one exact name each, validated by DNS, so that they renew without hands.",
  reads:
    "aws:acm/certificate:Certificate: domainName, subjectAlternativeNames, validationMethod, keyAlgorithm, options, and what would import it",
  controls: ["FSBP ACM.2", "CKV_AWS_234", "CKV2_AWS_71"],
  remediation:
    "request the certificate for the agent's exact name with validationMethod DNS and a key of 2048 bits or more.",
  url: "https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html",
  types: [types.certificate],
  check(resource, report) {
    const { domainName, subjectAlternativeNames, validationMethod, keyAlgorithm, options } = resource.props;
    if (validationMethod !== "DNS") {
      report({ resource, got: `validationMethod ${show(validationMethod)}`, expected: '"DNS"' });
    }
    // What is imported is not renewed; a private authority asks for no proof of the name.
    for (const key of ["certificateAuthorityArn", "certificateBody", "privateKey"]) {
      if (present(resource.props, key))
        report({ resource, got: `${key} set`, expected: "a public certificate that ACM issues" });
    }
    const names = [...new Set([...strings(domainName), ...strings(subjectAlternativeNames)])];
    const wildcards = names.filter((name) => name.includes("*"));
    if (names.length !== 1 || wildcards.length > 0) {
      report({
        resource,
        got: `names ${join(names)}`,
        expected: "exact names, no wildcard: one a certificate",
      });
    }
    if (keyAlgorithm !== undefined && !strongKeys.includes(String(keyAlgorithm))) {
      report({ resource, got: `keyAlgorithm ${show(keyAlgorithm)}`, expected: `one of ${join(strongKeys)}` });
    }
    const { certificateTransparencyLoggingPreference: logging } = object(options);
    if (logging !== "ENABLED") {
      report({ resource, got: `transparency logging ${show(logging)}`, expected: '"ENABLED"' });
    }
  },
});
