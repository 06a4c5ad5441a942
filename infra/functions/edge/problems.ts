import type { outcomes } from "../log/fields";

/**
 * Everything that the edge refuses with, in the contract's words. Texts are static; a status that a caller may wait
 * after carries `Retry-After`.
 */
export const problems = {
  "no-such-route": {
    outcome: "invalid",
    status: 404,
    title: "Not Found",
    detail: "The contract has no such path and method at this domain.",
  },
  "access-denied": {
    outcome: "denied",
    status: 403,
    title: "Forbidden",
    detail: "The client may not make this request.",
  },
  "no-identity": {
    outcome: "fault",
    status: 500,
    title: "Internal Server Error",
    detail: "The client could not be checked.",
  },
  "broken-event": {
    outcome: "fault",
    status: 500,
    title: "Internal Server Error",
    detail: "The gateway handed over something that is no request.",
  },
  fault: {
    outcome: "fault",
    status: 500,
    title: "Internal Server Error",
    detail: "A fault of ours. A repeat under the same idempotency key is safe.",
  },
  "unsupported-media-type": { outcome: "invalid", status: 415, title: "Unsupported Media Type", detail: "" },
  "body-too-large": { outcome: "too-large", status: 413, title: "Content Too Large", detail: "" },
  "missing-header": { outcome: "invalid", status: 400, title: "Bad Request", detail: "" },
  "invalid-header": { outcome: "invalid", status: 400, title: "Bad Request", detail: "" },
  "invalid-json": { outcome: "invalid", status: 400, title: "Bad Request", detail: "" },
  "invalid-body": { outcome: "invalid", status: 400, title: "Bad Request", detail: "" },
  "idempotency-key-reused": {
    outcome: "mismatch",
    status: 422,
    title: "Unprocessable Content",
    detail: "The idempotency key was used with another payload within 24 h.",
  },
  "request-in-flight": {
    outcome: "conflict",
    status: 409,
    title: "Conflict",
    detail: "A request with this idempotency key is still running.",
  },
  "resource-locked": {
    outcome: "locked",
    status: 409,
    title: "Conflict",
    detail: "Another operation holds this resource for the same subject.",
  },
  "quota-exceeded": { outcome: "over-quota", status: 429, title: "Too Many Requests", detail: "" },
  "store-unavailable": {
    outcome: "store-failed",
    status: 503,
    title: "Service Unavailable",
    detail: "The request could not be recorded. A repeat under the same idempotency key is safe.",
  },
  "agent-cut-off": {
    outcome: "breaker-open",
    status: 503,
    title: "Service Unavailable",
    detail: "The agent failed too often and is cut off for a while. Nothing was sent to it.",
  },
  "agent-unreachable": {
    outcome: "upstream-failed",
    status: 503,
    title: "Service Unavailable",
    detail: "The agent could not be reached. A repeat under the same idempotency key is safe.",
  },
  "agent-throttled": {
    outcome: "upstream-failed",
    status: 429,
    title: "Too Many Requests",
    detail: "The agent asks for fewer requests.",
  },
  "agent-failed": {
    outcome: "upstream-failed",
    status: 502,
    title: "Bad Gateway",
    detail: "The agent failed. A repeat under the same idempotency key is safe.",
  },
  "agent-answer-unusable": {
    outcome: "upstream-failed",
    status: 502,
    title: "Bad Gateway",
    detail:
      "The agent answered what the contract does not allow. A repeat under the same idempotency key is safe.",
  },
  "agent-refused": {
    outcome: "answered",
    status: 422,
    title: "Request refused",
    detail: "The agent refused the request.",
  },
  "agent-timeout": {
    outcome: "upstream-timeout",
    status: 504,
    title: "Gateway Timeout",
    detail: "The answer did not come in time. A repeat under the same idempotency key is safe.",
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      /** The log's word for it. */
      readonly outcome: (typeof outcomes)[number];
      readonly status: number;
      readonly title: string;
      /** Empty where the detail is made for the occasion. */
      readonly detail: string;
    }
  >
>;

export type ProblemCode = keyof typeof problems;

/** After these the caller is told when to come again. */
export const isWaitStatus = (status: number): boolean => [409, 429, 503, 504].includes(status);
