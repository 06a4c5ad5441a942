/** The parts of an imported OpenAPI document that policies judge. */
import { isObject, list, object, objects, parseObject, show, type Props } from "./values";
import type { Report, ResourceView } from "./policy";

export interface Operation {
  /** e.g. `/chat` */
  readonly path: string;
  /** e.g. `POST`; `ANY` for the vendor's any-method. */
  readonly method: string;
  readonly definition: Props;
}

const methods: Readonly<Record<string, string>> = {
  get: "GET",
  put: "PUT",
  post: "POST",
  delete: "DELETE",
  options: "OPTIONS",
  head: "HEAD",
  patch: "PATCH",
  trace: "TRACE",
  "x-amazon-apigateway-any-method": "ANY",
};

export const operationsOf = (body: Props): readonly Operation[] =>
  Object.entries(object(body.paths)).flatMap(([path, item]) =>
    Object.entries(object(item)).flatMap(([key, definition]) => {
      const method = methods[key];
      return method === undefined ? [] : [{ path, method, definition: object(definition) }];
    }),
  );

/** What stands beside the methods of a path and declares none. */
const besideMethods = ["description", "parameters", "summary"];

/** Keys of paths that no policy would judge: a method in capitals, a reference. */
export const strangersOf = (body: Props): readonly { readonly path: string; readonly key: string }[] =>
  Object.entries(object(body.paths)).flatMap(([path, item]) =>
    Object.keys(object(item))
      .filter((key) => methods[key] === undefined && !besideMethods.includes(key))
      .map((key) => ({ path, key })),
  );

/** True for a schema that says something, by itself or by what it refers to. */
export function isModel(body: Props, schema: unknown): boolean {
  const { $ref, ...rest } = object(schema);
  if ($ref === undefined) return Object.keys(rest).some((key) => !["description", "title"].includes(key));
  const [, name = ""] = /^#\/components\/schemas\/(.+)$/.exec(String($ref)) ?? [];
  const { $ref: further, ...found } = object(object(object(body.components).schemas)[name]);
  return further === undefined && isModel(body, found);
}

/** The document of a REST API; a missing or empty one is reported, since nothing could be judged. */
export function bodyOf(resource: ResourceView, report: Report): Props | undefined {
  const body = parseObject(resource.props.body);
  if (body && operationsOf(body).length > 0) return body;
  report({
    resource,
    got: `body ${show(resource.props.body)}`,
    expected: "an OpenAPI document in JSON with at least one operation",
    fix: "give the API its contract as the body.",
  });
  return undefined;
}

export const label = ({ method, path }: Operation): string => `${method} ${path}`;

/**
 * The security schemes that an operation asks for, its own before the document's: a list for each requirement. One of
 * them is enough for a request, so each must hold every guard.
 */
export function schemesOf(body: Props, { definition }: Operation): readonly (readonly Props[])[] {
  const requirements = Array.isArray(definition.security) ? definition.security : list(body.security);
  // An empty requirement makes all others optional.
  if (requirements.some((requirement) => isObject(requirement) && Object.keys(requirement).length === 0))
    return [];
  const schemes = object(object(body.components).securitySchemes);
  return objects(requirements).map((requirement) =>
    Object.keys(requirement).map((name) => object(schemes[name])),
  );
}

export const integrationOf = ({ definition }: Operation): Props =>
  object(definition["x-amazon-apigateway-integration"]);

/** `…:lambda:path/2015-03-31/functions/<ARN of an alias>/invocations`, as the gateway names what it calls. */
export const calledArn = (uri: string): string => /\/functions\/(arn:.+)\/invocations$/.exec(uri)?.[1] ?? "";
