import { authoritiesOf, keyOf, rootAbove } from "../lib/certificates";
import { stackPolicy } from "../lib/policy";
import { names, sources } from "../lib/relations";
import { types } from "../lib/types";
import { join } from "../lib/values";

export const authorityKeysBindSecrets = stackPolicy({
  name: "authority-keys-bind-secrets",
  severity: "high",
  clauses: ["B5.2", "B6.1"],
  summary:
    "Each authority's key is kept in one secret of its own, beside its own chain and no other key, so that who may issue is said by one secret's policy.",
  reads: "SecretVersion.secretString → PrivateKey, SelfSignedCert, LocallySignedCert",
  remediation: "keep key, certificate and root of each authority in one SecretVersion.",
  url: "https://docs.aws.amazon.com/secretsmanager/latest/userguide/best-practices.html",
  check(stack, report) {
    const versions = stack.ofType(types.secretVersion);
    const kept = new Set<unknown>();
    for (const authority of authoritiesOf(stack)) {
      const key = keyOf(authority);
      if (!key) continue;
      kept.add(key);
      const own = versions.filter((version) =>
        sources(version, "secretString", types.privateKey).includes(key),
      );
      const [version] = own;
      if (!version || own.length > 1) {
        report({
          resource: key,
          got: `${own.length} secrets (${join(names(own))})`,
          expected: "exactly one, from which it is issued by",
        });
        continue;
      }
      const chain = [authority, rootAbove(authority), key].filter((one) => one !== undefined);
      const found = version.propertyDependencies.secretString ?? [];
      // The root's certificate stands in its own chain once.
      const strangers = found.filter((one) => !chain.includes(one));
      if (strangers.length > 0 || !found.includes(authority)) {
        report({
          resource: version,
          got: `a value of ${join(names(found))}`,
          expected: `of ${join(names(chain))}`,
        });
      }
    }
    for (const version of versions) {
      const strangers = sources(version, "secretString", types.privateKey).filter((key) => !kept.has(key));
      if (strangers.length === 0) continue;
      report({
        resource: version,
        got: `the key of ${join(names(strangers))}, by which nothing is signed`,
        expected: "keys of authorities only: who needs another makes it himself",
      });
    }
  },
});
