/** An answer of RFC 9457, `application/problem+json`, in the form of the contract's `Problem`. */
export interface ProblemAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ProblemFields {
  readonly status: number;
  /** What programs read, e.g. `not-forwarding`. */
  readonly code: string;
  readonly title: string;
  /** Static words; never anything from the request. */
  readonly detail: string;
  /** The gateway's id that no caller can choose, so that whoever asks can be found in the logs. */
  readonly extendedRequestId: string;
  /** Absent where the authorizer has not run. */
  readonly correlationId?: string;
  /** Places in the request, never what stands there. */
  readonly errors?: readonly ProblemDetail[];
  readonly retryAfterSeconds?: number;
}

export interface ProblemDetail {
  /** A JSON Pointer into the body, or a header's name. */
  readonly pointer: string;
  readonly detail: string;
}

export function problemAnswer(fields: ProblemFields): ProblemAnswer {
  const { status, code, title, detail, extendedRequestId, correlationId, errors, retryAfterSeconds } = fields;
  return {
    statusCode: status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      "X-Extended-Request-Id": extendedRequestId,
      ...(correlationId === undefined ? {} : { "X-Correlation-Id": correlationId }),
      ...(retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) }),
    },
    body: JSON.stringify({
      type: `urn:fase-b:problem:${code}`,
      title,
      status,
      detail,
      code,
      extendedRequestId,
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(errors === undefined || errors.length === 0 ? {} : { errors }),
    }),
  };
}
