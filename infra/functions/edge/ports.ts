import type { Log } from "../log/log";
import type { ObjectStore } from "../store/objectStore";
import { StoreError, type Store } from "../store/store";
import type { CompiledValidators, ContractRoute } from "../validation/contractFacts";
import type { ClaimsOptions } from "./claims/claims";
import type { Upstream } from "./upstream/callUpstream";
import type { CircuitBreaker } from "./upstream/circuitBreaker";
import type { Timing } from "./upstream/timing";

/** An agent and how it is called. One for each instance, made outside of the handler. */
export interface EdgeAgent {
  readonly id: string;
  /** Paths of the contract that it serves. */
  readonly paths: readonly string[];
  readonly upstream: Upstream & { readonly breaker: Pick<CircuitBreaker, "admit" | "refresh" | "look"> };
}

export interface EdgePorts {
  /** The clock by which leases, windows and months are counted. */
  readonly timing: Timing;
  /** @default performance.now, for latencies */
  readonly clockMs?: () => number;
  /** @default crypto.randomUUID, for correlation ids */
  readonly newUuid?: () => string;
  /** Owners' tokens: 16 random bytes as base64url, so that the first 12 characters differ too. */
  readonly newToken: () => string;
  readonly store: Store;
  readonly objects: ObjectStore;
  readonly log: Log;
  readonly routes: readonly ContractRoute[];
  readonly validators: CompiledValidators;
  /** By domain, lower case. */
  readonly agents: ReadonlyMap<string, EdgeAgent>;
  /** Requests a month sent upstream, by client id; who is not here is refused. */
  readonly monthlyQuotas: ReadonlyMap<string, number>;
  readonly options: EdgeOptions;
}

export interface EdgeOptions {
  readonly claims: ClaimsOptions;
  /**
   * Of the function's remaining time kept from the agent, for writing down its answer: a little over the store's
   * `writeTimeoutMs`.
   */
  readonly completionReserveMs: number;
  /** With this much left the edge answers 504, whatever still runs: enough to write log and answer. */
  readonly lastWordMs: number;
  /** `Retry-After` where nothing better is known. */
  readonly retryAfterSeconds: number;
}

/** @throws RangeError */
export function checkPorts({ routes, agents, monthlyQuotas, options }: EdgePorts): void {
  const refuse = (what: string, allowed: string, fix: string): never => {
    throw new RangeError(`edge: got ${what}; allowed: ${allowed}; fix: ${fix}`);
  };
  const open = routes.find((route) => route.idempotency !== "required");
  if (open !== undefined)
    refuse(
      `${open.id} without idempotency`,
      "operations under an Idempotency-Key",
      "mark it required in the contract",
    );
  if (routes.length === 0 || agents.size === 0 || monthlyQuotas.size === 0)
    refuse(
      "no routes, agents or clients",
      "at least one of each",
      "pass the stack's: without them everything is refused",
    );
  for (const [clientId, quota] of monthlyQuotas)
    if (!Number.isSafeInteger(quota) || quota < 1)
      refuse(
        `${quota} requests a month for ${clientId}`,
        "a whole number from 1",
        "correct the client's settings",
      );
  const { claims, completionReserveMs, lastWordMs } = options;
  if (completionReserveMs <= lastWordMs + claims.storeTimeoutMs)
    refuse(
      `a completion reserve of ${completionReserveMs} ms`,
      `over ${lastWordMs + claims.storeTimeoutMs} ms, the store's time-out and the last word`,
      "raise it, or an agent's late answer could not be written down",
    );
}

/** The object store's own errors are as little for a log as its objects: they become the table's. */
export const withStoreErrors = (objects: ObjectStore): ObjectStore => {
  const judged = <T>(step: string, run: () => Promise<T>): Promise<T> =>
    Promise.resolve()
      .then(run)
      .catch((error: unknown) => {
        throw new StoreError("unavailable", step, error instanceof Error ? error.name : typeof error);
      });
  return {
    put: (step, key, bytes) => judged(step, () => objects.put(step, key, bytes)),
    get: (step, key) => judged(step, () => objects.get(step, key)),
  };
};
