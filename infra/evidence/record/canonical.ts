/**
 * The one way in which a value is written (RFC 8785), as bytes. There is no line's end in it, so that no tool that mends those of a
 * text changes a digest.
 *
 * Written here, since the package that does it for functions can be bundled but not loaded by Node's `require`; a test compares the two.
 *
 * @throws TypeError for what JSON cannot say
 */
export const canonicalBytes = (value: unknown): Buffer => Buffer.from(canonical(value), "utf8");

function canonical(value: unknown): string {
  switch (typeof value) {
    case "string":
      if (/\p{Surrogate}/u.test(value)) throw new TypeError("a text that is no Unicode");
      return JSON.stringify(value);
    case "number":
      if (!Number.isFinite(value)) throw new TypeError("a number that JSON cannot say");
      // As ECMAScript writes it, which is what the RFC asks for.
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
      // By UTF-16 units, as the RFC says and as JavaScript sorts; what is undefined is not there.
      return `{${Object.entries(value)
        .filter(([, part]) => part !== undefined)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([key, part]) => `${canonical(key)}:${canonical(part)}`)
        .join(",")}}`;
    default:
      throw new TypeError(`a ${typeof value}, which JSON cannot say`);
  }
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
