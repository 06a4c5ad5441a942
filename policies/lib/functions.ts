/** Functions by what they are called, and under which role each runs. */
import type { Stack, StackResource } from "./policy";
import { source } from "./relations";
import { types } from "./types";
import { text } from "./values";

/** The one function of this name, whatever the stack's names begin with; `undefined` for none and for several. */
export function functionCalled(stack: Stack, name: string): StackResource | undefined {
  const found = stack.ofType(types.function).filter(({ props }) => {
    const full = text(props.name);
    return full === name || full.endsWith(`-${name}`);
  });
  return found.length === 1 ? found[0] : undefined;
}

/** The function that has a role's rights; every function has a role of its own (functions-bind-roles). */
export function functionWith(stack: Stack, rights: StackResource): StackResource | undefined {
  const role = source(rights, "role", types.role);
  return role && stack.ofType(types.function).find((lambda) => source(lambda, "role", types.role) === role);
}
