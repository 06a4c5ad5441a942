import { met, notMet } from "../lib/release/evidenceClause";
import { evidenceGate } from "../lib/release/evidenceGate";
import { countedBy } from "../lib/release/evidenceRuns";

/** An agent that fails is let alone almost wholly, and who calls the others feels almost nothing of it. */
const leastFallPercent = 95;
const mostMovePercent = 10;
/** Once may be chance; a run makes some 800 calls that are cut off. */
const leastRounds = 3;
const leastCutOff = 100;

export const breakersRequireEvidence = evidenceGate({
  clause: "B8.7",
  name: "breakers-require-evidence",
  severity: "critical",
  wanted: `a failing agent under load, cut off and let back in ${leastRounds} times and for ${leastCutOff} calls or more, that gets over ${leastFallPercent} % less of it, and moves the others' p95 by less than ${mostMovePercent} %`,
  first: "npm run load",
  unbound: "The run is one of the source, a day old at most; where it took place is not said.",
  url: "https://aws.amazon.com/builders-library/using-load-shedding-to-avoid-overload/",
  shows: {
    proofRun: countedBy("breaker", {
      needs: ["rounds", "cutOff", "letBackIn", "loadFellByPercent", "othersP95MovedByPercent"],
      judge: ({ rounds, cutOff, letBackIn, loadFellByPercent, othersP95MovedByPercent }) => {
        const said = `its load fell by ${loadFellByPercent} %, the others' p95 moved by ${othersP95MovedByPercent} %, ${cutOff} calls cut off in ${rounds} rounds, let back in ${letBackIn} times`;
        const holds =
          rounds >= leastRounds &&
          cutOff >= leastCutOff &&
          letBackIn === rounds &&
          loadFellByPercent > leastFallPercent &&
          othersP95MovedByPercent < mostMovePercent;
        return holds ? met(said) : notMet(said);
      },
    }),
  },
});
