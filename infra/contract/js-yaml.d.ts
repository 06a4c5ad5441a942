/** What the contract uses of js-yaml, which brings no types of its own. https://github.com/nodeca/js-yaml */
declare module "js-yaml" {
  export const CORE_SCHEMA: { readonly compiledImplicit: readonly object[] };
  export function load(text: string, options?: { readonly schema?: typeof CORE_SCHEMA }): unknown;
  export class YAMLException extends Error {
    readonly reason: string;
    /** Zero-based; absent where the text as a whole is at fault. */
    readonly mark?: { readonly line: number };
  }
}
