/** What a text says as JSON; undefined for one that is none, which JSON has no value for. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
