/** Names of resources, as the engine makes them. https://www.pulumi.com/docs/iac/concepts/resources/names/ */

export const ROOT_STACK_TYPE = "pulumi:pulumi:Stack";
const PROVIDER_PREFIX = "pulumi:providers:";

/** The types of a resource and its parents, joined by `$`. */
export const qualifiedTypeOf = (urn: string): string => urn.split("::")[2] ?? "";

export function createUrn(
  stack: string,
  project: string,
  parent: string,
  type: string,
  name: string,
): string {
  const parentType = parent ? qualifiedTypeOf(parent) : "";
  const qualified = parentType && parentType !== ROOT_STACK_TYPE ? `${parentType}$${type}` : type;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

export const isProviderType = (type: string): boolean => type.startsWith(PROVIDER_PREFIX);
export const providerType = (packageName: string): string => PROVIDER_PREFIX + packageName;

/** `aws` of `aws:s3/bucket:Bucket`. */
export const packageOf = (type: string): string => type.slice(0, type.indexOf(":"));

/** The URN in `<urn>::<id>`. */
export const providerUrn = (reference: string): string => reference.slice(0, reference.lastIndexOf("::"));
