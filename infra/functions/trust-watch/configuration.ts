import type { FunctionFacts } from "../configuration";

/** What the watch is told of its stack. Every client of the facts has a certificate. */
export interface TrustWatchConfiguration extends FunctionFacts {
  readonly trustTable: string;
  /** The REST API and the stage whose client certificate is watched. */
  readonly apiName: string;
  readonly stageName: string;
  /** How long a certificate of each client lives, by `client_id`: the share that is left is measured against it. */
  readonly clientLivesMs: Readonly<Record<string, number>>;
  /** Every secret of the stack. */
  readonly secrets: readonly WatchedSecret[];
  /** How long after its due date, its window included, a rotation is overdue. */
  readonly graceMs: number;
  /** How long a version may be staged: a rotation takes minutes. */
  readonly stagedMs: number;
}

export interface WatchedSecret {
  readonly name: string;
  /** The longest time between two rotations, computed from its schedule. Undefined where a person rotates it. */
  readonly rotationMs?: number;
}
