import { upstreamSettings, type UpstreamSettings } from "../upstream.schema";

/** Settings as a stack would have them; the tests count with these numbers. */
export const settings: UpstreamSettings = upstreamSettings.parse({
  retry: {
    maximumTries: 3,
    baseDelayMs: 100,
    maximumDelayMs: 1_000,
    tryTimeoutMs: 2_000,
    minimumTryMs: 300,
    budget: { ratio: 0.1, burst: 3 },
  },
  breaker: {
    windowMs: 10_000,
    minimumCalls: 10,
    failureRatio: 0.5,
    consecutiveFailures: 5,
    openMs: 5_000,
    maximumOpenMs: 20_000,
    openJitterRatio: 0.2,
    successesToClose: 3,
    probeLeaseMs: 3_000,
    clockSkewMs: 500,
    cacheMs: 1_000,
    storeTimeoutMs: 100,
  },
  maximumResponseBytes: 65_536,
});
