import { routeId, type Contract } from "../contract/contract";
import type { OpenApiDocument, Operation } from "../contract/contract.schema";
import type { Limits } from "../contract/limits.schema";
import { bodyLimits } from "../contract/limitsRules";
import { resolveParameter, resolveResponse } from "../contract/references";
import type { ContractRoute } from "../functions/validation/contractFacts";

/** What the edge must know of each operation beside its validators. */
export function contractRoutes(contract: Contract, limits: Limits): ContractRoute[] {
  const sizes = bodyLimits(contract, limits);
  return contract.routes.map((route): ContractRoute => {
    const size = sizes.find(({ path, method }) => path === route.path && method === route.method);
    const operation = contract.document.paths[route.path]?.[route.method];
    if (size === undefined || operation === undefined)
      throw new ReferenceError(
        `${route.method} ${route.path}: got no operation; allowed: a route of the contract's document; fix: read it by readContract`,
      );
    const method = route.method.toUpperCase();
    return {
      id: routeId(route),
      path: route.path,
      method,
      operationId: route.operationId,
      contentTypes: route.contentTypes,
      maximumBodyBytes: size.maxBytes,
      idempotency: route.idempotency,
      lockPointer: route.lock === null ? null : route.lock.resource,
      headers: boundHeaders(contract.document, operation).map(({ name }) => name),
      successes: successesOf(contract.document, operation),
      statuses: route.statuses,
    };
  });
}

const CORRELATION_ID = "X-Correlation-Id";

/** Those that the contract bounds, but for the correlation id, which is replaced instead of refused. */
export const boundHeaders = (document: OpenApiDocument, operation: Operation) =>
  operation.parameters
    .map((parameter) => resolveParameter(document, parameter))
    .filter((parameter) => parameter.in === "header" && parameter.name !== CORRELATION_ID);

function successesOf(document: OpenApiDocument, operation: Operation): ContractRoute["successes"] {
  const successes = Object.entries(operation.responses).filter(([status]) => status.startsWith("2"));
  return Object.fromEntries(
    successes.map(([status, response]) => [
      status,
      Object.keys(resolveResponse(document, response).content ?? {}),
    ]),
  );
}
