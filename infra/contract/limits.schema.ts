import { z } from "zod";
import { identifier } from "../settings/primitives";
import { showValue, type Problem } from "../shared/problem";
import type { Contract } from "./contract";

const KIB = 1024;
/**
 * A function behind the gateway gets at most 6 MB, headers included; the gateway itself would take 10 MB.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
 */
export const MAX_BODY_BYTES = 6_000_000;

/** What the contract's classes mean in numbers: `bodies` for `x-fase-b-body-limit`, `rates` for `x-fase-b-rate-class`. */
export const limits = z.strictObject({
  bodies: z.record(identifier, z.strictObject({ maxBytes: z.number().int().min(KIB).max(MAX_BODY_BYTES) })),
  rates: z.record(
    identifier,
    z.strictObject({
      /**
       * A method's share of the account's 10,000 requests a second.
       * https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
       */
      requestsPerSecond: z.number().min(0.1).max(10_000),
      /** The bucket's size, in requests; the account's is 5,000. */
      burst: z.number().int().min(1).max(5_000),
    }),
  ),
});

export type Limits = z.infer<typeof limits>;

/**
 * Whether the settings have numbers for every class that the contract names, and for no other: a class left over is
 * a limit that somebody believes in and that holds nowhere.
 */
export function checkLimits(contract: Contract, settings: Limits): Problem[] {
  const named = {
    bodies: new Set(contract.routes.map((route) => route.bodyLimitClass)),
    rates: new Set(contract.routes.map((route) => route.rateClass)),
  };
  return (["bodies", "rates"] as const).flatMap((part) => {
    const given = Object.keys(settings[part]);
    const missing = [...named[part]].filter((name) => !given.includes(name));
    const unused = given.filter((name) => !named[part].has(name));
    const numbers = part === "bodies" ? "{ maxBytes }" : "{ requestsPerSecond, burst }";
    return [
      ...missing.map((name) => ({
        path: `limits.${part}.${name}`,
        got: "nothing",
        allowed: `${numbers}: the contract names this class`,
        fix: `add limits.${part}.${name} to the stack's settings, or correct the mark in infra/contract/openapi.yaml`,
      })),
      ...unused.map((name) => ({
        path: `limits.${part}.${name}`,
        got: showValue(settings[part][name]),
        allowed: `the contract's classes: ${[...named[part]].sort().join(", ")}`,
        fix: "remove it, or name it in infra/contract/openapi.yaml",
      })),
    ];
  });
}
