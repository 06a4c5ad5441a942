import type { PolicyException } from "../../lib/exceptions";
import type { ReleaseRecord } from "../../lib/release/record";
import type { TestStack } from "../stack";

/** A change of the staging stack. */
export interface Change {
  /** Completes "it … when …". */
  readonly when: string;
  readonly change: (stack: TestStack) => void;
  readonly exceptions?: readonly PolicyException[];
  /** @default nothing was found */
  readonly release?: ReleaseRecord;
}

/** What must be named, and what looks much like it and must not. */
export interface Cases {
  readonly violations: readonly (Change & { readonly says: RegExp })[];
  readonly nearMisses: readonly Change[];
}

/** By policy. */
export type CaseBook = Readonly<Record<string, Cases>>;
