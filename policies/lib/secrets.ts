/** What looks like a secret, by its name or by itself. Only places are told, never a value. */
import { isObject, list } from "./values";

/** Of a name in small letters and digits. `secretArn` says where a secret is, and is none. */
const secretName =
  /(password|passwd|passphrase|secret|token|credentials?|privatekey|apikey|accesskey|signingkey|encryptionkey|connectionstring)$/;

const secretForms: readonly RegExp[] = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  // https://grafana.com/docs/grafana/latest/administration/service-accounts/
  /\bgl(sa|c)_\w{8,}/,
  /\beyJ[\w-]+\.eyJ[\w-]+\./,
  /:\/\/[^/?#\s]*:[^/?#\s]*@/,
  // Random: 32 and more in hexadecimal, or of small and capital letters and digits all three.
  // A digest that says that it is one is none.
  /(?<!sha(256|384|512)[:-])\b[0-9a-f]{32,}\b/i,
  /^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z0-9+/_=-]{32,}$/,
];

const isSecret = (name: string, value: string): boolean =>
  value !== "" &&
  (secretName.test(name.toLowerCase().replace(/[^a-z0-9]/g, "")) ||
    secretForms.some((form) => form.test(value)));

/** Where in a value something looks like a secret: `upstreams.token`, `origins.0`. */
export function secretPlaces(value: unknown, name = "", place: readonly string[] = []): readonly string[] {
  if (typeof value === "string") return isSecret(name, value) ? [place.join(".")] : [];
  if (Array.isArray(value)) {
    return list(value).flatMap((item, at) => secretPlaces(item, name, [...place, String(at)]));
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => secretPlaces(inner, key, [...place, key]));
}

/** The same by forms alone, where names are a reader's words: a panel about secrets has none. */
export function secretTexts(value: unknown, place: readonly string[] = []): readonly string[] {
  if (typeof value === "string") return secretForms.some((form) => form.test(value)) ? [place.join(".")] : [];
  if (Array.isArray(value))
    return list(value).flatMap((item, at) => secretTexts(item, [...place, String(at)]));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => secretTexts(inner, [...place, key]));
}
