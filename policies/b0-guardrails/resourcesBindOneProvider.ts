import { stackPolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join } from "../lib/values";

const packages = [
  ["aws", types.provider],
  ["grafana", types.grafanaProvider],
  ["kubernetes", types.clusterProvider],
  ["pagerduty", types.pagerProvider],
] as const;

export const resourcesBindOneProvider = stackPolicy({
  name: "resources-bind-one-provider",
  severity: "critical",
  clauses: ["B0.1"],
  summary:
    "One explicit provider each of AWS, Grafana, Kubernetes and PagerDuty exists, and every resource of these uses it.",
  reads: "the provider of every aws:*, grafana:*, kubernetes:* and pagerduty:* resource, and its name",
  remediation: "pass the stack's provider of that package by the component's providers option.",
  url: "https://www.pulumi.com/docs/iac/concepts/options/provider/",
  neverExcepted: true,
  check(stack, report) {
    for (const [packageName, type] of packages) {
      const providers = stack.ofType(type);
      const [provider] = providers;
      if (!provider || providers.length > 1) {
        report({
          got: `${providers.length} ${packageName} providers (${join(providers.map(({ name }) => name))})`,
          expected: "exactly one",
        });
        continue;
      }
      // The engine's own: it takes its address and its rights from whoever deploys.
      if (/^default($|_)/.test(provider.name))
        report({ resource: provider, got: "a default provider", expected: "an explicit one" });
      for (const resource of stack.resources) {
        if (!resource.type.startsWith(`${packageName}:`) || resource.provider?.urn === provider.urn) continue;
        report({
          resource,
          got: `provider ${resource.provider?.name ?? "none"}`,
          expected: `the explicit provider '${provider.name}'`,
        });
      }
    }
  },
});
