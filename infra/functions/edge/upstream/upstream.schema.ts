import { z } from "zod";

const ms = (minimum: number, maximum: number) => z.number().int().min(minimum).max(maximum);

const sharedRetry = z.strictObject({
  /** Tries of one request, the first included; 1 switches retries off. */
  maximumTries: z.number().int().min(1).max(5),
  /** Full jitter: the n-th wait is drawn from 0 to min(maximumDelayMs, baseDelayMs × 2^(n−1)). */
  baseDelayMs: ms(1, 5_000),
  maximumDelayMs: ms(1, 20_000),
  /** No try starts with less time than this: about the upstream's p99. A time-out after it counts as a failure. */
  minimumTryMs: ms(10, 28_000),
  budget: z.strictObject({
    /** Retries earned by a request. */
    ratio: z.number().min(0).max(1),
    /** Retries that may be saved up; also what an instance starts with. */
    burst: z.number().int().min(0).max(100),
  }),
});

const retrySettings = z
  .strictObject({
    ...sharedRetry.shape,
    /** One try's own time-out, connecting included. Below the gateway's 29 s. */
    tryTimeoutMs: ms(50, 28_000),
  })
  .superRefine((value, context) => {
    const refuse = (path: string, allowed: string, fix: string): void =>
      context.addIssue({ code: "custom", path: [path], message: allowed, params: { allowed, fix } });
    if (value.maximumDelayMs < value.baseDelayMs)
      refuse(
        "maximumDelayMs",
        "the longest wait is at least the first one",
        "raise it to baseDelayMs or more",
      );
    if (value.minimumTryMs > value.tryTimeoutMs)
      refuse("minimumTryMs", "a try gets at least the time it needs", "lower it to tryTimeoutMs or less");
  });

const breakerSettings = z
  .strictObject({
    /** The window in which calls are counted: an instance's own slides, that of all begins with a failure. */
    windowMs: ms(1_000, 60_000),
    /** Opens at `failureRatio` of at least `minimumCalls` calls in the window, of one instance or of all together … */
    minimumCalls: z.number().int().min(2).max(500),
    failureRatio: z.number().gt(0).max(1),
    /** … or at this many failures in a row within the window: an instance runs one request at a time, so its window may be thin. */
    consecutiveFailures: z.number().int().min(1).max(100),
    /** The first open period; each one that a failed probe begins is twice the one before, up to `maximumOpenMs`. */
    openMs: ms(500, 300_000),
    maximumOpenMs: ms(500, 600_000),
    /** Up to this share is added to an open period by chance. */
    openJitterRatio: z.number().min(0).max(1),
    /** Probes in a row that must succeed. */
    successesToClose: z.number().int().min(1).max(20),
    /** After this a prober that fell silent is replaced. */
    probeLeaseMs: ms(200, 120_000),
    /** By how much two instances' clocks may differ. */
    clockSkewMs: ms(0, 10_000),
    /** How old an instance's copy of the shared state may be: the longest it goes on calling after others opened. */
    cacheMs: ms(50, 30_000),
    /** The store's time for one operation; after it the instance decides by itself. */
    storeTimeoutMs: ms(10, 5_000),
  })
  .superRefine((value, context) => {
    const refuse = (path: string, allowed: string, fix: string): void =>
      context.addIssue({ code: "custom", path: [path], message: allowed, params: { allowed, fix } });
    if (value.maximumOpenMs < value.openMs)
      refuse(
        "maximumOpenMs",
        "the longest open period is at least the first one",
        "raise it to openMs or more",
      );
    if (value.cacheMs > value.openMs)
      refuse("cacheMs", "a copy older than an open period would miss it whole", "lower it to openMs or less");
    if (value.probeLeaseMs <= value.clockSkewMs + value.storeTimeoutMs)
      refuse(
        "probeLeaseMs",
        "a probe has time left after the claim and the clocks' difference",
        "raise it over clockSkewMs + storeTimeoutMs",
      );
  });

/** The longest answer taken; behind a Lambda proxy 6 MB pass. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maximumResponseBytes = z.number().int().min(1_024).max(6_000_000);

/** What the stack's settings say of all upstreams alike; a try's time-out is each agent's own. */
export const upstreams = z.strictObject({
  retry: sharedRetry,
  breaker: breakerSettings,
  maximumResponseBytes,
});

/** All that the call of one upstream goes by. */
export const upstreamSettings = z
  .strictObject({ retry: retrySettings, breaker: breakerSettings, maximumResponseBytes })
  .superRefine(({ retry, breaker }, context) => {
    const neededMs = retry.tryTimeoutMs + breaker.clockSkewMs + breaker.storeTimeoutMs;
    if (breaker.probeLeaseMs < neededMs)
      context.addIssue({
        code: "custom",
        path: ["breaker", "probeLeaseMs"],
        message: "a probe's lease covers a whole try",
        params: {
          allowed: `at least ${neededMs}, tryTimeoutMs + clockSkewMs + storeTimeoutMs`,
          fix: "raise it",
        },
      });
    if (retry.minimumTryMs < breaker.storeTimeoutMs)
      context.addIssue({
        code: "custom",
        path: ["retry", "minimumTryMs"],
        message: "a call that has time for a try has time to ask the breaker's store",
        params: { allowed: `at least storeTimeoutMs, ${breaker.storeTimeoutMs}`, fix: "raise it" },
      });
  });

export type RetrySettings = z.infer<typeof retrySettings>;
export type BreakerSettings = z.infer<typeof breakerSettings>;
export type UpstreamSettings = z.infer<typeof upstreamSettings>;
export type SharedUpstreamSettings = z.infer<typeof upstreams>;
