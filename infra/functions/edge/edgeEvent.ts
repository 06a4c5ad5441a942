import { asGatewayId, asUuid, correlationId, type GatewayId, type Uuid } from "../correlation/correlation";
import type { WithHeaders } from "../correlation/headers";
import type { ReceivedRequest } from "../validation/validateRequest";

type Json = Readonly<Record<string, unknown>>;
const asRecord = (value: unknown): Json =>
  typeof value === "object" && value !== null ? (value as Json) : {};
const asText = (value: unknown): string => (typeof value === "string" ? value : "");

/** By what a request is followed; there is always something to answer with. */
export interface RequestIds {
  readonly correlationId: Uuid;
  readonly requestId: Uuid | undefined;
  readonly extendedRequestId: GatewayId | undefined;
}

export interface EdgeRequest extends ReceivedRequest {
  /** Lower case. */
  readonly domain: string;
  /** e.g. `POST /chat`, by the gateway's resource, not by the path that the caller wrote. */
  readonly route: string;
  /** Whom the authorizer let in; never from headers. */
  readonly clientId: string | undefined;
  readonly subject: string | undefined;
}

/**
 * The correlation id is the authorizer's, which has judged the caller's. Without it a new one: what an event's headers
 * hold was judged by nobody.
 */
export function idsOf(event: unknown, newUuid: () => string): RequestIds {
  const context = asRecord(asRecord(event)["requestContext"]);
  return {
    correlationId: asUuid(asRecord(context["authorizer"])["correlationId"]) ?? correlationId([], newUuid),
    requestId: asUuid(context["requestId"]),
    extendedRequestId: asGatewayId(context["extendedRequestId"]),
  };
}

/** The headers of an event, of which nothing else need be in order. */
export function withHeaders(event: unknown): WithHeaders {
  const { headers, multiValueHeaders } = asRecord(event);
  return {
    headers: asRecord(headers) as WithHeaders["headers"],
    multiValueHeaders: asRecord(multiValueHeaders) as WithHeaders["multiValueHeaders"],
  };
}

/**
 * What the gateway's proxy integration hands over. Trusts no field to be there.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
 *
 * @returns `undefined` for what cannot come from the gateway
 */
export function readRequest(event: unknown): EdgeRequest | undefined {
  const { requestContext, httpMethod, resource, body, isBase64Encoded } = asRecord(event);
  const context = asRecord(requestContext);
  const authorizer = asRecord(context["authorizer"]);
  const domain = asText(context["domainName"]).toLowerCase();
  const method = asText(httpMethod);
  const path = asText(resource);
  const bodyFits = body === null || body === undefined || typeof body === "string";
  if (domain === "" || method === "" || path === "" || !bodyFits) return undefined;
  return {
    domain,
    route: `${method} ${path}`,
    clientId: asText(authorizer["clientId"]) || undefined,
    subject: asText(authorizer["subject"]) || undefined,
    ...withHeaders(event),
    body: body ?? null,
    isBase64Encoded: isBase64Encoded === true,
  };
}
