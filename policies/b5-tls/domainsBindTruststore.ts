import { isMadeOf } from "../lib/certificates";
import { stackPolicy, type StackResource } from "../lib/policy";
import { belongsTo, names, source, sources } from "../lib/relations";
import { types } from "../lib/types";
import { join, object, peek, present, show, text, UNKNOWN } from "../lib/values";

/** The property by which a certificate is signed: with a key that nobody outside the stack made. */
const signedBy: Readonly<Record<string, string>> = {
  [types.rootCertificate]: "privateKeyPem",
  [types.issuedCertificate]: "caPrivateKeyPem",
};

const isOwnAuthority = (authority: StackResource): boolean =>
  source(authority, signedBy[authority.type] ?? "", types.privateKey) !== undefined;

export const domainsBindTruststore = stackPolicy({
  name: "domains-bind-truststore",
  severity: "critical",
  clauses: ["B5.3"],
  summary:
    "Every domain with mutual TLS pins the version of one truststore, made of this stack's own authority and kept in a versioned bucket of this stack.",
  reads:
    "DomainName.mutualTlsAuthentication → BucketObjectv2; BucketObjectv2: bucket → Bucket, content → certificates → PrivateKey, key; BucketVersioning: bucket, status",
  remediation:
    "take truststoreVersion from the versionId of the truststore's object, and its uri from the same bucket and key.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
  check(stack, report) {
    const domains = stack
      .ofType(types.domain)
      .filter(({ props }) => present(props, "mutualTlsAuthentication"));
    if (domains.length === 0)
      report({ got: "no domain with mutual TLS", expected: "the HTTP agents' domains" });
    let first: StackResource | undefined;
    for (const domain of domains) {
      const objects = sources(domain, "mutualTlsAuthentication", types.bucketObject);
      const [truststore] = objects;
      if (!truststore || objects.length > 1) {
        report({
          resource: domain,
          got: `a truststore version from ${join(names(objects))}`,
          expected: "the versionId of exactly one BucketObjectv2 of this stack",
        });
        continue;
      }
      first ??= truststore;
      const version = peek(() => object(domain.props.mutualTlsAuthentication).truststoreVersion);
      if (
        truststore !== first ||
        (version !== UNKNOWN && version !== peek(() => truststore.props.versionId))
      ) {
        report({
          resource: domain,
          got: `version ${show(version)} of '${truststore.name}'`,
          expected: `the versionId of '${first.name}'`,
        });
      }
      const content = peek(() => text(truststore.props.content));
      const authorities = truststore.propertyDependencies.content ?? [];
      if (
        authorities.length === 0 ||
        !authorities.every(isOwnAuthority) ||
        (content !== UNKNOWN && !isMadeOf(content, authorities)) ||
        ["content", "contentBase64", "source"].filter((key) => present(truststore.props, key)).join() !==
          "content"
      ) {
        report({
          resource: truststore,
          got: `content from ${join(names(authorities))}`,
          expected: "content of certificates of this stack's authority, and of nothing else",
        });
      }
      const bucket = stack.ofType(types.bucket).find((candidate) => belongsTo(truststore, candidate));
      const uri = text(object(domain.props.mutualTlsAuthentication).truststoreUri);
      const expected = `s3://${text(bucket?.props.bucket)}/${text(truststore.props.key)}`;
      if (!bucket || uri !== expected) {
        report({ resource: domain, got: `truststore ${show(uri)}`, expected: show(expected) });
      }
      const versioned = stack
        .ofType(types.bucketVersioning)
        .filter((versioning) => bucket && belongsTo(versioning, bucket))
        .map(({ props }) => peek(() => object(props.versioningConfiguration).status))
        .filter((status) => status !== UNKNOWN && status === "Enabled");
      if (bucket && versioned.length !== 1) {
        report({
          resource: bucket,
          got: "a truststore's bucket without versions",
          expected: "versioning Enabled",
        });
      }
    }
  },
});
