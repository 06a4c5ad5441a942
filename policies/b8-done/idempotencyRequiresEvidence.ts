import { met, notMet, unknown } from "../lib/release/evidenceClause";
import { evidenceGate } from "../lib/release/evidenceGate";
import { countedAndSeen } from "../lib/release/evidenceRuns";

/** A run asks for 500 keys, 20 times each; fewer by far are not worth the word "repeated". */
const leastKeys = 100;
const leastRepeats = 10;

export const idempotencyRequiresEvidence = evidenceGate({
  clause: "B8.6",
  name: "idempotency-requires-evidence",
  severity: "critical",
  wanted: `one effect for each of ${leastKeys} keys or more, each asked for ${leastRepeats} times; and in staging's log ${leastKeys} repeats or more, answered from the store, none of which reached an agent again`,
  first: `npm run test:local -- oneEffect, and ${leastKeys} repeats of as many keys at staging`,
  unbound:
    "The run is one of the source, a day old at most, and may be anywhere; the log's figures are staging's, as its collector counts them.",
  url: "https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/",
  shows: {
    proofRun: countedAndSeen(
      "idempotency",
      {
        needs: ["requests", "keys", "effects"],
        judge: ({ requests, keys, effects }) => {
          const said = `${effects} effects of ${keys} keys in ${requests} requests`;
          const holds = keys >= leastKeys && requests >= leastRepeats * keys && effects === keys;
          return holds ? met(said) : notMet(said);
        },
      },
      {
        // No line has a key: who takes one over is the only one to ask an agent again, and may be its second effect.
        needs: ["answered", "replays", "takeovers"],
        judge: ({ answered, replays, takeovers }) => {
          const said = `by staging's log ${answered} answers of agents, ${replays} repeats from the store, ${takeovers} that reached an agent again`;
          const holds = answered >= leastKeys && replays >= leastKeys && takeovers === 0;
          return holds ? met(said) : unknown(said);
        },
      },
    ),
  },
});
