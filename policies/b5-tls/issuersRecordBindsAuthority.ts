import { isMadeOf, issuersOf } from "../lib/certificates";
import { stackPolicy } from "../lib/policy";
import { attributesOf, recordsOfIssuers, sourcesOf, textsOf } from "../lib/records";
import { names, sources } from "../lib/relations";
import { types } from "../lib/types";
import { join } from "../lib/values";

export const issuersRecordBindsAuthority = stackPolicy({
  name: "issuers-record-binds-authority",
  severity: "critical",
  clauses: ["B5.2", "B5.3"],
  summary:
    "The authorizer believes exactly the issuers of the truststore, not the root above them, and no private key leaves the state.",
  reads:
    "TableItem.item → LocallySignedCert, SelfSignedCert, PrivateKey; its option ignoreChanges; DomainName.mutualTlsAuthentication → BucketObjectv2.content",
  remediation:
    "take one item from certPem of the LocallySignedCerts that the truststore holds, and let every update write it.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
  check(stack, report) {
    const { clients: holders, services } = recordsOfIssuers(stack);
    for (const record of stack.ofType(types.tableItem)) {
      // A root would let in every issuer that it ever signed; only who verifies a whole chain needs it.
      const never: readonly string[] = services.includes(record)
        ? [types.privateKey]
        : [types.privateKey, types.rootCertificate];
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
    const [holder] = holders;
    if (!holder || holders.length > 1) {
      report({
        got: `${holders.length} records of the truststore's issuers (${join(names(holders))})`,
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
    if (holder.opts.ignoreChanges.length > 0) {
      report({
        resource: holder,
        got: `ignoreChanges ${join(holder.opts.ignoreChanges)}`,
        expected: "none: a new issuer would never be believed, an old one for ever",
      });
    }
  },
});
