import { authoritiesOf, generationOf, issuersOf, keyOf, rootAbove, rootsOf } from "../lib/certificates";
import { stackPolicy, type StackResource } from "../lib/policy";
import { names, source } from "../lib/relations";
import { types } from "../lib/types";
import { join, number, object, show, text } from "../lib/values";

/** A root signs its own subject, an issuer's stands in what it asks to be signed. */
function commonNameOf(authority: StackResource): string {
  const subject =
    authority.type === types.rootCertificate
      ? authority
      : source(authority, "certRequestPem", types.certificateRequest);
  return text(object(subject?.props.subject).commonName);
}

export const issuersBindRoot = stackPolicy({
  name: "issuers-bind-root",
  severity: "critical",
  clauses: ["B5.2", "B5.3"],
  summary:
    "Every authority has a key and a name of its own, every issuer is signed by a root of this stack that outlives it, and every chain of the truststore is whole.",
  reads:
    "LocallySignedCert: caCertPem → SelfSignedCert, caPrivateKeyPem → PrivateKey, certRequestPem → CertRequest (subject) → PrivateKey, validityPeriodHours, parent; SelfSignedCert: subject, privateKeyPem → PrivateKey; BucketObjectv2.content",
  remediation:
    "sign the issuer by certificate and key of one root, give it a key, a common name and a shorter life of its own, and put every trusted issuer's root into the truststore.",
  url: "https://datatracker.ietf.org/doc/html/rfc5280#section-6.1",
  check(stack, report) {
    const owners = new Map<StackResource, StackResource>();
    const named = new Map<string, StackResource>();
    const authorities = authoritiesOf(stack);
    for (const authority of authorities) {
      if (!generationOf(authority)) {
        report({
          resource: authority,
          got: "an authority of no generation",
          expected: "a part of one fase-b:index:Authority",
        });
      }
      const key = keyOf(authority);
      const owner = key && owners.get(key);
      if (!key || owner) {
        report({
          resource: authority,
          got: owner ? `the key of '${owner.name}'` : "a key from elsewhere",
          expected: "a PrivateKey of its own, of this stack",
        });
      }
      if (key) owners.set(key, authority);
      // A chain is looked for by names first, and an authority without one may be in none.
      const name = commonNameOf(authority);
      const namesake = named.get(name);
      if (name === "" || namesake) {
        report({
          resource: authority,
          got: namesake ? `the common name of '${namesake.name}'` : "no common name",
          expected: "one of its own in its subject",
        });
      }
      if (name !== "") named.set(name, authority);
    }
    // What is signed by an authority of ours and is none itself has the same root above it.
    for (const certificate of stack.ofType(types.issuedCertificate)) {
      const signers = authorities.filter((authority) =>
        (certificate.propertyDependencies.caCertPem ?? []).includes(authority),
      );
      const [signer] = signers;
      const key = source(certificate, "caPrivateKeyPem", types.privateKey);
      if (!signer || signers.length > 1 || !key || keyOf(signer) !== key) {
        report({
          resource: certificate,
          got: `the certificate of ${join(names(signers))} with the key of ${key ? `'${key.name}'` : "nobody here"}`,
          expected: "certificate and key of one authority of this stack",
        });
        continue;
      }
      if (certificate.props.isCaCertificate === true && signer.type !== types.rootCertificate) {
        report({
          resource: certificate,
          got: `an issuer below '${signer.name}'`,
          expected: "a root above it",
        });
      }
      const [own, most] = [
        number(certificate.props.validityPeriodHours),
        number(signer.props.validityPeriodHours),
      ];
      // Signed later than its root, with as long a life it would outlive it.
      if (!(own < most)) {
        report({
          resource: certificate,
          got: `validityPeriodHours ${show(own)}`,
          expected: `less than the ${show(most)} of '${signer.name}'`,
        });
      }
    }
    const roots = rootsOf(stack);
    const above = new Set(issuersOf(stack).map(rootAbove));
    for (const issuer of issuersOf(stack)) {
      const root = rootAbove(issuer);
      if (root && roots.includes(root)) continue;
      report({
        resource: issuer,
        got: `a root (${root ? `'${root.name}'` : "none"}) that the truststore does not hold`,
        expected: "the whole chain, up to the root",
      });
    }
    for (const root of roots.filter((one) => !above.has(one))) {
      report({
        resource: root,
        got: "a root in the truststore above no issuer of it",
        expected: "roots of trusted issuers only",
      });
    }
  },
});
