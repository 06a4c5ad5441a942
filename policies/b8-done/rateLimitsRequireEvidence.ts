import { met, notMet, unknown } from "../lib/release/evidenceClause";
import { evidenceGate } from "../lib/release/evidenceGate";
import { countedAndSeen } from "../lib/release/evidenceRuns";

export const rateLimitsRequireEvidence = evidenceGate({
  clause: "B8.8",
  name: "rate-limits-require-evidence",
  severity: "critical",
  wanted:
    "requests of which some pass, some are slowed down and some are blocked, each refusal with Retry-After; and some that staging's firewall counts as warned, slowed down and blocked",
  first: "npm run test:local -- firewall, and at staging a burst through all three steps",
  unbound:
    "The run is one of the source, a day old at most, and may be anywhere; the firewall's figures are staging's, as its collector counts them.",
  url: "https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html",
  shows: {
    proofRun: countedAndSeen(
      "rate-limit",
      {
        needs: ["requests", "passed", "slowedDown", "blocked", "refusalsWithRetryAfter"],
        judge: ({ requests, passed, slowedDown, blocked, refusalsWithRetryAfter }) => {
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
      },
      {
        // Whoever is warned passes: how many were shows in the firewall's own metrics (B4.4).
        needs: ["warned", "slowedDown", "blocked"],
        judge: ({ warned, slowedDown, blocked }) => {
          const said = `by staging's firewall ${warned} warned, ${slowedDown} slowed down, ${blocked} blocked`;
          return warned > 0 && slowedDown > 0 && blocked > 0 ? met(said) : unknown(said);
        },
      },
    ),
  },
});
