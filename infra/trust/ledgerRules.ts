import { showValue, type Problem } from "../shared/problem";
import { liveEntries, type Ledger, type LedgerEntry } from "./ledger";
import type { TrustSettings } from "./trust.schema";

/** Shown of those that stand in the way; the ledger has them all. */
const SHOWN = 3;

/**
 * A generation with a client's certificate that has not ended stays trusted: removed or retired, it would cut that client
 * off. A revoked certificate counts too, until it has ended: it is cheaper to wait than to be wrong.
 *
 * @param nowMs milliseconds since the epoch
 */
export function checkLedger({ generations }: TrustSettings, ledger: Ledger, nowMs: number): Problem[] {
  const trusted = new Set(generations.filter(({ state }) => state !== "retired").map(({ id }) => id));
  const cutOff = new Map<string, LedgerEntry[]>();
  for (const entry of liveEntries(ledger, nowMs)) {
    if (trusted.has(entry.generation)) continue;
    cutOff.set(entry.generation, [...(cutOff.get(entry.generation) ?? []), entry]);
  }
  return [...cutOff].map(([generation, entries]) => ({
    path: "trust.generations",
    got: `${showValue(generation)} not trusted, though it signed ${listed(entries)}`,
    allowed: "every generation with a client's certificate that has not ended, in a state other than retired",
    fix: `leave ${generation} in state retiring; have these clients renew (npm run client -- renew), and wait for the end of the old ones`,
  }));
}

function listed(entries: readonly LedgerEntry[]): string {
  const shown = entries.slice(0, SHOWN).map(({ clientId, notAfter }) => `${clientId}'s until ${notAfter}`);
  const more = entries.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
