import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { number, show } from "../lib/values";

export const privateKeyRequiresStrength = resourcePolicy({
  name: "private-key-requires-strength",
  severity: "high",
  clauses: ["B5.3"],
  summary: "Keys of the clients' authority are as strong as the gateway asks for.",
  reads: "tls:index/privateKey:PrivateKey: algorithm, ecdsaCurve, rsaBits",
  remediation: "use ECDSA with P256, P384 or P521, or RSA with 2048 bits or more.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mutual-tls.html",
  types: [types.privateKey],
  check(resource, report) {
    const { algorithm, ecdsaCurve, rsaBits } = resource.props;
    const strong =
      (algorithm === "ECDSA" && ["P256", "P384", "P521"].includes(String(ecdsaCurve))) ||
      (algorithm === "RSA" && number(rsaBits) >= 2048);
    if (!strong) {
      report({
        resource,
        got: `${show(algorithm)} with curve ${show(ecdsaCurve)}, bits ${show(rsaBits)}`,
        expected: "ECDSA on P256 or better, or RSA with 2048 bits or more",
      });
    }
  },
});
