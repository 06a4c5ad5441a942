import { notMet, met } from "../lib/release/evidenceClause";
import { evidenceGate } from "../lib/release/evidenceGate";
import { countedBy } from "../lib/release/evidenceRuns";

export const idempotencyRequiresEvidence = evidenceGate({
  clause: "B8.6",
  name: "idempotency-requires-evidence",
  severity: "critical",
  wanted: "one effect for each key in a run that asked for keys again and again",
  first: "npm run test:local -- oneEffect",
  url: "https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/",
  shows: {
    proofRun: countedBy("idempotency", ["requests", "keys", "effects"], ({ requests, keys, effects }) =>
      keys > 0 && requests > keys && effects === keys
        ? met(`${effects} effects of ${requests} requests`)
        : notMet(`${effects} effects of ${keys} keys in ${requests} requests`),
    ),
  },
});
