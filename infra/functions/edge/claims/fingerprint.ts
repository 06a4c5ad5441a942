import canonicalize from "canonicalize";
import { createHash, hash } from "node:crypto";

/**
 * SHA-256 over parts, each preceded by its length, so that no two lists of parts give the same digest.
 *
 * @returns 43 characters of base64url
 */
export function digestOf(...parts: readonly (string | Uint8Array)[]): string {
  // One call where it can be: `createHash` costs more than the digest of the short texts that most of these are.
  if (parts.every((part) => typeof part === "string"))
    return hash("sha256", parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join(""), "base64url");
  const digest = createHash("sha256");
  for (const part of parts) digest.update(`${Buffer.byteLength(part)}:`).update(part);
  return digest.digest("base64url");
}

/**
 * What makes two payloads the same: the media type without its parameters and, for JSON, the value in RFC 8785's
 * canonical form, so that spaces and the order of fields make no difference. Other media types count byte by byte, and
 * so does JSON that has no canonical form (it does not parse, or holds a lone surrogate).
 *
 * Numbers are IEEE 754 doubles, as for every JSON parser of the field: digits beyond them are not told apart.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8785
 */
export function payloadDigestOf(contentType: string, body: string | Uint8Array): string {
  const mediaType = (contentType.split(";", 1)[0] ?? "").trim().toLowerCase();
  const isJson = mediaType === "application/json" || mediaType.endsWith("+json");
  const canonical = isJson
    ? canonicalJson(typeof body === "string" ? body : Buffer.from(body).toString("utf8"))
    : undefined;
  return canonical === undefined
    ? digestOf("bytes", mediaType, body)
    : digestOf("canonical", mediaType, canonical);
}

function canonicalJson(text: string): string | undefined {
  try {
    return canonicalize(JSON.parse(text));
  } catch {
    // Whatever it is that has no canonical form, its bytes identify it.
    return undefined;
  }
}
