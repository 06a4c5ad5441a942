import { behindProxy } from "../lib/archives";
import { stackPolicy, type StackResource } from "../lib/policy";
import { types } from "../lib/types";
import { isObject, join, list, peek, text, UNKNOWN } from "../lib/values";

/** Where a private key may stand: where it is made, what it signs, and what keeps it. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  [types.privateKey]: ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"],
  [types.rootCertificate]: ["privateKeyPem"],
  [types.certificateRequest]: ["privateKeyPem"],
  [types.issuedCertificate]: ["caPrivateKeyPem"],
  [types.secretVersion]: ["secretString"],
};

const pem = /-----BEGIN [A-Z ]*PRIVATE KEY-----/;

/** Outputs of the stack and facts of components, which the engine gives no dependencies. */
const isShown = ({ type }: StackResource): boolean => type === types.stack || type.startsWith("fase-b:");

/** True when some text in a value is one. */
function holdsText(value: unknown, isOne: (text: string) => boolean): boolean {
  if (typeof value === "string") return isOne(value);
  if (Array.isArray(value)) return list(value).some((item) => holdsText(item, isOne));
  return isObject(value) && Object.values(value).some((item) => holdsText(item, isOne));
}

export const valuesForbidPrivateKeys = stackPolicy({
  name: "values-forbid-private-keys",
  severity: "critical",
  clauses: ["B5.2", "B6.1"],
  summary:
    "A private key stands in no property but those that it is for, and neither one nor a client's key is an output of the stack.",
  reads: "every property of every resource; outputs of the stack; ApiKey.value where it is known",
  remediation:
    "take the key out: whoever needs it reads it from its secret, by his role. What has been seen is replaced.",
  url: "https://www.pulumi.com/docs/iac/concepts/secrets/",
  check(stack, report) {
    const keys = new Set(
      stack.ofType(types.apiKey).flatMap(({ props }) => {
        const value = peek(() => text(props.value));
        return value === UNKNOWN || value === "" ? [] : [value];
      }),
    );
    for (const resource of stack.resources) {
      const mine = allowed[resource.type] ?? [];
      const props = behindProxy(resource.props) as Readonly<Record<string, unknown>>;
      const places = Object.keys(props).filter((property) => {
        if (mine.includes(property)) return false;
        return holdsText(props[property], (one) => pem.test(one) || (isShown(resource) && keys.has(one)));
      });
      if (places.length > 0) {
        report({
          resource,
          got: `a private key or a client's key at ${join(places)}`,
          expected: "none",
        });
      }
    }
  },
});
