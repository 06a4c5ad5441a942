import type { SharedUpstreamSettings, UpstreamSettings } from "./upstream.schema";

/** What is said of all upstreams alike, with one agent's own time-out of a try. */
export const upstreamSettingsOf = (shared: SharedUpstreamSettings, timeoutMs: number): UpstreamSettings => ({
  ...shared,
  retry: { ...shared.retry, tryTimeoutMs: timeoutMs },
});
