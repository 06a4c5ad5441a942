/** The part of a CycloneDX 1.6 document that is read or changed here. https://cyclonedx.org/docs/1.6/json/ */
export interface Component {
  readonly type: string;
  readonly group?: string;
  readonly name: string;
  readonly version?: string;
  readonly "bom-ref"?: string;
  readonly purl?: string;
  readonly licenses?: readonly Licence[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly externalReferences?: readonly { readonly type: string; readonly url: string }[];
  readonly components?: readonly Component[];
}

/** One of a list, or one expression for all of them. */
export interface Licence {
  readonly expression?: string;
  readonly license?: { readonly id?: string; readonly name?: string };
}

export interface Bom {
  readonly serialNumber?: string;
  readonly metadata?: {
    readonly timestamp?: string;
    readonly component?: Component;
    readonly tools?: { readonly components?: readonly Component[] };
  };
  readonly components?: readonly Component[];
  readonly dependencies?: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/** `@scope/name@version`, as a person names a package. */
export const packageId = ({ group, name, version }: Component): string =>
  `${group === undefined ? "" : `${group}/`}${name}${version === undefined ? "" : `@${version}`}`;

/** Components within components too, in order. */
export const allComponents = ({ components = [] }: Pick<Bom, "components">): readonly Component[] =>
  components.flatMap((component) => [component, ...allComponents(component)]);
