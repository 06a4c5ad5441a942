import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { show, strings } from "../lib/values";

/** A company's network. Two sets of half the internet would exempt everybody. */
const shortestPrefix = { 4: 16, 6: 32 } as const;

/** True for `192.0.2.0/24`, for `2001:db8::/32`, and for what is narrower. */
function isNarrow(range: string): boolean {
  const [address = "", prefix = ""] = range.split("/");
  return /^\d+$/.test(prefix) && Number(prefix) >= shortestPrefix[address.includes(":") ? 6 : 4];
}

export const ipSetLimitsRange = resourcePolicy({
  name: "ip-set-limits-range",
  severity: "medium",
  clauses: ["B4.4"],
  summary: "Whoever is exempt from a step, or blocked without one, is a network that somebody can name.",
  reads: "aws:wafv2/ipSet:IpSet.addresses",
  remediation: "list ranges of /16 or narrower (IPv6: /32).",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/waf-ip-set-creating.html",
  types: [types.ipSet],
  check(resource, report) {
    for (const range of strings(resource.props.addresses).filter((one) => !isNarrow(one))) {
      report({ resource, got: show(range), expected: "a range of /16 or narrower, for IPv6 of /32" });
    }
  },
});
