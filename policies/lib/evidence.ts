/** Where evidence is kept. */
import type { Stack, StackResource } from "./policy";
import { types } from "./types";
import { peek } from "./values";

/** Of a bucket without a lock of its own AWS fills in the value later. */
export const isLocked = ({ props }: StackResource): boolean => peek(() => props.objectLockEnabled) === true;

/** Buckets that are meant for evidence: locked ones, and those of the component that keeps it, be they locked or not. */
export const evidenceBuckets = (stack: Stack): readonly StackResource[] =>
  stack
    .ofType(types.bucket)
    .filter((bucket) => isLocked(bucket) || bucket.parent?.type === types.evidenceStore);
