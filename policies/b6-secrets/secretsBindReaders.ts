import { stackPolicy } from "../lib/policy";
import { names } from "../lib/relations";
import { types } from "../lib/types";
import { join } from "../lib/values";

/**
 * Where what is made of a secret may go: a certificate is signed, a plan and the authorizer know a key, events get in by one, a
 * secret keeps it.
 */
const readers: Readonly<Record<string, readonly string[]>> = {
  // Both hold the key that they were made with among their outputs.
  [types.certificateRequest]: [`${types.issuedCertificate} certRequestPem`],
  [types.secretVersion]: [],
  [types.privateKey]: [
    `${types.rootCertificate} privateKeyPem`,
    `${types.certificateRequest} privateKeyPem`,
    `${types.issuedCertificate} caPrivateKeyPem`,
    `${types.secretVersion} secretString`,
  ],
  [types.pagerIntegration]: [
    `${types.contactPoint} pagerduties`,
    `${types.topicSubscription} endpoint`,
    `${types.secretVersion} secretString`,
  ],
  [types.apiKey]: [
    `${types.usagePlanKey} keyId`,
    `${types.tableItem} item`,
    `${types.secretVersion} secretString`,
  ],
};

export const secretsBindReaders = stackPolicy({
  name: "secrets-bind-readers",
  severity: "critical",
  clauses: ["B5.3", "B6.1"],
  summary:
    "A private key goes into certificates, a client's key into its plan and its record, the pager's key to whom it lets in, each into its secret, and none anywhere else.",
  reads: "every property → PrivateKey, ApiKey, pagerduty ServiceIntegration",
  remediation: "take nothing from the key there; what a function must prove, it proves by its role.",
  url: "https://www.pulumi.com/docs/iac/concepts/secrets/",
  check(stack, report) {
    for (const reader of stack.resources) {
      for (const [property, found] of Object.entries(reader.propertyDependencies)) {
        const secrets = found.filter(
          ({ type }) => readers[type] && !readers[type].includes(`${reader.type} ${property}`),
        );
        if (secrets.length === 0) continue;
        report({
          resource: reader,
          got: `${property} of ${join(names(secrets))}`,
          expected: "nothing that is made of a secret",
        });
      }
    }
  },
});
