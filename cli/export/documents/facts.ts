import type { Contract, Route } from "../../../infra/contract/contract";
import { resolveParameter } from "../../../infra/contract/references";
import type { Settings } from "../../../infra/settings/settings.schema";

/** What of settings and contract several documents say. */

/** How long an idempotency key is remembered, as the contract promises it. */
export function keptHours(contract: Contract): number {
  const said = keyParameter(contract).description ?? "";
  const [, hours] = /\brepeat within (\d+) h\b/.exec(said) ?? [];
  if (hours === undefined)
    throw new Error(
      `openapi.yaml: Idempotency-Key: got ${JSON.stringify(said)}; allowed: a description with "repeat within <n> h"; fix: say there how long a key is kept`,
    );
  return Number(hours);
}

/** Letters of a key without its quotes. */
export function keyCharacters(contract: Contract): { readonly least: number; readonly most: number } {
  const { minLength = 3, maxLength = 3 } = keyParameter(contract).schema;
  return { least: minLength - 2, most: maxLength - 2 };
}

function keyParameter({ document, routes }: Contract): ReturnType<typeof resolveParameter> {
  const [route] = routes.filter(({ idempotency }) => idempotency === "required");
  const operation = route && document.paths[route.path]?.[route.method];
  const found = operation?.parameters
    .map((parameter) => resolveParameter(document, parameter))
    .find(({ name }) => name === "Idempotency-Key");
  if (found === undefined)
    throw new Error(
      "openapi.yaml: got no operation with an Idempotency-Key; allowed: one at least; fix: see x-fase-b-idempotency",
    );
  return found;
}

export const named = ({ method, path }: Pick<Route, "method" | "path">): string =>
  `\`${method.toUpperCase()} ${path}\``;

/** How long a key or a lock stays taken after whoever held it died. */
export const leaseSeconds = ({ functions, data }: Settings): number =>
  Math.ceil(functions.edge.timeoutSeconds + data.claims.clockDifferenceMs / 1000);

/** The domain of the first agent that serves the path to the client. */
export const domainOf = ({ agents }: Settings, path: string, clientId: string): string | undefined =>
  agents.find(
    ({ protocol, configuration: { routes, clients } }) =>
      protocol === "http" && routes.includes(path) && clients.includes(clientId),
  )?.domain;

/** Clients that are the project's own: nobody else acts as one. */
export const ownClients = ({ prober, scanning }: Settings): readonly string[] => [
  prober.clientId,
  scanning.clientId,
];
