/** Each client's own list of origins, e.g. `https://app.example.com`; at least one client with at least one. */
export type AllowedOrigins = ReadonlyMap<string, ReadonlySet<string>>;

const ORIGIN = /^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/;

/**
 * Checks the lists once an instance.
 *
 * @throws RangeError for an empty list or an origin of another form: either would never match, or match too much
 */
export function allowedOrigins(lists: Readonly<Record<string, readonly string[]>>): AllowedOrigins {
  const entries = Object.entries(lists);
  const bad = entries.find(
    ([, origins]) => origins.length === 0 || !origins.every((each) => ORIGIN.test(each)),
  );
  if (entries.length === 0 || bad !== undefined)
    throw new RangeError(
      `origins of ${bad?.[0] ?? "the clients"}: got none, or one of another form; allowed: ${ORIGIN.source}; fix: list scheme, host and port, in lower case, without a path`,
    );
  return new Map(entries.map(([clientId, origins]) => [clientId, new Set(origins)]));
}

export type OriginVerdict = "origin-missing" | "origin-unknown" | "known";

/**
 * Before the ticket is consumed: is the origin on anybody's list? Compared as it was sent; browsers send scheme, host
 * and port in lower case. https://www.rfc-editor.org/rfc/rfc6454#section-6.2
 *
 * No `Origin` is refused. Browsers always send one; others may (https://www.rfc-editor.org/rfc/rfc6455#section-4.1),
 * and this contract wants it of them too: one rule for all leaves no header to leave out. For those who can forge it
 * it is no proof of anything; that is the ticket's part.
 */
export function judgeOrigin(allowed: AllowedOrigins, origins: readonly string[]): OriginVerdict {
  const [origin, ...more] = origins;
  if (origin === undefined) return "origin-missing";
  const known = more.length === 0 && [...allowed.values()].some((list) => list.has(origin));
  return known ? "known" : "origin-unknown";
}

/** Once the ticket has said which client it is. */
export const isClientsOrigin = (allowed: AllowedOrigins, clientId: string, origin: string): boolean =>
  allowed.get(clientId)?.has(origin) === true;
