/** The policies of the pack, in the work order's order. */
import type { Policies } from "@pulumi/policy";
import { componentRequiresClauses } from "./b0-guardrails/componentRequiresClauses";
import { providerRequiresOneAccount } from "./b0-guardrails/providerRequiresOneAccount";
import { resourcesBindOneProvider } from "./b0-guardrails/resourcesBindOneProvider";
import { certificatesCountThirteen } from "./b5-tls/certificatesCountThirteen";
import type { Context, PolicyDefinition } from "./lib/policy";

export const definitions: readonly PolicyDefinition[] = [
  providerRequiresOneAccount,
  resourcesBindOneProvider,
  componentRequiresClauses,
  certificatesCountThirteen,
];

/** The policies as `@pulumi/policy` takes them. */
export const buildPolicies = (context: Context): Policies =>
  definitions.map((definition) => definition.build(context));
