import { stackPolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join } from "../lib/values";

export const resourcesBindOneProvider = stackPolicy({
  name: "resources-bind-one-provider",
  severity: "critical",
  clauses: ["B0.1"],
  summary: "One explicit AWS provider exists and every AWS resource uses it.",
  reads: "the provider of every aws:* resource",
  remediation: "pass the stack's aws provider by the component's provider option.",
  url: "https://www.pulumi.com/docs/iac/concepts/options/provider/",
  check(stack, report) {
    const providers = stack.ofType(types.provider);
    const [provider] = providers;
    if (!provider || providers.length > 1) {
      report({
        got: `${providers.length} AWS providers (${join(providers.map(({ name }) => name))})`,
        expected: "exactly one",
      });
      return;
    }
    for (const resource of stack.resources) {
      if (!resource.type.startsWith("aws:") || resource.provider?.urn === provider.urn) continue;
      report({
        resource,
        got: `provider ${resource.provider?.name ?? "none"}`,
        expected: `the explicit provider '${provider.name}'`,
      });
    }
  },
});
