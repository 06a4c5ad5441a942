/** An answer of RFC 9457, `application/problem+json`. */
export interface ProblemAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ProblemFields {
  readonly status: number;
  readonly title: string;
  /** Static words; never anything from the request. */
  readonly detail: string;
  /** The gateway's ids, so that whoever asks can be found in the logs. */
  readonly requestId: string;
  readonly retryAfterSeconds?: number;
}

export function problemAnswer(fields: ProblemFields): ProblemAnswer {
  const { status, title, detail, requestId, retryAfterSeconds } = fields;
  return {
    statusCode: status,
    headers: {
      "Content-Type": "application/problem+json",
      "Cache-Control": "no-store",
      ...(retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) }),
    },
    body: JSON.stringify({ type: "about:blank", title, status, detail, requestId }),
  };
}
