/** What lets nothing but staging pass without evidence: each of the facts by which staging is known is changed. */
import { mutant, type Mutant } from "../mutant";

/** A mandatory gate a clause; all of them go by the same facts, and so all of them notice. */
const evidenceGates = [
  "sboms-require-evidence",
  "patches-require-evidence",
  "latency-requires-evidence",
  "errors-require-evidence",
  "logs-require-evidence",
  "coverage-requires-evidence",
  "scans-require-evidence",
  "idempotency-requires-evidence",
  "breakers-require-evidence",
  "rate-limits-require-evidence",
] as const;

/** They go by the same facts, and by all of the stack's. */
const releaseGates = ["production-requires-letter", "stack-binds-facts"] as const;

/** Says on staging what the gates would say elsewhere, and falls silent there. */
const list = "staging-lists-missing-evidence";

/** All of them. */
export const gateNames: readonly string[] = [...evidenceGates, ...releaseGates, list];

const otherGates = (gate: string): readonly string[] => gateNames.filter((other) => other !== gate);

export const mutants: readonly Mutant[] = [...evidenceGates, ...releaseGates].flatMap((gate) => [
  mutant(
    gate,
    "wrong value",
    "the stack has another name",
    "*::*",
    { stack: "production" },
    // Exceptions are one stack's: under another name what they lift comes back.
    { also: [...otherGates(gate), "exceptions-list-use", "secrets-bind-rotation"] },
  ),
  mutant(
    gate,
    "too much",
    "the provider may change a second account",
    "aws::aws",
    { set: "allowedAccountIds", to: '["123456789012","210987654321"]' },
    { also: [...otherGates(gate), "provider-requires-one-account"] },
  ),
  mutant(
    gate,
    "wrong relation",
    "one domain lies in another zone",
    "Record::agent-chat-03-alias",
    { set: "name", to: "chat-03.example.com" },
    { also: [...otherGates(gate), "domains-count-eighteen"] },
  ),
  mutant(
    gate,
    "wrong value",
    "manifests are applied to another cluster",
    "kubernetes::kubernetes",
    [{ drop: "renderYamlToDirectory" }, { set: "context", to: "production" }],
    { also: otherGates(gate) },
  ),
  mutant(
    gate,
    "wrong value",
    "Grafana is another",
    "grafana::grafana",
    { set: "url", to: "https://grafana.example.com" },
    { also: otherGates(gate) },
  ),
]);
