import { specOf } from "../lib/cluster";
import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join, number, object, show, strings, text, within } from "../lib/values";

const mostHours = 30 * 24;
/** Without a signature there is no handshake, and without one of the others no end of it. */
const SIGNING = "digital signature";
const ends = ["server auth", "client auth"];
const uses = [SIGNING, "key encipherment", ...ends];

export const clusterCertificateRequiresRenewal = resourcePolicy({
  name: "cluster-certificate-requires-renewal",
  severity: "high",
  clauses: ["B5.2"],
  summary:
    "In the cluster a certificate lives for days, is renewed by a part of its life with a new key each time, and is no authority.",
  reads:
    "kubernetes:cert-manager.io/v1:Certificate.spec: duration, renewBeforePercentage, privateKey, isCA, usages, dnsNames, issuerRef",
  remediation:
    "set duration to at most 720h, renewBeforePercentage, privateKey with rotationPolicy Always and a strong key, and one server's or client's uses.",
  url: "https://cert-manager.io/docs/usage/certificate/",
  types: [types.clusterCertificate],
  check(resource, report) {
    const { duration, renewBeforePercentage, privateKey, isCA, usages, dnsNames, issuerRef } =
      specOf(resource);
    const hours = Number(/^(\d+)h(0m0s|0m)?$/.exec(text(duration))?.[1] ?? Number.NaN);
    if (!within(hours, 1, mostHours)) {
      report({ resource, got: `duration ${show(duration)}`, expected: `"1h" to "${mostHours}h"` });
    }
    if (!within(renewBeforePercentage, 20, 80)) {
      report({
        resource,
        got: `renewBeforePercentage ${show(renewBeforePercentage)}`,
        expected: "20 to 80: renewed in time to try again",
      });
    }
    const { algorithm, size, rotationPolicy } = object(privateKey);
    const strong =
      (algorithm === "ECDSA" && number(size) >= 256) || (algorithm === "RSA" && number(size) >= 2_048);
    if (rotationPolicy !== "Always" || !strong) {
      report({
        resource,
        got: `a key of ${show(algorithm)} ${show(size)} with rotationPolicy ${show(rotationPolicy)}`,
        expected: "ECDSA of 256 bits or RSA of 2048 and more, a new one each time (Always)",
      });
    }
    const strangers = strings(usages).filter((use) => !uses.includes(use));
    const serves = strings(usages).includes(SIGNING) && ends.some((use) => strings(usages).includes(use));
    if (isCA === true || !serves || strangers.length > 0) {
      report({
        resource,
        got: `isCA ${show(isCA)} with uses ${join(strings(usages))}`,
        expected: `no authority, and of ${join(uses)} the first and one of the last two`,
      });
    }
    const wild = strings(dnsNames).filter((name) => name.includes("*"));
    if (wild.length > 0 || strings(dnsNames).length === 0)
      report({ resource, got: `names ${join(strings(dnsNames))}`, expected: "whole names, at least one" });
    if (object(issuerRef).kind !== "Issuer") {
      report({
        resource,
        got: `an issuer of kind ${show(object(issuerRef).kind)}`,
        expected: '"Issuer", of its own namespace',
      });
    }
  },
});
