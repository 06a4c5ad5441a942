import { monthOf } from "./claims/quota";

/** The contract's name of the one quota that the edge counts. */
const POLICY = `"monthly"`;

/**
 * The quota in force: requests sent upstream in a calendar month by UTC, whose length is the window.
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ (since -08: quoted name, `q`, `w`; `r`, `t`)
 */
export function rateLimitPolicy(quota: number, nowMs: number): Readonly<Record<string, string>> {
  const { name, resetMs } = monthOf(nowMs);
  const seconds = Math.round((resetMs - Date.parse(`${name}-01T00:00:00Z`)) / 1000);
  return { "RateLimit-Policy": `${POLICY};q=${quota};w=${seconds}` };
}

/** What is left of it, and the seconds until the month ends. */
export const rateLimit = (remaining: number, resetSeconds: number): Readonly<Record<string, string>> => ({
  RateLimit: `${POLICY};r=${remaining};t=${resetSeconds}`,
});
