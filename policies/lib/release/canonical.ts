/**
 * JSON in the one form of RFC 8785. What is signed is read in no other, so that nothing can be said twice: neither a key that stands there
 * twice, of which readers take different ones, nor a space.
 */
export function canonicalText(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number" && Number.isFinite(value)) return JSON.stringify(value);
  if (typeof value === "string" && !/\p{Surrogate}/u.test(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(",")}]`;
  if (typeof value === "object") {
    const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
    return `{${members.map(([key, member]) => `${canonicalText(key)}:${canonicalText(member)}`).join(",")}}`;
  }
  throw new TypeError(`a ${typeof value}, which JSON cannot say`);
}

/** The value of a text in that form; `undefined` for every other text. */
export function readCanonical(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return canonicalText(value) === text ? { value } : undefined;
  } catch {
    // No UTF-8, no JSON, or nothing that JSON can say: nobody of ours signed that.
    return undefined;
  }
}
