import { prepareSources, type PlainSources, type Sources } from "./sources";
import type { TrustRecords } from "./trustRecords";

export interface FreshSourcesArgs {
  readonly read: () => Promise<TrustRecords>;
  readonly agents: PlainSources["agents"];
  readonly scanning: PlainSources["scanning"];
  /** What was read longer ago is read again. */
  readonly refreshMs: number;
  /** What was read longer ago denies everybody; the rules hold it. */
  readonly maxAgeMs: number;
  readonly nowMs: () => number;
  /** Told of each reading that failed, while what was read before still counts. Must not throw. */
  readonly onFailure?: (error: unknown) => void;
}

/** After a failure the table is left in peace for so long, within which what was read before still counts. */
const PAUSE_AFTER_FAILURE_MS = 1_000;

/**
 * An instance's copy of the table of trust. The list of revoked certificates dates from the instant before it was asked
 * for, so its age is the longest time that a revocation can have gone unseen.
 *
 * @returns the sources as they are now; rejects while nothing was ever read
 */
export function freshSources(args: FreshSourcesArgs): () => Promise<Sources> {
  let known: Sources | undefined;
  let askAgainMs = -Infinity;
  let asking: Promise<Sources> | undefined;

  const refresh = async (): Promise<Sources> => {
    const issuedAtMs = args.nowMs();
    try {
      const { issuersPem, clients, revoked } = await args.read();
      known = prepareSources({
        issuersPem,
        clients,
        agents: args.agents,
        scanning: args.scanning,
        revocation: { issuedAtMs, maxAgeMs: args.maxAgeMs, revoked },
      });
      askAgainMs = issuedAtMs + args.refreshMs;
      return known;
    } catch (error) {
      askAgainMs = args.nowMs() + PAUSE_AFTER_FAILURE_MS;
      if (known === undefined) throw error;
      args.onFailure?.(error);
      return known;
    }
  };

  return () => {
    if (known !== undefined && args.nowMs() < askAgainMs) return Promise.resolve(known);
    asking ??= refresh().finally(() => (asking = undefined));
    return asking;
  };
}
