import { isMadeOf, issuersOf } from "../lib/certificates";
import { stackPolicy } from "../lib/policy";
import { attributesOf, isOfIssuers, sourcesOf, textsOf } from "../lib/records";
import { names, sources } from "../lib/relations";
import { types } from "../lib/types";
import { join, show } from "../lib/values";

/** A key in a table would be a leak; a root signs no clients, and would let every issuer in that it ever signed. */
const never: readonly string[] = [types.privateKey, types.rootCertificate];

export const issuersRecordBindsAuthority = stackPolicy({
  name: "issuers-record-binds-authority",
  severity: "critical",
  clauses: ["B5.3"],
  summary:
    "The authorizer believes exactly the issuers of the truststore, not the root above them, and no private key leaves the state.",
  reads:
    "TableItem.item → LocallySignedCert, SelfSignedCert, PrivateKey; its option ignoreChanges; DomainName.mutualTlsAuthentication → BucketObjectv2.content; LocallySignedCert.isCaCertificate",
  remediation:
    "take one item from certPem of the LocallySignedCerts that the truststore holds, and let every update write it.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
  check(stack, report) {
    const records = stack.ofType(types.tableItem);
    for (const record of records) {
      const strangers = sourcesOf(record).filter(({ type }) => never.includes(type));
      if (strangers.length > 0) {
        report({
          resource: record,
          got: `an item of ${join(names(strangers))}`,
          expected: "no root, and no private key",
        });
      }
      if (textsOf(record).some((one) => one.includes("PRIVATE KEY"))) {
        report({ resource: record, got: "a private key", expected: "certificates only" });
      }
    }
    const issuers = issuersOf(stack);
    const holders = records.filter(isOfIssuers);
    const [holder] = holders;
    if (!holder || holders.length > 1) {
      report({
        got: `${holders.length} records of issuers (${join(names(holders))})`,
        expected: "exactly one",
      });
      return;
    }
    const believed = sources(holder, "item", types.issuedCertificate);
    if (
      believed.length !== issuers.length ||
      believed.length !== sourcesOf(holder).length ||
      !issuers.every((issuer) => believed.includes(issuer)) ||
      (attributesOf(holder) !== undefined && !isMadeOf(textsOf(holder).join(""), believed))
    ) {
      report({
        resource: holder,
        got: `an item of ${join(names(sourcesOf(holder)))}`,
        expected: `the issuers of the truststore, ${join(names(issuers))}, and nothing else`,
      });
    }
    for (const issuer of believed.filter(({ props }) => props.isCaCertificate !== true)) {
      report({
        resource: issuer,
        got: `isCaCertificate ${show(issuer.props.isCaCertificate)}`,
        expected: "true, since it signs clients",
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
