import { types } from "../../lib/types";
import { unknownValue } from "../harness";
import type { TestResource, TestStack } from "../stack";
import type { CaseBook } from "./case";

const authority = (stack: TestStack): TestResource => stack.get(types.authority, "authority-g1");
const root = (stack: TestStack): TestResource => stack.get(types.rootCertificate, "root-certificate");
const issuer = (stack: TestStack): TestResource => stack.get(types.issuedCertificate, "issuer");
const servicesIssuer = (stack: TestStack): TestResource =>
  stack.get(types.issuedCertificate, "services-issuer");
const key = (stack: TestStack, name: string): TestResource => stack.get(types.privateKey, name);
const value = (stack: TestStack, name: string): TestResource =>
  stack.get(types.secretVersion, `${name}-secret-value`);
const truststore = (stack: TestStack): TestResource => stack.get(types.bucketObject);
const record = (stack: TestStack, name: string): TestResource => stack.get(types.tableItem, name);

/** A certificate that the clients' issuer signs; a leaf, unless `props` say more. */
const leaf = (stack: TestStack, props: Record<string, unknown> = {}): TestResource => {
  const leafKey = stack.add(types.privateKey, "leaf-key", { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const request = stack.add(types.certificateRequest, "leaf-request", {}).from("privateKeyPem", leafKey);
  return stack
    .add(types.issuedCertificate, "leaf", {
      allowedUses: ["client_auth"],
      validityPeriodHours: 720,
      ...props,
    })
    .from("certRequestPem", request)
    .from("caCertPem", issuer(stack))
    .from("caPrivateKeyPem", key(stack, "issuer-key"));
};

/** A second generation beside the first; with `signer` below the first one's root. */
function generation(stack: TestStack, state: string, sharesRoot = false): TestResource {
  const component = stack.add(types.authority, "authority-g2", {
    clauses: ["B5.2"],
    generation: "g2",
    state,
  });
  const add = (type: string, name: string, props: Record<string, unknown>): TestResource =>
    stack.add(type, name, props, component).protect(state !== "retired");
  const newKey = (name: string): TestResource =>
    add(types.privateKey, name, { algorithm: "ECDSA", ecdsaCurve: "P256" });
  const ownRoot = (): { certificate: TestResource; signer: TestResource } => {
    const signer = newKey("g2-root-key");
    const certificate = add(types.rootCertificate, "g2-root", {
      ...root(stack).props,
      subject: { commonName: "g2-root" },
    });
    return { certificate: certificate.from("privateKeyPem", signer), signer };
  };
  const above = sharesRoot ? { certificate: root(stack), signer: key(stack, "root-key") } : ownRoot();
  const issuers = ["g2-issuer", "g2-services-issuer"].map((name) => {
    const request = add(types.certificateRequest, `${name}-request`, { subject: { commonName: name } }).from(
      "privateKeyPem",
      newKey(`${name}-key`),
    );
    return add(types.issuedCertificate, name, { ...issuer(stack).props })
      .from("certRequestPem", request)
      .from("caPrivateKeyPem", above.signer)
      .from("caCertPem", above.certificate);
  });
  const [ofClients, ofServices] = issuers as [TestResource, TestResource];
  if (state !== "retired") {
    const roots = sharesRoot ? [root(stack)] : [root(stack), above.certificate];
    truststore(stack).from("content", issuer(stack), ofClients, ...roots);
    record(stack, "issuers").from("item", issuer(stack), ofClients);
    record(stack, "services").from("item", servicesIssuer(stack), ofServices, ...roots);
  }
  return component;
}

export const authorities: CaseBook = {
  "issuer-requires-constraints": {
    violations: [
      {
        when: "an issuer says nothing of being an authority",
        change: (stack) => issuer(stack).set("isCaCertificate", undefined),
        says: /'issuer': got isCaCertificate nothing; expected true/,
      },
      {
        when: "the root says nothing of being an authority",
        change: (stack) => root(stack).set("isCaCertificate", undefined).set("allowedUses", ["client_auth"]),
        says: /'root-certificate': got isCaCertificate nothing/,
      },
      {
        when: "an issuer may make issuers",
        change: (stack) => issuer(stack).set("maxPathLength", 1),
        says: /'issuer': got maxPathLength 1; expected 0/,
      },
      {
        when: "an issuer's chain has no end",
        change: (stack) => issuer(stack).set("maxPathLength", undefined),
        says: /'issuer': got maxPathLength nothing/,
      },
      {
        when: "the root signs leaves only",
        change: (stack) => root(stack).set("maxPathLength", 0),
        says: /'root-certificate': got maxPathLength 0; expected 1/,
      },
      {
        when: "an issuer is a client too",
        change: (stack) => issuer(stack).set("allowedUses", ["cert_signing", "crl_signing", "client_auth"]),
        says: /'issuer': got uses cert_signing, crl_signing and client_auth; expected exactly/,
      },
      {
        when: "an issuer may sign no list of revoked ones",
        change: (stack) => issuer(stack).set("allowedUses", ["cert_signing"]),
        says: /'issuer': got uses cert_signing; expected exactly/,
      },
      {
        when: "an issuer is found by its name alone",
        change: (stack) => issuer(stack).set("setSubjectKeyId", undefined),
        says: /'issuer': got setSubjectKeyId nothing/,
      },
      {
        when: "an issuer is replaced in place a month before its end",
        change: (stack) => issuer(stack).set("earlyRenewalHours", 720),
        says: /'issuer': got earlyRenewalHours 720; expected none/,
      },
      {
        when: "when the root is replaced is not known",
        change: (stack) => root(stack).set("earlyRenewalHours", unknownValue),
        says: /earlyRenewalHours that is unknown at preview/,
      },
      {
        when: "the root serves a host",
        change: (stack) => root(stack).set("dnsNames", ["ca.example.com"]),
        says: /'root-certificate': got dnsNames \["ca\.example\.com"\]/,
      },
    ],
    nearMisses: [
      {
        when: "the uses stand the other way round",
        change: (stack) => issuer(stack).set("allowedUses", ["crl_signing", "cert_signing"]),
      },
      {
        when: "the provider says that it renews nothing",
        change: (stack) => root(stack).set("earlyRenewalHours", 0),
      },
      { when: "a leaf is signed, which is another policy's", change: (stack) => leaf(stack) },
    ],
  },
  "issuers-bind-root": {
    violations: [
      {
        when: "an issuer has no name",
        change: (stack) =>
          stack.get(types.certificateRequest, "issuer-request").set("subject", { organization: "Fase B" }),
        says: /'issuer': got no common name/,
      },
      {
        when: "a root has no name",
        change: (stack) => stack.get(types.rootCertificate).set("subject", undefined),
        says: /'root-certificate': got no common name/,
      },
      {
        when: "an issuer has the other one's name",
        change: (stack) =>
          stack.get(types.certificateRequest, "services-issuer-request").set("subject.commonName", "issuer"),
        says: /got the common name of 'issuer'/,
      },
      {
        when: "two issuers have one key: a leaf of the one is a leaf of the other",
        change: (stack) =>
          stack
            .get(types.certificateRequest, "services-issuer-request")
            .from("privateKeyPem", key(stack, "issuer-key")),
        says: /'services-issuer': got the key of 'issuer'; expected a PrivateKey of its own/,
      },
      {
        when: "an issuer has its root's key",
        change: (stack) =>
          stack.get(types.certificateRequest, "issuer-request").from("privateKeyPem", key(stack, "root-key")),
        says: /'issuer': got the key of 'root-certificate'/,
      },
      {
        when: "an issuer's key is another's, who may have kept it",
        change: (stack) => stack.get(types.certificateRequest, "issuer-request").from("privateKeyPem"),
        says: /'issuer': got a key from elsewhere/,
      },
      {
        when: "an issuer is signed by somebody else's root",
        change: (stack) => issuer(stack).from("caCertPem").from("caPrivateKeyPem"),
        says: /'issuer': got the certificate of none with the key of nobody here/,
      },
      {
        when: "the root's certificate is named and another key signs",
        change: (stack) => issuer(stack).from("caPrivateKeyPem", key(stack, "services-issuer-key")),
        says: /'issuer': got the certificate of 'root-certificate' with the key of 'services-issuer-key'/,
      },
      {
        when: "an issuer stands below an issuer",
        change: (stack) => leaf(stack, { isCaCertificate: true }),
        says: /'leaf': got an issuer below 'issuer'; expected a root above it/,
      },
      {
        when: "an issuer lives as long as its root",
        change: (stack) => issuer(stack).set("validityPeriodHours", 87_600),
        says: /'issuer': got validityPeriodHours 87600; expected less than the 87600 of 'root-certificate'/,
      },
      {
        when: "a leaf outlives its issuer",
        change: (stack) => leaf(stack, { validityPeriodHours: 10_000 }),
        says: /'leaf': got validityPeriodHours 10000; expected less than the 8760 of 'issuer'/,
      },
      {
        when: "how long an issuer lives is not said",
        change: (stack) => issuer(stack).set("validityPeriodHours", undefined),
        says: /'issuer': got validityPeriodHours/,
      },
      {
        when: "the truststore holds half a chain",
        change: (stack) => truststore(stack).from("content", issuer(stack)),
        says: /'issuer': got a root \('root-certificate'\) that the truststore does not hold/,
      },
      {
        when: "the truststore holds a root above nobody",
        change: (stack) =>
          truststore(stack).from(
            "content",
            issuer(stack),
            root(stack),
            stack.add(types.rootCertificate, "old-root", {}, authority(stack)),
          ),
        says: /'old-root': got a root in the truststore above no issuer of it/,
      },
      {
        when: "an issuer is of no generation",
        change: (stack) => {
          const { props, takesFrom } = issuer(stack);
          const stray = stack.add(types.issuedCertificate, "stray-issuer", { ...props });
          Object.assign(stray.takesFrom, takesFrom);
        },
        says: /'stray-issuer': got an authority of no generation/,
      },
    ],
    nearMisses: [
      {
        when: "the next generation has a root of its own",
        change: (stack) => generation(stack, "introduced"),
      },
      {
        when: "the next generation has the same root",
        change: (stack) => generation(stack, "introduced", true),
      },
      { when: "a leaf is signed by certificate and key of one issuer", change: (stack) => leaf(stack) },
    ],
  },
  "leaf-limits-lifetime": {
    violations: [
      {
        when: "a leaf lives for 31 days",
        change: (stack) => leaf(stack, { validityPeriodHours: 744 }),
        says: /'leaf': got validityPeriodHours 744; expected 1 to 720, 30 days/,
      },
      {
        when: "how long a leaf lives is not said",
        change: (stack) => leaf(stack, { validityPeriodHours: undefined }),
        says: /'leaf': got validityPeriodHours nothing/,
      },
      {
        when: "how long a leaf lives is not known",
        change: (stack) => leaf(stack, { validityPeriodHours: unknownValue }),
        says: /validityPeriodHours that is unknown at preview/,
      },
      {
        when: "a leaf says that it is no authority",
        change: (stack) => leaf(stack, { isCaCertificate: false, validityPeriodHours: 8_760 }),
        says: /'leaf': got validityPeriodHours 8760/,
      },
    ],
    nearMisses: [
      { when: "a leaf lives for 30 days", change: (stack) => leaf(stack) },
      {
        when: "an authority lives for ten years",
        change: (stack) => issuer(stack).set("validityPeriodHours", 87_599),
      },
    ],
  },
  "authorities-count-one-issuing": {
    violations: [
      {
        when: "nobody issues",
        change: (stack) => authority(stack).set("state", "retiring"),
        says: /got 0 generations that issue \(none\)/,
      },
      {
        when: "two issue",
        change: (stack) => generation(stack, "issuing"),
        says: /got 2 generations that issue \('authority-g1' and 'authority-g2'\)/,
      },
      {
        when: "who issues is not known",
        change: (stack) => authority(stack).set("state", unknownValue),
        says: /state that is unknown at preview/,
      },
    ],
    nearMisses: ["introduced", "retiring", "retired"].map((state) => ({
      when: `another generation is ${state}`,
      change: (stack: TestStack) => generation(stack, state),
    })),
  },
  "authorities-bind-trust": {
    violations: [
      {
        when: "a generation is in a state that nobody knows",
        change: (stack) => authority(stack).set("state", "trusted"),
        says: /'authority-g1': got state "trusted"; expected one of introduced, issuing, retiring and retired/,
      },
      {
        when: "a secret of a trusted generation can be deleted",
        change: (stack) =>
          stack.add(types.secret, "authority-secret", { name: "x" }, authority(stack)).protect(false),
        says: /Secret 'authority-secret': got a part of a trusted generation that a slip could delete/,
      },
      {
        when: "a retired generation is still trusted",
        change: (stack) => authority(stack).set("state", "retired"),
        says: /'authority-g1': got 1 of its issuers trusted as clients' and 1 as services' .*; expected none/,
      },
      {
        when: "a retiring generation is not trusted any more",
        change: (stack) => {
          generation(stack, "issuing");
          authority(stack).set("state", "retiring");
          truststore(stack).from(
            "content",
            stack.get(types.issuedCertificate, "g2-issuer"),
            stack.get(types.rootCertificate, "g2-root"),
          );
          record(stack, "issuers").from("item", stack.get(types.issuedCertificate, "g2-issuer"));
        },
        says: /'authority-g1': got 0 of its issuers trusted as clients' and 1 as services'/,
      },
      {
        when: "the services' issuer is not trusted by who calls agents",
        change: (stack) => stack.remove(record(stack, "services")),
        says: /'authority-g1': got 1 of its issuers trusted as clients' and 0 as services'/,
      },
      {
        when: "the two issuers are exchanged for one that signs both",
        change: (stack) => {
          stack.remove(servicesIssuer(stack));
          record(stack, "services").from("item", root(stack));
        },
        says: /'authority-g1': got 1 of its issuers trusted as clients' and 0 as services' \('issuer'\)/,
      },
      {
        when: "a third issuer of the generation waits for nobody knows what",
        change: (stack) => stack.add(types.issuedCertificate, "third-issuer", {}, authority(stack)).protect(),
        says: /\('issuer', 'services-issuer' and 'third-issuer'\); expected one of each, and no third/,
      },
      ...[
        [types.privateKey, "root-key"],
        [types.rootCertificate, "root-certificate"],
        [types.certificateRequest, "issuer-request"],
        [types.issuedCertificate, "services-issuer"],
      ].map(([type = "", name = ""]) => ({
        when: `a slip could delete ${name}`,
        change: (stack: TestStack) => stack.get(type, name).protect(false),
        says: new RegExp(`'${name}': got a part of a trusted generation that a slip could delete`),
      })),
      {
        when: "two generations have one name",
        change: (stack) => generation(stack, "introduced").set("generation", "g1"),
        says: /got generation "g1", which 'authority-g1' is/,
      },
    ],
    nearMisses: [
      { when: "the next generation is introduced", change: (stack) => generation(stack, "introduced") },
      {
        when: "the next generation's issuers stand below the same root",
        change: (stack) => generation(stack, "introduced", true),
      },
      {
        when: "a retired generation is kept, unprotected and trusted by nobody",
        change: (stack) => generation(stack, "retired"),
      },
    ],
  },
  "authority-keys-bind-secrets": {
    violations: [
      {
        when: "an issuer's key is nowhere but in the state",
        change: (stack) => stack.remove(value(stack, "authority-g1-clients-issuer")),
        says: /'issuer-key': got 0 secrets/,
      },
      {
        when: "an issuer's key is kept twice",
        change: (stack) => value(stack, "pagerduty-key").from("secretString", key(stack, "issuer-key")),
        says: /'issuer-key': got 2 secrets/,
      },
      {
        when: "who may issue for clients may issue for services too",
        change: (stack) =>
          value(stack, "authority-g1-clients-issuer").from(
            "secretString",
            issuer(stack),
            root(stack),
            key(stack, "issuer-key"),
            key(stack, "services-issuer-key"),
          ),
        says: /'authority-g1-clients-issuer-secret-value': got a value of .*'services-issuer-key'/,
      },
      {
        when: "a key is kept beside another's certificate",
        change: (stack) =>
          value(stack, "authority-g1-services-issuer").from(
            "secretString",
            issuer(stack),
            root(stack),
            key(stack, "services-issuer-key"),
          ),
        says: /'authority-g1-services-issuer-secret-value': got a value of 'issuer', 'root-certificate' and 'services-issuer-key'/,
      },
      {
        when: "a key is kept without its certificate",
        change: (stack) => value(stack, "authority-g1-root").from("secretString", key(stack, "root-key")),
        says: /'authority-g1-root-secret-value': got a value of 'root-key'; expected of 'root-certificate' and 'root-key'/,
      },
      {
        when: "a leaf's key is made by the program and kept",
        change: (stack) => {
          leaf(stack);
          value(stack, "edge-certificate").from("secretString", key(stack, "leaf-key"));
        },
        says: /'edge-certificate-secret-value': got the key of 'leaf-key', by which nothing is signed/,
      },
    ],
    nearMisses: [
      {
        when: "an issuer's secret holds no root, which is not the issuer's to tell",
        change: (stack) =>
          value(stack, "authority-g1-clients-issuer").from(
            "secretString",
            issuer(stack),
            key(stack, "issuer-key"),
          ),
      },
    ],
  },
};
