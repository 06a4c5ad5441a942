import { resourcePolicy } from "../lib/policy";
import { types } from "../lib/types";

/** Declared types that no policy reads by itself: they say nothing that a clause asks, or are found through others. */
const harmless = [
  "aws:apigatewayv2/deployment:Deployment",
  "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
  "pulumi:providers:pulumi",
  "pulumi:providers:tls",
];

const judged: ReadonlySet<string> = new Set<string>([...Object.values(types), ...harmless]);

export const resourcesForbidUnjudgedTypes = resourcePolicy({
  name: "resources-forbid-unjudged-types",
  severity: "high",
  clauses: ["B5.3"],
  summary:
    "Nothing is declared of a type that this pack does not know: a function's URL or a second kind of API would be a way around.",
  reads: "the type of every resource, against policies/lib/types.ts and a short list in the policy",
  remediation:
    "judge the new type by a policy and add it to policies/lib/types.ts; where it can weaken nothing, add it to the list in this policy.",
  url: "https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_network_protection_create_layers.html",
  types: ["*"],
  neverExcepted: true,
  check(resource, report) {
    if (judged.has(resource.type) || resource.type.startsWith("fase-b:index:")) return;
    report({ resource, got: `a resource of ${resource.type}`, expected: "a type that the pack knows" });
  },
});
