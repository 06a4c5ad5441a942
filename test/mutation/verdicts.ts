/** What a mutant's differences mean for it. */
import { definitions } from "../../policies/catalogue";
import type { Mutant } from "./mutant";
import type { Difference } from "./trial";

const levels = new Map(definitions.map(({ name, level }) => [name, level ?? "mandatory"]));

/** True when the policy that claims it says something new, at the level that it has in the pack. */
export const isNoticed = ({ policy }: Pick<Mutant, "policy">, differences: readonly Difference[]): boolean =>
  differences.some((each) => each.policy === policy && each.appeared && each.level === levels.get(policy));

/** Everybody else whose verdict is another one, sorted. */
export const others = (
  { policy }: Pick<Mutant, "policy">,
  differences: readonly Difference[],
): readonly string[] =>
  [...new Set(differences.map((each) => each.policy))].filter((name) => name !== policy).sort();

/** Said at another level than the pack's: an unknown value was read, or a rule slipped. */
export const weakened = (differences: readonly Difference[]): readonly Difference[] =>
  differences.filter(({ appeared, policy, level }) => appeared && level !== levels.get(policy));
