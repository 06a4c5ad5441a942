/**
 * What the gateway answers by itself, as problem details (RFC 9457).
 *
 * The texts are fixed: nothing that a caller wrote is repeated, and so no `$context.error.validationErrorString`. Of
 * the gateway's two ids the extended one stands in the body, since no caller can choose it; `$context.requestId` can
 * be set by the caller and the templates do not escape, so it is a header only.
 *
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
 */

/** Seconds after which a refused caller may try again. */
export interface RetryAfter {
  readonly throttledSeconds: number;
  readonly quotaExceededSeconds: number;
  readonly unavailableSeconds: number;
}

interface Answer {
  /** Undefined where the type stands for several statuses, which setting one would change for all. */
  readonly status?: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly retry?: keyof RetryAfter;
  /**
   * Given only after the authorizer has let the request in, so that its context is there. Anywhere else
   * `$context.authorizer.*` may be absent, and would render as an empty text.
   */
  readonly afterAuthorizer?: true;
}

const BAD_REQUEST = { status: 400, title: "Bad Request" };
const UNAUTHORIZED = { status: 401, title: "Unauthorized" };
const FORBIDDEN = { status: 403, title: "Forbidden" };
const NOT_FOUND = { status: 404, title: "Not Found" };
const TOO_MANY = { status: 429, title: "Too Many Requests" };
const INTERNAL = { status: 500, title: "Internal Server Error" };

/** Every type that the gateway has; those of authentication schemes that this API does not use are here too. */
export const ANSWERS = {
  DEFAULT_4XX: { code: "refused", title: "Request refused", detail: "The gateway refused the request." },
  DEFAULT_5XX: {
    code: "failed",
    title: "Request failed",
    detail: "The gateway could not answer. A repeat under the same idempotency key is safe.",
    retry: "unavailableSeconds",
  },
  BAD_REQUEST_BODY: {
    ...BAD_REQUEST,
    code: "invalid-body",
    detail: "The body does not match the schema of the contract.",
  },
  BAD_REQUEST_PARAMETERS: {
    ...BAD_REQUEST,
    code: "invalid-parameters",
    detail: "A required header or parameter is missing.",
  },
  UNAUTHORIZED: { ...UNAUTHORIZED, code: "unauthenticated", detail: "The request has no API key." },
  ACCESS_DENIED: {
    ...FORBIDDEN,
    code: "access-denied",
    detail: "The client certificate, or the use that it is put to, is not accepted.",
  },
  INVALID_API_KEY: { ...FORBIDDEN, code: "invalid-api-key", detail: "The API key is not accepted." },
  EXPIRED_TOKEN: { ...FORBIDDEN, code: "expired-token", detail: "The token has expired." },
  INVALID_SIGNATURE: { ...FORBIDDEN, code: "invalid-signature", detail: "The signature is not accepted." },
  WAF_FILTERED: { ...FORBIDDEN, code: "filtered", detail: "The firewall refused the request." },
  // No route of this API uses AWS signatures, so this type means a path or method that does not exist.
  MISSING_AUTHENTICATION_TOKEN: {
    ...NOT_FOUND,
    code: "no-such-route",
    detail: "The contract has no such path and method.",
  },
  RESOURCE_NOT_FOUND: {
    ...NOT_FOUND,
    code: "no-such-resource",
    detail: "The contract has no such resource.",
  },
  REQUEST_TOO_LARGE: {
    status: 413,
    title: "Content Too Large",
    code: "body-too-large",
    detail: "The body is larger than the gateway accepts.",
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: "Unsupported Media Type",
    code: "unsupported-media-type",
    detail: "The content type is none of the route's.",
  },
  THROTTLED: {
    ...TOO_MANY,
    code: "throttled",
    detail: "Too many requests at once.",
    retry: "throttledSeconds",
  },
  QUOTA_EXCEEDED: {
    ...TOO_MANY,
    code: "quota-exceeded",
    detail: "The quota of this period is used up.",
    retry: "quotaExceededSeconds",
  },
  API_CONFIGURATION_ERROR: {
    ...INTERNAL,
    code: "misconfigured",
    detail: "The gateway is not configured for this request.",
  },
  AUTHORIZER_CONFIGURATION_ERROR: {
    ...INTERNAL,
    code: "authorizer-unreachable",
    detail: "The client could not be checked.",
    retry: "unavailableSeconds",
  },
  AUTHORIZER_FAILURE: {
    ...INTERNAL,
    code: "authorizer-failed",
    detail: "The client could not be checked.",
    retry: "unavailableSeconds",
  },
  INTEGRATION_FAILURE: {
    status: 502,
    title: "Bad Gateway",
    code: "integration-failed",
    detail: "The request could not be passed on. A repeat under the same idempotency key is safe.",
    retry: "unavailableSeconds",
    afterAuthorizer: true,
  },
  INTEGRATION_TIMEOUT: {
    status: 504,
    title: "Gateway Timeout",
    code: "integration-timeout",
    detail: "The answer did not come in time. A repeat under the same idempotency key is safe.",
    retry: "unavailableSeconds",
    afterAuthorizer: true,
  },
} as const satisfies Readonly<Record<string, Answer>>;

export type GatewayResponseType = keyof typeof ANSWERS;

export interface GatewayResponse {
  readonly statusCode?: number;
  readonly responseParameters: Readonly<Record<string, string>>;
  readonly responseTemplates: Readonly<Record<string, string>>;
}

/** `x-amazon-apigateway-gateway-responses`, one for each type. */
export function gatewayResponses(retryAfter: RetryAfter): Record<GatewayResponseType, GatewayResponse> {
  const entries = Object.entries<Answer>(ANSWERS).map(([type, answer]) => [
    type,
    respond(answer, retryAfter),
  ]);
  return Object.fromEntries(entries) as Record<GatewayResponseType, GatewayResponse>;
}

function respond(answer: Answer, retryAfter: RetryAfter): GatewayResponse {
  const { status, code, title, detail, retry, afterAuthorizer } = answer;
  const problem = JSON.stringify({
    type: `urn:fase-b:problem:${code}`,
    title,
    ...(status === undefined ? {} : { status }),
    detail,
    code,
    extendedRequestId: "$context.extendedRequestId",
    ...(afterAuthorizer ? { correlationId: "$context.authorizer.correlationId" } : {}),
  });
  return {
    ...(status === undefined ? {} : { statusCode: status }),
    responseParameters: {
      // The template's key is what the caller's Accept chooses by; this is what the answer says that it is.
      "gatewayresponse.header.Content-Type": "'application/problem+json'",
      "gatewayresponse.header.Cache-Control": "'no-store'",
      "gatewayresponse.header.X-Request-Id": "context.requestId",
      "gatewayresponse.header.X-Extended-Request-Id": "context.extendedRequestId",
      ...(retry ? { "gatewayresponse.header.Retry-After": `'${retryAfter[retry]}'` } : {}),
    },
    responseTemplates: { "application/json": problem, "application/problem+json": problem },
  };
}
