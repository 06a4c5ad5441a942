/**
 * Which stack is staging. Three facts must agree, and the pack holds its own copy of them (`policies/lib/stackFacts.ts`): whatever is not
 * staging is production, and nothing is deployed there without a letter (B0.1).
 */
export const STAGING = {
  stack: "staging",
  accountId: "123456789012",
  /** The zone's name is this one or lies below it. */
  zoneSuffix: "staging.example.com",
} as const;
