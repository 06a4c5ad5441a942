import { allComponents, type Bom, type Component } from "./bom";

/** What a bill is of, where the generator can't know it. */
export type Subject = Pick<Component, "type" | "group" | "name" | "hashes">;

/**
 * A generator's document without what differs from one machine to the next: no serial number, no time, no version of npm, no place
 * from which a package was fetched, no order but the names'. The tools stay by name and version, which the lock file settles.
 *
 * @param subject what the bill is of; the generator's own, where it is the project
 */
export function normalise(bom: Bom, subject?: Subject): Bom {
  const { serialNumber: _, metadata: { timestamp: __, ...metadata } = {}, ...rest } = bom;
  const { component, tools } = metadata;
  return {
    ...rest,
    metadata: {
      ...metadata,
      tools: {
        components: (tools?.components ?? [])
          .filter(({ name, group }) => name !== "npm" || group !== undefined)
          .map(({ type, group, name, version }) => ({
            type,
            ...(group === undefined ? {} : { group }),
            name,
            ...(version === undefined ? {} : { version }),
          })),
      },
      ...(component === undefined ? {} : { component: subjectOf(component, subject) }),
    },
    components: (bom.components ?? []).map(withoutPlaces).sort(by(({ "bom-ref": ref = "" }) => ref)),
    dependencies: (bom.dependencies ?? [])
      .map(({ ref, dependsOn }) => ({
        ref,
        ...(dependsOn === undefined ? {} : { dependsOn: [...new Set(dependsOn)].sort() }),
      }))
      .sort(by(({ ref }) => ref)),
  };
}

/** A bundle has no place in a registry, and its digest is its own. */
function subjectOf(component: Component, subject: Subject | undefined): Component {
  if (subject === undefined) return withoutPlaces(component);
  const { version, "bom-ref": ref } = component;
  return {
    type: subject.type,
    ...(subject.group === undefined ? {} : { group: subject.group }),
    name: subject.name,
    ...(version === undefined ? {} : { version }),
    ...(ref === undefined ? {} : { "bom-ref": ref }),
    ...(subject.hashes === undefined ? {} : { hashes: subject.hashes }),
  };
}

/** By its name and version a package is known in every registry; where this machine has it from is nobody's concern. */
function withoutPlaces(component: Component): Component {
  const { externalReferences, purl, components, ...rest } = component;
  const kept = externalReferences?.filter(({ type }) => type !== "distribution") ?? [];
  return {
    ...rest,
    ...(purl === undefined ? {} : { purl: purl.replace(/[?#].*$/, "") }),
    ...(kept.length === 0 ? {} : { externalReferences: kept }),
    ...(components === undefined ? {} : { components: components.map(withoutPlaces) }),
  };
}

const by =
  <Item>(key: (item: Item) => string) =>
  (one: Item, other: Item): number =>
    key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0;

/** Whatever would tell of this machine: its folders, or the registry that it happens to ask. */
export function tracesOf(
  text: string,
  folders: readonly string[],
  registry: string | undefined,
): readonly string[] {
  const host = registry !== undefined && URL.canParse(registry) ? new URL(registry).host : undefined;
  const private_ = host === undefined || host === "registry.npmjs.org" ? [] : [host];
  return [...folders, ...private_, "file://"].filter((trace) => text.includes(trace));
}

/** A package that stands twice under one reference could hide another one. */
export function repeated(bom: Bom): readonly string[] {
  const refs = allComponents(bom).map(({ "bom-ref": ref = "" }) => ref);
  return [...new Set(refs.filter((ref, at) => ref === "" || refs.indexOf(ref) !== at))];
}
