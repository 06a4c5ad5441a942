import { met, notMet } from "../lib/release/evidenceClause";
import { evidenceGate } from "../lib/release/evidenceGate";
import { countedBy } from "../lib/release/evidenceRuns";

/** An agent that fails is let alone almost wholly, and who calls the others feels almost nothing of it. */
const leastFallPercent = 95;
const mostMovePercent = 10;

export const breakersRequireEvidence = evidenceGate({
  clause: "B8.7",
  name: "breakers-require-evidence",
  severity: "critical",
  wanted: `a failing agent under load that gets over ${leastFallPercent} % less of it, and moves the others' p95 by less than ${mostMovePercent} %`,
  first: "npm run load",
  url: "https://aws.amazon.com/builders-library/using-load-shedding-to-avoid-overload/",
  shows: {
    proofRun: countedBy(
      "breaker",
      ["rounds", "cutOff", "loadFellByPercent", "othersP95MovedByPercent"],
      ({ rounds, cutOff, loadFellByPercent, othersP95MovedByPercent }) => {
        const said = `its load fell by ${loadFellByPercent} %, the others' p95 moved by ${othersP95MovedByPercent} %, ${cutOff} calls cut off in ${rounds} rounds`;
        const holds =
          rounds > 0 &&
          cutOff > 0 &&
          loadFellByPercent > leastFallPercent &&
          othersP95MovedByPercent < mostMovePercent;
        return holds ? met(said) : notMet(said);
      },
    ),
  },
});
