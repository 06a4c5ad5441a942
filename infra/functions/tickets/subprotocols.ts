/** The one that an answer may name: it is no secret. */
export const VOICE_SUBPROTOCOL = "fase-b.voice.v1";
const TICKET_PREFIX = "fase-b.ticket.";

/** 256 random bits as base64url. */
const TICKET = /^[A-Za-z0-9_-]{43}$/;
/** The contract's pattern of `Sec-WebSocket-Protocol`; a test holds the two together. */
export const OFFER_PATTERN = "^fase-b\\.voice\\.v1, ?fase-b\\.ticket\\.[A-Za-z0-9_-]{43}$";
const offer = new RegExp(OFFER_PATTERN);

export const isTicket = (value: unknown): value is string => typeof value === "string" && TICKET.test(value);

/**
 * What a client offers in `Sec-WebSocket-Protocol`, in this order. A ticket's alphabet is within that of a header's
 * token, so it needs no quotes. https://www.rfc-editor.org/rfc/rfc6455#section-4.1
 */
export const subprotocolsOf = (ticket: string): readonly [string, string] => [
  VOICE_SUBPROTOCOL,
  `${TICKET_PREFIX}${ticket}`,
];

/** The ticket out of the header's one value; `undefined` when it is not the contract's form. */
export const ticketOf = (header: string): string | undefined =>
  offer.test(header) ? header.slice(header.lastIndexOf(TICKET_PREFIX) + TICKET_PREFIX.length) : undefined;
