import { allComponents, type Bom, type Component } from "./bom";

/** What a bill is of, where the generator can't know it. */
export type Subject = Pick<Component, "type" | "group" | "name" | "hashes">;

/**
 * A generator's document without what differs from one machine to the next: no serial number, no time, no version of npm, no place
 * from which a package was fetched, no order but the names'. The tools stay by name and version, which the lock file settles.
 *
 * @param subject what the bill is of; the generator's own, where it is the project
 */
export function normalise(generated: Bom, subject?: Subject): Bom {
  const bom = withPlainRefs(generated);
  const { component, tools } = bom.metadata ?? {};
  return {
    ...without(bom, "serialNumber"),
    metadata: {
      ...without(bom.metadata ?? {}, "timestamp"),
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

/**
 * The bundler's references end with a digest of the place where the package is installed, which two checkouts need not have alike.
 * It goes where the rest is the package's alone.
 */
function withPlainRefs(bom: Bom): Bom {
  const plain = (ref: string): string => ref.replace(/#[0-9a-f]{64}$/, "");
  const all = [...(bom.metadata?.component ? [bom.metadata.component] : []), ...allComponents(bom)];
  const times = new Map<string, number>();
  for (const { "bom-ref": ref = "" } of all) times.set(plain(ref), (times.get(plain(ref)) ?? 0) + 1);
  const renamed = (ref: string): string => (times.get(plain(ref)) === 1 ? plain(ref) : ref);
  const named = (component: Component): Component => ({
    ...component,
    ...(component["bom-ref"] === undefined ? {} : { "bom-ref": renamed(component["bom-ref"]) }),
    ...(component.components === undefined ? {} : { components: component.components.map(named) }),
  });
  const { metadata, components, dependencies } = bom;
  return {
    ...bom,
    ...(metadata?.component === undefined
      ? {}
      : { metadata: { ...metadata, component: named(metadata.component) } }),
    ...(components === undefined ? {} : { components: components.map(named) }),
    ...(dependencies === undefined
      ? {}
      : {
          dependencies: dependencies.map(({ ref, dependsOn }) => ({
            ref: renamed(ref),
            ...(dependsOn === undefined ? {} : { dependsOn: dependsOn.map(renamed) }),
          })),
        }),
  };
}

const without = <Value extends object>(value: Value, key: keyof Value & string): Value =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)) as Value;

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
