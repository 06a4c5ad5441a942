/** What is used of js-yaml, which brings no types of its own. https://github.com/nodeca/js-yaml */
declare module "js-yaml" {
  export class Type {
    constructor(
      tag: string,
      options: {
        readonly kind: "scalar";
        readonly resolve: (text: string | null) => boolean;
        readonly construct: (text: string) => unknown;
      },
    );
  }
  export const types: { readonly merge: Type };
  export interface Schema {
    readonly compiledImplicit: readonly object[];
    extend(types: { readonly implicit: readonly Type[] }): Schema;
  }
  /** The types of YAML 1.2's core schema: neither dates nor merge keys. */
  export const CORE_SCHEMA: Schema;
  export function load(text: string, options?: { readonly schema?: Schema }): unknown;
  export function dump(
    value: unknown,
    options?: { readonly lineWidth?: number; readonly noRefs?: boolean },
  ): string;
  export class YAMLException extends Error {
    readonly reason: string;
    /** Zero-based; absent where the text as a whole is at fault. */
    readonly mark?: { readonly line: number };
  }
}
