import { met, notMet } from "../lib/release/evidenceClause";
import { evidenceGate } from "../lib/release/evidenceGate";
import { countedBy } from "../lib/release/evidenceRuns";

export const rateLimitsRequireEvidence = evidenceGate({
  clause: "B8.8",
  name: "rate-limits-require-evidence",
  severity: "critical",
  wanted:
    "requests of which some pass, some are slowed down and some are blocked, each refusal with Retry-After",
  first: "npm run test:local -- firewall",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html",
  shows: {
    proofRun: countedBy(
      "rate-limit",
      ["requests", "passed", "slowedDown", "blocked", "refusalsWithRetryAfter"],
      ({ requests, passed, slowedDown, blocked, refusalsWithRetryAfter }) => {
        const refused = slowedDown + blocked;
        const holds =
          passed > 0 &&
          slowedDown > 0 &&
          blocked > 0 &&
          passed + refused === requests &&
          refusalsWithRetryAfter === refused;
        const said = `${passed} passed, ${slowedDown} slowed down, ${blocked} blocked of ${requests}, ${refusalsWithRetryAfter} told when to come again`;
        return holds ? met(said) : notMet(said);
      },
    ),
  },
});
