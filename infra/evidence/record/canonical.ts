import canonicalize from "canonicalize";

/**
 * The one way in which a value is written (RFC 8785), as bytes. There is no line's end in it, so that no tool that mends those of a
 * text changes a digest.
 */
export function canonicalBytes(value: unknown): Buffer {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError("a value that JSON cannot say");
  return Buffer.from(text, "utf8");
}

/**
 * The value of bytes that are written in that one way; `undefined` for all others, so that nothing can be said twice: neither a key
 * that stands there twice, of which readers take different ones, nor a space.
 */
export function readCanonical(bytes: Uint8Array): { readonly value: unknown } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
    return canonicalBytes(value).equals(bytes) ? { value } : undefined;
  } catch {
    // No text, no JSON, nested beyond measure, a number or a character that JSON cannot say: none of it was signed by us.
    return undefined;
  }
}
