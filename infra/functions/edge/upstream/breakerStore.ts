export interface CallCount {
  readonly calls: number;
  readonly failures: number;
}

/** What is known of one upstream: one item in the table, the same for all instances. No item means closed. */
export type BreakerItem = {
  /** New with every write and never used twice: a write is allowed only over the token that its writer had seen. */
  readonly token: string;
} & (
  | {
      readonly state: "closed";
      /** What instances that saw failures have counted together. Absent until the first failure. */
      readonly count?: CallCount & { readonly startMs: number };
      /** The token of the write that closed it, kept by those that only count; `""` if it was never open. */
      readonly since?: string;
    }
  | {
      readonly state: "open";
      /** Ms since the epoch. */
      readonly untilMs: number;
      /** Open periods in a row, this one included. */
      readonly openings: number;
    }
  | {
      readonly state: "half-open";
      /** Present while a probe is under way; ms since the epoch. The item's token is the prober's. */
      readonly leaseUntilMs?: number;
      /** Probes in a row that succeeded. */
      readonly successes: number;
      readonly openings: number;
    }
);

export type BreakerWrite =
  | { readonly written: true }
  /** What stands there instead. It may be the caller's own item, when a client below repeated a write that had worked. */
  | { readonly written: false; readonly current: BreakerItem | undefined };

/** The port to the table. Both methods may reject, hang, or be late: the breaker copes. */
export interface BreakerStore {
  /** Strongly consistent. */
  get(upstreamId: string): Promise<BreakerItem | undefined>;
  /** Writes only where the item's token is `expectedToken`; `undefined`: only where there is no item. */
  put(upstreamId: string, item: BreakerItem, expectedToken: string | undefined): Promise<BreakerWrite>;
}
