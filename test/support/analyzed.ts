import type { AnalyzedResource } from "../../cli/preview/engine/messages";

/** A resource as the engine shows it to a pack, with nothing special about it. */
export const analyzed = (
  resource: Pick<AnalyzedResource, "urn" | "type" | "name">,
  other: Partial<AnalyzedResource> = {},
): AnalyzedResource => ({
  ...resource,
  parent: "",
  protect: false,
  ignoreChanges: [],
  deleteBeforeReplace: undefined,
  additionalSecretOutputs: [],
  timeouts: { create: 0, update: 0, delete: 0, read: 0 },
  provider: undefined,
  dependencies: [],
  propertyDependencies: new Map(),
  ...other,
});
