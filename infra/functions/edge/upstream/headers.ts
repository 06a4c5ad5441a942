/** Headers of one connection, never of the message: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Ours to write in a request, whatever the caller has. */
const writtenByUs = new Set(["host", "content-length", "expect", "accept-encoding"]);

/** Not passed on from an answer: the length is written anew, and the API sets no cookies. */
const droppedFromAnswers = new Set(["content-length", "set-cookie"]);

export const correlationHeader = "x-correlation-id";
export const idempotencyHeader = "idempotency-key";
/** The number of the lock's holder: an upstream refuses one lower than it has seen. */
export const fencingHeader = "x-fencing-number";
const identifyingHeaders = [correlationHeader, idempotencyHeader, fencingHeader];

export interface RequestIdentity {
  readonly correlationId: string;
  readonly idempotencyKey?: string;
  readonly fencingNumber?: number;
}

/**
 * The headers to send upstream: the caller's without those of its own connection, and ours over any of the same
 * name, so that nobody can choose a correlation id, a key or a fencing number by sending the header twice.
 */
export function requestHeaders(
  callers: Readonly<Record<string, string>>,
  identity: RequestIdentity,
  bodyBytes: number,
): Record<string, string> {
  const { correlationId, idempotencyKey, fencingNumber } = identity;
  const kept = endToEnd(Object.entries(callers)).filter(
    ([name]) => !writtenByUs.has(name) && !identifyingHeaders.includes(name),
  );
  return {
    ...Object.fromEntries(kept),
    [correlationHeader]: correlationId,
    ...(idempotencyKey === undefined ? {} : { [idempotencyHeader]: idempotencyKey }),
    ...(fencingNumber === undefined ? {} : { [fencingHeader]: String(fencingNumber) }),
    // What is not compressed cannot unfold to more than was counted.
    "accept-encoding": "identity",
    "content-length": String(bodyBytes),
  };
}

/** @param raw name, value, name, value …, as `IncomingMessage.rawHeaders` */
export function answerHeaders(raw: readonly string[]): Record<string, string> {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    pairs.push([raw[index] ?? "", raw[index + 1] ?? ""]);
  const joined = new Map<string, string>();
  for (const [name, value] of endToEnd(pairs)) {
    if (droppedFromAnswers.has(name)) continue;
    const before = joined.get(name);
    joined.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(joined);
}

/** Names in lower case, without hop-by-hop headers and those that `Connection` declares to be such. */
function endToEnd(pairs: readonly (readonly [string, string])[]): [string, string][] {
  const lower = pairs.map(([name, value]): [string, string] => [name.toLowerCase(), value]);
  const declared = new Set(
    lower
      .filter(([name]) => name === "connection")
      .flatMap(([, value]) => value.split(",").map((token) => token.trim().toLowerCase())),
  );
  return lower.filter(([name]) => !hopByHop.has(name) && !declared.has(name));
}
