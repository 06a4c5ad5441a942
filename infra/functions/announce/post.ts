import { errorFields } from "../log/errors";
import type { LogFields } from "../log/fields";
import type { Timing } from "../edge/upstream/timing";

/** Sends JSON once. @returns the status; the answer itself is nobody's business */
export type Post = (
  url: string,
  headers: Readonly<Record<string, string>>,
  body: object,
  timeoutMs: number,
) => Promise<number>;

export const postJson: Post = async (url, headers, body, timeoutMs) => {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify(body),
    // Another host would get the key.
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  await answer.body?.cancel();
  return answer.status;
};

export interface RetryOptions {
  readonly maximumTries: number;
  readonly tryTimeoutMs: number;
  readonly baseDelayMs: number;
  readonly maximumDelayMs: number;
}

export const retryOptions: RetryOptions = {
  maximumTries: 5,
  tryTimeoutMs: 4_000,
  baseDelayMs: 500,
  maximumDelayMs: 8_000,
};

export interface Delivery {
  readonly delivered: boolean;
  readonly tries: number;
  readonly status?: number;
  readonly error?: Pick<LogFields, "errorClass" | "errorCode">;
}

/**
 * Tries until it is taken, refused for good, or the time is up. Waits by full jitter: many who begin at once do not come again at
 * once. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * Never rejects.
 *
 * @param send one try; its result is a status
 */
export async function deliver(
  send: (timeoutMs: number) => Promise<number>,
  timing: Timing,
  deadlineMs: number,
  options: RetryOptions = retryOptions,
): Promise<Delivery> {
  let last: Delivery = { delivered: false, tries: 0 };
  for (let tries = 1; tries <= options.maximumTries; tries += 1) {
    const leftMs = deadlineMs - timing.nowMs();
    if (leftMs <= 0) break;
    try {
      const status = await send(Math.min(options.tryTimeoutMs, leftMs));
      last = { delivered: status >= 200 && status < 300, tries, status };
      if (last.delivered || !comesAgain(status)) break;
    } catch (error) {
      last = { delivered: false, tries, error: errorFields(error) };
    }
    if (tries === options.maximumTries) break;
    const waitMs = timing.random() * Math.min(options.maximumDelayMs, options.baseDelayMs * 2 ** (tries - 1));
    if (timing.nowMs() + waitMs >= deadlineMs) break;
    await timing.sleep(waitMs);
  }
  return last;
}

/** Another 4xx says the same the next time. */
const comesAgain = (status: number): boolean => status >= 500 || status === 408 || status === 429;
