/** Done: what a request may take, what logs must not hold. */
import { mutant, nearMiss, type Mutant, type NearMiss } from "../mutant";

export const mutants: readonly Mutant[] = [
  mutant(
    "latency-budget-limits-hops",
    "off by one",
    "the hops take exactly 700 ms",
    "LatencyBudget::latency-budget",
    { set: "hops.upstreamMs", to: 580 },
  ),
  mutant(
    "latency-budget-limits-hops",
    "missing value",
    "a hop has no share",
    "LatencyBudget::latency-budget",
    { drop: "hops.storeMs" },
  ),
  mutant(
    "latency-budgets-count-one",
    "missing resource",
    "nobody says what a request may take",
    "LatencyBudget::latency-budget",
    { remove: true },
  ),
  mutant(
    "latency-budgets-count-one",
    "one too many",
    "two say what a request may take",
    "LatencyBudget::latency-budget",
    { twin: "latency-budget-2" },
  ),
  mutant(
    "logs-bind-protection",
    "missing resource",
    "a log hides nothing",
    "LogDataProtectionPolicy::log-protection-scans",
    { remove: true },
  ),
  mutant(
    "logs-bind-protection",
    "missing value",
    "addresses of people are not masked",
    "LogDataProtectionPolicy::log-protection-scans",
    { drop: "policyDocument.#.Statement.Sid=mask.DataIdentifier.0" },
  ),
  mutant(
    "logs-bind-protection",
    "wrong relation",
    "findings go to another group",
    "LogDataProtectionPolicy::log-protection-scans",
    {
      text: "policyDocument",
      from: "/aws/vendedlogs/fase-b-staging-log-findings",
      to: "/aws/vendedlogs/other",
    },
  ),
];

export const nearMisses: readonly NearMiss[] = [
  nearMiss("latency-budget-limits-hops", "the hops take 699 ms", "LatencyBudget::latency-budget", {
    set: "hops.upstreamMs",
    to: 579,
  }),
];
