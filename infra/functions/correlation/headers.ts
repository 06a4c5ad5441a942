/** The part of a gateway's event that carries headers; names as the caller wrote them. */
export interface WithHeaders {
  /** The last value of each name. */
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  /** Every value of each name. */
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null;
}

/**
 * Every value that a request holds under a name, in whatever case the name was written. Two names that differ in
 * case are one header sent twice. What is no text counts as a value too (an empty one), so that it is refused rather
 * than overlooked.
 */
export function headerValues(event: WithHeaders, name: string): readonly string[] {
  const wanted = name.toLowerCase();
  const under = <T>(record: Readonly<Record<string, T>> | null | undefined): T[] =>
    Object.entries(record ?? {}).flatMap(([key, value]) => (key.toLowerCase() === wanted ? [value] : []));

  const all = under<unknown>(event.multiValueHeaders).flatMap((values) =>
    Array.isArray(values) ? values : [values],
  );
  const single = under<unknown>(event.headers).filter((value) => !all.includes(value));
  return [...all, ...single]
    .filter((value) => value !== undefined && value !== null)
    .map((value) => (typeof value === "string" ? value : ""));
}
