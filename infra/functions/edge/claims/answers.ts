import { digestOf } from "./fingerprint";

/** What a client is answered with and, if it is final, every repeat of its request too. */
export interface Answer {
  readonly status: number;
  /** As sent; the caller leaves out what belongs to one request (correlation ids, `Date`, `RateLimit`). */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

/** What became of the request sent upstream. */
export type UpstreamResult =
  | { readonly kind: "answered"; readonly status: number }
  /** Nothing left this function: the breaker is open, the name does not resolve, the connection was refused. */
  | { readonly kind: "not-sent" }
  /** It was sent, and no whole answer came: a timeout, a reset, garbage. */
  | { readonly kind: "unknown" };

/**
 * - `store`: the answer is the request's, for 24 h.
 * - `retry-now`: nothing happened upstream; the key is free again at once.
 * - `in-doubt`: something may have happened; a repeat asks upstream again under the same upstream key.
 */
export type Disposition = "store" | "retry-now" | "in-doubt";

/**
 * Which answers are kept, from the last try of a request upstream and the ones before it. A status below 500 is the agent's last word and is kept, except for those that say "not now":
 * 408, 425 and 429 happen before the agent does anything. A 503 says so too, but says it for agents whose state we
 * cannot see; like every other 5xx, a timeout and a broken answer it leaves the effect in doubt.
 *
 * A 5xx is not kept, unlike Stripe's: the agents receive the same key on a repeat, so that asking again is safe and can
 * still bring the true answer, whereas a kept 500 would hide an effect that did happen for 24 h.
 *
 * @see https://docs.stripe.com/api/idempotent_requests
 */
export function dispositionOf(last: UpstreamResult, earlier: readonly UpstreamResult[] = []): Disposition {
  const disposition = dispositionOfOne(last);
  // A refusal of the last try says nothing about what an earlier one did.
  const doubted = earlier.some((result) => dispositionOfOne(result) === "in-doubt");
  return disposition === "retry-now" && doubted ? "in-doubt" : disposition;
}

function dispositionOfOne(result: UpstreamResult): Disposition {
  if (result.kind === "not-sent") return "retry-now";
  if (result.kind === "unknown" || result.status >= 500 || result.status < 200) return "in-doubt";
  return notNow.has(result.status) ? "retry-now" : "store";
}

/** https://www.iana.org/assignments/http-status-codes: Request Timeout, Too Early, Too Many Requests. */
const notNow = new Set([408, 425, 429]);

export const encodeAnswer = ({ status, headers, body, isBase64Encoded }: Answer): string =>
  JSON.stringify({ status, headers, body, isBase64Encoded });

/** @param text of {@link encodeAnswer}: the table is written by nothing else */
export const decodeAnswer = (text: string): Answer => JSON.parse(text) as Answer;

export const answerDigestOf = (text: string): string => digestOf("answer", text);
