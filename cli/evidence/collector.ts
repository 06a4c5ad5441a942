import type { Filled, Predicate, PredicateKind } from "../../infra/evidence/record/predicates";
import type { Contract } from "../../infra/contract/contract";
import type { Settings } from "../../infra/settings/settings.schema";

/** What a collector may ask of the day and the stack. */
export interface CollectorContext {
  readonly settings: Settings;
  readonly contract: Contract;
  readonly projectDir: string;
  /** SHA-256 over what deploys, in hexadecimal. */
  readonly sourceDigest: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** A line for the person who waits. */
  readonly progress: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What was collected, by kind; a clause may need several kinds. */
export type Collected = {
  readonly [K in PredicateKind]: { readonly kind: K; readonly predicate: Omit<Predicate<K>, Filled> };
}[PredicateKind];

/**
 * Gets one clause's measure from where it is. What cannot be asked, or says too little, is `unknown` with its reason and no error;
 * an error is a fault, or a mistake that the person who asked can mend (UsageError).
 */
export type Collector = (context: CollectorContext) => Promise<readonly Collected[]>;
