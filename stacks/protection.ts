import * as pulumi from "@pulumi/pulumi";
import { isOfAuthority, isStateful, resourceId } from "../infra/release/stateful";
import { Authority } from "../infra/trust/authority";

/**
 * From here on every resource that holds state is protected, whoever declares it and whatever he says of it: only a letter's list lifts
 * that. The keys and certificates of a generation of the authority that nobody trusts any more don't need it, so that they can be taken away;
 * whatever else is laid below that generation does.
 *
 * In the program and before a resource is registered, so that the engine keeps it in the state and refuses the deletion itself.
 * https://www.pulumi.com/docs/iac/concepts/options/protect/
 *
 * @param unprotect of the valid letter: `<type>::<name>` each
 */
export const protectState = (unprotect: readonly string[]): void =>
  pulumi.runtime.registerStackTransformation(protecting(unprotect));

export function protecting(unprotect: readonly string[]): pulumi.ResourceTransformation {
  const lifted = new Set(unprotect);
  return ({ type, name, props, opts }) => {
    if (!isStateful(type) || isOfRetired(type, name, opts.parent)) return undefined;
    return { props, opts: { ...opts, protect: !lifted.has(resourceId(type, name)) } };
  };
}

const isOfRetired = (type: string, name: string, parent: pulumi.Resource | undefined): boolean =>
  parent instanceof Authority && parent.retired && isOfAuthority(type, name, parent.logicalName);
