import { readLedger, type LedgerFinding } from "../findings/ledger";
import { stateAt } from "../findings/states";
import type { Critical } from "./report";

/** The acceptance of this advisory in this package that stands at this moment; nothing where there is none. */
export function exceptionFor(
  { id, name }: Critical,
  findings: readonly LedgerFinding[],
  nowMs: number,
): { readonly until: string; readonly by: string } | undefined {
  for (const one of findings) {
    const { tool, rule, place, classes, status } = one;
    if (status.state !== "accepted" || tool !== "npm-audit" || stateAt(one, nowMs) !== "accepted") continue;
    if (rule !== id && !classes.advisories.includes(id)) continue;
    if (place === name || place.startsWith(`${name}@`)) return status;
  }
  return undefined;
}

/**
 * @param folder `stacks/<stack>`
 * @throws FindingsError for a ledger that is not understood, which must not pass for one without exceptions, or with
 */
export const knownFindings = (folder: string): readonly LedgerFinding[] => readLedger(folder).findings;
