import { RotationProblem } from "./problem";

/**
 * A secret's value: an object of JSON whose named fields are texts, or whole numbers.
 *
 * @throws RotationProblem that names the fields and holds nothing of the text
 */
export function parseFields<K extends string>(
  text: string,
  fields: Readonly<Record<K, "string" | "number">>,
): Record<K, string | number> {
  const value = objectOf(text) as Readonly<Record<string, unknown>>;
  const bad = Object.entries(fields).filter(
    ([name, type]) => typeof value[name] !== type || value[name] === "",
  );
  if (bad.length > 0)
    throw new RotationProblem(
      "a secret's value",
      `JSON without ${bad.map(([name, type]) => `${name} (${type})`).join(", ")}`,
      `an object with ${Object.keys(fields).join(", ")}`,
      "seed the secret in its kind's form",
    );
  return Object.fromEntries(Object.keys(fields).map((name) => [name, value[name]])) as Record<
    K,
    string | number
  >;
}

/** Without the parser's own error, which quotes the text. */
export function objectOf(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Told below.
  }
  throw new RotationProblem(
    "a secret's value",
    "no object of JSON",
    "an object of JSON",
    "seed the secret in its kind's form",
  );
}
