import * as pulumi from "@pulumi/pulumi";
import { isStateful, resourceId } from "../infra/release/stateful";
import { Authority } from "../infra/trust/authority";

/**
 * From here on every resource that holds state is protected, whoever declares it and whatever he says of it: only a letter's list lifts
 * that, and nothing of a generation of the authority that nobody trusts any more needs it, so that it can be taken away.
 *
 * In the program and before a resource is registered, so that the engine keeps it in the state and refuses the deletion itself.
 * https://www.pulumi.com/docs/iac/concepts/options/protect/
 *
 * @param unprotect of the valid letter: `<type>::<name>` each
 */
export function protectState(unprotect: readonly string[]): void {
  const lifted = new Set(unprotect);
  pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
    if (!isStateful(type) || isRetired(opts.parent)) return undefined;
    return { props, opts: { ...opts, protect: !lifted.has(resourceId(type, name)) } };
  });
}

const isRetired = (parent: pulumi.Resource | undefined): boolean =>
  parent instanceof Authority && parent.retired;
