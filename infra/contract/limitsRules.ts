import type { Contract } from "./contract";
import type { Method } from "./contract.schema";
import type { Limits } from "./limits.schema";

export interface MethodThrottle {
  /** As in the contract: `/realtime-voice/tickets`. */
  readonly path: string;
  readonly httpMethod: string;
  /**
   * As a stage's method settings name a method: `~1realtime-voice~1tickets/POST`. Every slash of the path is escaped,
   * the leading one too: written otherwise, the gateway accepts the settings and applies them to nothing.
   * https://docs.aws.amazon.com/apigateway/latest/api/API_PatchOperation.html and
   * https://github.com/hashicorp/terraform-provider-aws/issues/9738
   */
  readonly methodPath: string;
  /** As a usage plan names it: `/realtime-voice/tickets/POST`. */
  readonly usagePlanPath: string;
  readonly requestsPerSecond: number;
  readonly burst: number;
}

/**
 * The token bucket of every method of the contract.
 *
 * @throws when a class has no numbers, which `checkLimits` would have said.
 */
export function methodThrottles(contract: Contract, limits: Limits): MethodThrottle[] {
  return contract.routes.map((route) => {
    const { requestsPerSecond, burst } = numbersOf("rates", limits.rates, route.rateClass);
    const httpMethod = route.method.toUpperCase();
    return {
      path: route.path,
      httpMethod,
      methodPath: `${route.path.replaceAll("/", "~1")}/${httpMethod}`,
      usagePlanPath: `${route.path}/${httpMethod}`,
      requestsPerSecond,
      burst,
    };
  });
}

export interface BodyLimit {
  readonly path: string;
  readonly method: Method;
  readonly bodyLimitClass: string;
  readonly maxBytes: number;
}

/**
 * The largest body of every method of the contract, in bytes.
 *
 * @throws when a class has no numbers, which `checkLimits` would have said.
 */
export function bodyLimits(contract: Contract, limits: Limits): BodyLimit[] {
  return contract.routes.map(({ path, method, bodyLimitClass }) => ({
    path,
    method,
    bodyLimitClass,
    maxBytes: numbersOf("bodies", limits.bodies, bodyLimitClass).maxBytes,
  }));
}

function numbersOf<T>(part: keyof Limits, classes: Readonly<Record<string, T>>, name: string): T {
  // A class may have a name that every object answers to.
  const numbers = Object.hasOwn(classes, name) ? classes[name] : undefined;
  if (numbers === undefined) {
    throw new RangeError(
      `limits.${part}.${name}: got nothing; allowed: numbers for every class of the contract; fix: run checkLimits on the settings first`,
    );
  }
  return numbers;
}
