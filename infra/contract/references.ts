import type { OpenApiDocument, Parameter, Reference, Response } from "./contract.schema";

const SHARED = /^#\/components\/(parameters|headers|responses|schemas)\/([A-Za-z0-9]+)$/;

/** `["schemas", "Problem"]` of `#/components/schemas/Problem`; undefined for any other form. */
export function parseReference(ref: string): readonly [section: string, name: string] | undefined {
  const [, section, name] = SHARED.exec(ref) ?? [];
  return section && name ? [section, name] : undefined;
}

/** A step of a JSON Pointer (RFC 6901). */
export const escapeStep = (step: string): string => step.replaceAll("~", "~0").replaceAll("/", "~1");

export const isReference = (thing: object): thing is Reference => "$ref" in thing;

function follow<T extends object>(
  section: "parameters" | "responses",
  shared: Readonly<Record<string, T>> | undefined,
  thing: T | Reference,
): T {
  if (!isReference(thing)) return thing;
  const [where, name] = parseReference(thing.$ref) ?? [];
  const value = where === section && name ? shared?.[name] : undefined;
  if (value) return value;
  throw new ReferenceError(
    `${thing.$ref}: got a reference to nothing; allowed: a name of components/${section}; fix: read the contract by loadContract, which checks it`,
  );
}

export const resolveParameter = (document: OpenApiDocument, parameter: Parameter | Reference): Parameter =>
  follow("parameters", document.components.parameters, parameter);

export const resolveResponse = (document: OpenApiDocument, response: Response | Reference): Response =>
  follow("responses", document.components.responses, response);
