import { secondsOf } from "../lib/alertRules";
import { namespaceOf, objectName, placeOf, specOf } from "../lib/cluster";
import { statementsOf } from "../lib/iam";
import { stackPolicy, type StackResource } from "../lib/policy";
import { source, sources } from "../lib/relations";
import { types } from "../lib/types";
import { isObject, join, object, objects, show, text, within } from "../lib/values";
import { leftIn, roleNameOf } from "../lib/vault";

/** How a service account says which role of the account it is. */
const roleAnnotation = "eks.amazonaws.com/role-arn";

export const externalSecretsBindSecrets = stackPolicy({
  name: "external-secrets-bind-secrets",
  severity: "critical",
  clauses: ["B5.2", "B6.1"],
  summary:
    "What the cluster fetches is a secret of this stack, by a role that this secret's policy names; an authority's key goes only where it issues; what is rotated arrives within an hour.",
  reads:
    "ExternalSecret.spec: data, dataFrom, secretStoreRef, target, refreshInterval; SecretStore.spec.provider; ServiceAccount.metadata.annotations; Issuer.spec; Secret: name, policy; SecretVersion.secretString → PrivateKey",
  remediation:
    "fetch single properties of a secret by its name from a SecretStore of the same namespace, name its role in the secret's policy, and give whoever only verifies the certificates without the key.",
  url: "https://external-secrets.io/latest/provider/aws-secrets-manager/",
  check(stack, report) {
    const secrets = new Map(stack.ofType(types.secret).map((secret) => [text(secret.props.name), secret]));
    const byPlace = (type: string): ReadonlyMap<string, StackResource> =>
      new Map(stack.ofType(type).map((one) => [placeOf(one, objectName(one)), one]));
    const [stores, accounts] = [byPlace(types.secretStore), byPlace(types.serviceAccount)];
    const ofAuthority = new Set(
      stack
        .ofType(types.secretVersion)
        .filter((version) => sources(version, "secretString", types.privateKey).length > 0)
        .map((version) => source(version, "secretId", types.secret)),
    );
    /** Where an issuer takes its key from, by namespace and name. */
    const issuing = new Set(
      stack.ofType(types.clusterIssuer).map((issuer) => {
        const { ca, ...others } = specOf(issuer);
        if (!isObject(ca) || Object.keys(others).length > 0) {
          report({
            resource: issuer,
            got: `an issuer by ${join(Object.keys(specOf(issuer)))}`,
            expected: "ca alone",
          });
        }
        return placeOf(issuer, object(ca).secretName);
      }),
    );
    const fetched = stack.ofType(types.externalSecret);
    /** The authorities' secrets by which a namespace issues. */
    const keptFor = new Set(
      fetched
        .filter((external) => issuing.has(placeOf(external, object(specOf(external).target).name)))
        .flatMap((external) =>
          objects(specOf(external).data).map(
            ({ remoteRef }) => `${namespaceOf(external)}/${text(object(remoteRef).key)}`,
          ),
        ),
    );
    for (const external of fetched) {
      const { data, dataFrom, secretStoreRef, refreshInterval = "1h" } = specOf(external);
      const { kind, name } = object(secretStoreRef);
      const store = kind === "SecretStore" ? stores.get(placeOf(external, name)) : undefined;
      const { aws } = object(store && specOf(store).provider);
      const account = object(object(object(object(aws).auth).jwt).serviceAccountRef).name;
      const reader = store && accounts.get(placeOf(store, account));
      const role = text(object(object(reader?.props.metadata).annotations)[roleAnnotation]);
      if (!reader || role === "") {
        report({
          resource: external,
          got: `a store ${show(name)} of no role`,
          expected: "a SecretStore of its namespace with a ServiceAccount that names its role",
        });
      }
      // 0 fetches once and never again. https://external-secrets.io/latest/api/externalsecret/
      if (!within(secondsOf(refreshInterval), 1, 3_600))
        report({
          resource: external,
          got: `refreshInterval ${show(refreshInterval)}`,
          expected: '"1s" to "1h"',
        });
      // Without a property's name an entry holds all that is in the secret.
      const whole = objects(data).some(({ remoteRef }) => text(object(remoteRef).property) === "");
      if (dataFrom !== undefined || objects(data).length === 0 || whole) {
        report({
          resource: external,
          got: "all of a secret, or nothing",
          expected: "single properties by name",
        });
      }
      for (const key of new Set(objects(data).map(({ remoteRef }) => text(object(remoteRef).key)))) {
        const secret = secrets.get(key);
        if (!secret) {
          report({
            resource: external,
            got: `secret ${show(key)}`,
            expected: "one of this stack by its whole name",
          });
          continue;
        }
        const named = statementsOf(secret, "policy", report)
          .flatMap(leftIn)
          .map((arn) => roleNameOf(secret, arn));
        if (role !== "" && !named.includes(roleNameOf(secret, role))) {
          report({
            resource: external,
            got: `'${secret.name}' by ${role}, which its policy refuses`,
            expected: "a role that the secret's policy names",
          });
        }
        if (ofAuthority.has(secret) && !keptFor.has(`${namespaceOf(external)}/${key}`)) {
          report({
            resource: external,
            got: `'${secret.name}', an authority's key, where nothing is issued by it`,
            expected: "the certificates alone, from where no key lies beside them",
          });
        }
      }
    }
  },
});
