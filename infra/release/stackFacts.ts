import type { Problem } from "../shared/problem";

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

/** What is found of a stack; of each fact all that was found. */
export interface StackFacts {
  readonly stacks: readonly string[];
  readonly accounts: readonly string[];
  /** The zone and every domain of the stack. */
  readonly zones: readonly string[];
}

/** @returns one problem for each fact that is not staging's, or that was not found at all */
export function strangeFacts({ stacks, accounts, zones }: StackFacts): readonly Problem[] {
  const inZone = (name: string): boolean =>
    name === STAGING.zoneSuffix || name.endsWith(`.${STAGING.zoneSuffix}`);
  const facts: readonly (readonly [string, readonly string[], (found: string) => boolean, string])[] = [
    ["stack", stacks, (name) => name === STAGING.stack, JSON.stringify(STAGING.stack)],
    ["account.id", accounts, (id) => id === STAGING.accountId, JSON.stringify(STAGING.accountId)],
    ["account.zoneName", zones, inZone, `${STAGING.zoneSuffix} and what lies below it`],
  ];
  return facts.flatMap(([path, found, holds, allowed]) => {
    const strange = found.filter((one) => !holds(one));
    if (found.length > 0 && strange.length === 0) return [];
    return [
      {
        path,
        got:
          strange.length === 0
            ? "nothing"
            : strange
                .slice(0, SHOWN)
                .map((one) => JSON.stringify(one))
                .join(", "),
        allowed: `${allowed} without a letter: everything else is production`,
        fix: "set it back, or release production by a signed Carta GO of Fase B (B0.1): npm run letter -- --help",
      },
    ];
  });
}

const SHOWN = 5;

export const isStaging = (facts: StackFacts): boolean => strangeFacts(facts).length === 0;
