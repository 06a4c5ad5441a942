/** Log groups: who belongs to one, by its name where that is known, else by whose name it takes. */
import type { Stack, StackResource } from "./policy";
import { ownArnResource, sources } from "./relations";
import { types } from "./types";
import { peek, text, UNKNOWN } from "./values";

/** The one log group of this stack that a property names. */
export function logGroupOf(
  stack: Stack,
  resource: StackResource,
  property: string,
): StackResource | undefined {
  const name = peek(() => text(resource.props[property]));
  if (name === UNKNOWN) {
    const found = sources(resource, property, types.logGroup);
    return found.length === 1 ? found[0] : undefined;
  }
  return logGroupCalled(stack, name);
}

export const logGroupCalled = (stack: Stack, name: string): StackResource | undefined =>
  stack.ofType(types.logGroup).find((group) => peek(() => group.props.name) === name);

/** The alias of this stack that an ARN names, e.g. `arn:…:function:announce:live`. */
export const aliasCalled = (stack: Stack, resource: StackResource, arn: string): StackResource | undefined =>
  aliasNamed(stack, ownArnResource(resource, arn).replace(/^function:/, ""));

/** @param name of function and alias: `announce:live` */
export const aliasNamed = (stack: Stack, name: string): StackResource | undefined =>
  stack
    .ofType(types.functionAlias)
    .find((alias) => `${text(alias.props.functionName)}:${text(alias.props.name)}` === name);
