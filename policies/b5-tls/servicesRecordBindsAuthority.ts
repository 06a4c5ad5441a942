import { isMadeOf, rootAbove } from "../lib/certificates";
import { stackPolicy } from "../lib/policy";
import { attributesOf, recordsOfIssuers, sourcesOf, textsOf } from "../lib/records";
import { names, sources } from "../lib/relations";
import { types } from "../lib/types";
import { join } from "../lib/values";

export const servicesRecordBindsAuthority = stackPolicy({
  name: "services-record-binds-authority",
  severity: "critical",
  clauses: ["B5.2", "B5.3"],
  summary:
    "Agents are verified by services' issuers and the roots above them: by no issuer that signs clients, so that a client can't pass for an agent.",
  reads:
    "TableItem.item → LocallySignedCert, SelfSignedCert; its option ignoreChanges; LocallySignedCert.caCertPem → SelfSignedCert; DomainName.mutualTlsAuthentication → BucketObjectv2.content",
  remediation:
    "take one item from certPem of the services' issuers and of the roots that signed them, and let every update write it.",
  url: "https://datatracker.ietf.org/doc/html/rfc5280#section-6.1",
  check(stack, report) {
    const { services: holders } = recordsOfIssuers(stack);
    const [holder] = holders;
    if (!holder || holders.length > 1) {
      report({
        got: `${holders.length} records of issuers that the truststore does not hold (${join(names(holders))})`,
        expected: "exactly one, of the services' issuers",
      });
      return;
    }
    const issuers = sources(holder, "item", types.issuedCertificate);
    const roots = sources(holder, "item", types.rootCertificate);
    const above = new Set(issuers.map(rootAbove));
    if (
      issuers.length + roots.length !== sourcesOf(holder).length ||
      above.size !== roots.length ||
      !roots.every((root) => above.has(root)) ||
      (attributesOf(holder) !== undefined && !isMadeOf(textsOf(holder).join(""), [...issuers, ...roots]))
    ) {
      report({
        resource: holder,
        got: `an item of ${join(names(sourcesOf(holder)))}`,
        expected: "services' issuers, the roots that signed them, and nothing else",
      });
    }
    if (holder.opts.ignoreChanges.length > 0) {
      report({
        resource: holder,
        got: `ignoreChanges ${join(holder.opts.ignoreChanges)}`,
        expected: "none: a new issuer would never be believed, an old one for ever",
      });
    }
  },
});
