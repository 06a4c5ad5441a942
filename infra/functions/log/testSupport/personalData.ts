/** Reserved names and numbers, and made-up ones in the forms that people's data has. */
export const personalData = [
  "jane.doe@example.com",
  "+34 600 123 456",
  "34600123456",
  "12345678Z",
  "078-05-1120",
  "ES9121000418450200051332",
  "4111111111111111",
  "Jane Doe",
  "María-José",
  "192.0.2.44",
  "GPSLatitude=40.4167754",
  "<x:xmpmeta><dc:creator>Jane Doe</dc:creator></x:xmpmeta>",
] as const;

export type Steps = readonly string[];
/** The ways to all values within, those with values of their own included. */
export const stepsOf = (value: unknown, at: Steps = []): Steps[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [[...at, key], ...stepsOf(inner, [...at, key])])
    : [];
/** A copy with another value at the end of that way. */
export function replaced(target: unknown, [key, ...rest]: Steps, value: unknown): unknown {
  if (key === undefined) return value;
  if (Array.isArray(target))
    return target.map((each: unknown, index) => (String(index) === key ? replaced(each, rest, value) : each));
  const record = (typeof target === "object" && target !== null ? target : {}) as Record<string, unknown>;
  return { ...record, [key]: replaced(record[key], rest, value) };
}

/** As it is, and as JSON and an address would write it. */
export const formsOf = (text: string): readonly string[] => [
  text,
  JSON.stringify(text).slice(1, -1),
  encodeURIComponent(text),
];
