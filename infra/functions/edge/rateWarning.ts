import { headerValues, type WithHeaders } from "../correlation/headers";

/** Inserted by the firewall's steps that warn, over what a caller sent under this name: `infra/firewall/firewallRules.ts`. */
const WARNED_RETRY_AFTER_HEADER = "x-amzn-waf-fase-b-retry-after";

/** From a second to a day. */
const SECONDS = /^[1-9]\d{0,4}$/;

/**
 * What the answer to a request says that the firewall let by with a warning (B4.4): the seconds for which its caller had better wait.
 * Where no step warned a caller can write the header himself, and is told what he wrote.
 */
export function rateWarning(request: WithHeaders): Readonly<Record<string, string>> {
  const seconds = headerValues(request, WARNED_RETRY_AFTER_HEADER).filter((value) => SECONDS.test(value));
  return seconds.length === 0 ? {} : { "Retry-After": String(Math.max(...seconds.map(Number))) };
}
