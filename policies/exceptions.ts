/**
 * What is left open on purpose, for a time. Each record ends within a year; an expired, malformed or needless one
 * fails the pack.
 */
import type { ControlException, PolicyException } from "./lib/exceptions";

/** One policy, one resource of one stack. */
export const policyExceptions: readonly PolicyException[] = [];

/** Published controls that the program does not meet, for all resources of a type. */
export const controlExceptions: readonly ControlException[] = [];
