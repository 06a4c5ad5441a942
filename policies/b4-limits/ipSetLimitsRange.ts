import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";
import { show, strings, text } from "../lib/values";

/** A company's network may be blocked; what is exempt is an office's or a cluster's. */
const shortest = { blocked: { 4: 16, 6: 32 }, exempt: { 4: 24, 6: 48 } } as const;
type Prefixes = (typeof shortest)[keyof typeof shortest];

/** True for a network of exactly that prefix, and for what is narrower. */
function isNarrow(range: string, shortestPrefix: Prefixes): boolean {
  const [address = "", prefix = ""] = range.split("/");
  return /^\d+$/.test(prefix) && Number(prefix) >= shortestPrefix[address.includes(":") ? 6 : 4];
}

export const ipSetLimitsRange = resourcePolicy({
  name: "ip-set-limits-range",
  severity: "medium",
  clauses: ["B4.4"],
  summary: "Whoever is exempt from a step, or blocked without one, is a network that somebody can name.",
  reads: "aws:wafv2/ipSet:IpSet.addresses",
  remediation: "list ranges of /16 or narrower (IPv6: /32), and where they are exempt of /24 (IPv6: /48).",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/waf-ip-set-creating.html",
  types: [types.ipSet],
  check(resource, report) {
    const list = /exempt/.test(`${resource.name} ${text(resource.props.name)}`) ? "exempt" : "blocked";
    const { 4: ofV4, 6: ofV6 } = shortest[list];
    for (const range of strings(resource.props.addresses).filter((one) => !isNarrow(one, shortest[list]))) {
      report({
        resource,
        got: show(range),
        expected: `a range of /${ofV4} or narrower, for IPv6 of /${ofV6}`,
      });
    }
  },
});
