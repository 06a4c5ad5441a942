import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { show, within } from "../lib/values";

const mostDays = 30;

export const leafLimitsLifetime = resourcePolicy({
  name: "leaf-limits-lifetime",
  severity: "high",
  clauses: ["B5.2"],
  summary:
    "A certificate that the program itself signs for a client or a service lives for days, and its key is no file of a deployment.",
  reads:
    "tls:index/locallySignedCert:LocallySignedCert: validityPeriodHours where isCaCertificate is not true",
  remediation: `set validityPeriodHours to at most ${mostDays * 24}, or better have a function issue it, which renews it by itself.`,
  url: "https://www.pulumi.com/registry/packages/tls/api-docs/locallysignedcert/",
  types: [types.issuedCertificate],
  check(resource, report) {
    const { isCaCertificate, validityPeriodHours } = resource.props;
    if (isCaCertificate === true || within(validityPeriodHours, 1, mostDays * 24)) return;
    report({
      resource,
      got: `validityPeriodHours ${show(validityPeriodHours)}`,
      expected: `1 to ${mostDays * 24}, ${mostDays} days`,
    });
  },
});
