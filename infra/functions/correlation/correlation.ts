import { randomUUID } from "node:crypto";
import { headerValues, type WithHeaders } from "./headers";

/** The contract's pattern of `X-Correlation-Id`: a UUID in lower case. A test holds the two together. */
export const UUID_PATTERN = "^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";
/**
 * The gateway's own id, e.g. `JJbxmplHFiAFk4A=`: 11 bytes as base64. Narrower than the contract's pattern on purpose,
 * since a word or a telephone number would pass that one.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
 */
export const GATEWAY_ID_PATTERN = "^[A-Za-z0-9_+/-]{15}=$";

export const CORRELATION_ID_HEADER = "X-Correlation-Id";
export const EXTENDED_REQUEST_ID_HEADER = "X-Extended-Request-Id";

declare const kind: unique symbol;
/** A text that was seen to be a UUID in lower case. */
export type Uuid = string & { readonly [kind]: "uuid" };
/** A text that was seen to have the form of the gateway's ids. */
export type GatewayId = string & { readonly [kind]: "gateway-id" };

const uuidForm = new RegExp(UUID_PATTERN);
const gatewayIdForm = new RegExp(GATEWAY_ID_PATTERN);

const isUuid = (value: unknown): value is Uuid => typeof value === "string" && uuidForm.test(value);
const isGatewayId = (value: unknown): value is GatewayId =>
  typeof value === "string" && gatewayIdForm.test(value);

export const asUuid = (value: unknown): Uuid | undefined => (isUuid(value) ? value : undefined);
export const asGatewayId = (value: unknown): GatewayId | undefined =>
  isGatewayId(value) ? value : undefined;

/** Makes a UUID in lower case; `crypto.randomUUID` outside of tests. */
export type NewUuid = () => string;

/**
 * The id that a request is followed by. What the caller sent is kept when it is one well-formed id; missing,
 * malformed, in upper case or sent twice, it is replaced, never repaired (B1.6).
 *
 * @throws Error when `newUuid` makes no UUID
 */
export function correlationId(received: readonly unknown[], newUuid: NewUuid = randomUUID): Uuid {
  const kept = received.length === 1 ? asUuid(received[0]) : undefined;
  return kept ?? newCorrelationId(newUuid);
}

/** The same for an event of the gateway. */
export const correlationIdOf = (event: WithHeaders, newUuid: NewUuid = randomUUID): Uuid =>
  correlationId(headerValues(event, CORRELATION_ID_HEADER), newUuid);

function newCorrelationId(newUuid: NewUuid): Uuid {
  const made = asUuid(newUuid());
  if (made === undefined) {
    throw new Error(
      `correlation id: got something else than a UUID; allowed: ${UUID_PATTERN}; fix: make it with crypto.randomUUID`,
    );
  }
  return made;
}

/**
 * Both ids as headers: the same for the request to the agent and for the answer. A gateway's id that does not look
 * like one is left out.
 */
export function correlationHeaders(ids: {
  readonly correlationId: Uuid;
  readonly extendedRequestId?: unknown;
}): Readonly<Record<string, string>> {
  const extendedRequestId = asGatewayId(ids.extendedRequestId);
  return {
    [CORRELATION_ID_HEADER]: ids.correlationId,
    ...(extendedRequestId === undefined ? {} : { [EXTENDED_REQUEST_ID_HEADER]: extendedRequestId }),
  };
}
