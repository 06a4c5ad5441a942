/**
 * The digest of a preview, in the form of `pulumi preview --json`.
 *
 * https://github.com/pulumi/pulumi/blob/master/pkg/backend/display/json.go
 */
import type { Json, PreviewStep, ResourceState } from "../model";
import type { Registration } from "./monitor";
import type { JsonObject } from "./signatures";
import { providerUrn } from "./urn";
import { decodeStruct, decodeValue, digestValue, forDigest } from "./values";

/** What of a registration decides its place. */
export interface Ordered {
  readonly analyzed: {
    readonly urn: string;
    readonly parent: string;
    readonly dependencies: readonly string[];
  };
  readonly provider: string;
}

/**
 * An order that has nothing of the run's timing: by URN, but what a resource refers to comes before it.
 */
export function inOrder<T extends Ordered>(registrations: ReadonlyMap<string, T>): readonly T[] {
  const ordered: T[] = [];
  const entered = new Set<string>();
  for (const start of [...registrations.keys()].sort()) {
    // A stack of its own: a long chain of dependencies would overflow the runtime's.
    const path: { readonly registration: T; readonly before: readonly string[]; next: number }[] = [];
    const enter = (urn: string): void => {
      const registration = registrations.get(urn);
      if (!registration || entered.has(urn)) return;
      entered.add(urn);
      path.push({ registration, before: referencesOf(registration), next: 0 });
    };
    enter(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const urn = top.before[top.next++];
      if (urn !== undefined) enter(urn);
      else {
        ordered.push(top.registration);
        path.pop();
      }
    }
  }
  return ordered;
}

function referencesOf({ analyzed, provider }: Ordered): readonly string[] {
  const first = [...(analyzed.parent ? [analyzed.parent] : []), ...(provider ? [providerUrn(provider)] : [])];
  return [...first, ...analyzed.dependencies];
}

/** @param directory the project's; paths of assets are shown relative to it */
export function stepOf(registration: Registration, directory: string): PreviewStep {
  const { provider } = registration;
  return {
    op: "create",
    urn: registration.analyzed.urn,
    ...(provider ? { provider } : {}),
    newState: stateOf(registration, directory),
    detailedDiff: null,
  };
}

/** What is empty is left out, as in the engine's state. */
function stateOf(registration: Registration, directory: string): ResourceState {
  const { analyzed, replacementTrigger } = registration;
  const inputs = Buffer.isBuffer(registration.inputs)
    ? decodeStruct(registration.inputs)
    : registration.inputs;
  const { create, update, delete: remove, read } = analyzed.timeouts;
  const timeouts = withoutEmpty({ create, update, delete: remove, read });
  const optional = {
    inputs: forDigest(inputs, directory),
    parent: analyzed.parent,
    protect: analyzed.protect,
    dependencies: analyzed.dependencies,
    provider: registration.provider,
    propertyDependencies: propertyDependencies(analyzed.propertyDependencies),
    additionalSecretOutputs: analyzed.additionalSecretOutputs,
    customTimeouts: timeouts,
    retainOnDelete: registration.retainOnDelete ?? false,
    deletedWith: registration.deletedWith,
    replaceWith: registration.replaceWith,
    ignoreChanges: analyzed.ignoreChanges,
    replaceOnChanges: registration.replaceOnChanges,
    replacementTrigger: replacementTrigger ? digestValue(decodeValue(replacementTrigger), directory) : null,
    resourceHooks: Object.fromEntries(registration.hooks),
  };
  return { urn: analyzed.urn, custom: registration.custom, type: analyzed.type, ...withoutEmpty(optional) };
}

function withoutEmpty(object: JsonObject): { [key: string]: Json } {
  const isEmpty = (value: Json): boolean =>
    !value ||
    (typeof value === "object" && (Array.isArray(value) ? value.length : Object.keys(value).length) === 0);
  return Object.fromEntries(Object.entries(object).filter(([, value]) => !isEmpty(value)));
}

function propertyDependencies(of: ReadonlyMap<string, readonly string[]>): JsonObject {
  return Object.fromEntries([...of].sort(([left], [right]) => (left < right ? -1 : 1)));
}
