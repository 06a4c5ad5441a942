import { met, notMet, unknown, windowAmiss } from "../lib/release/evidenceClause";
import { leastRequests } from "../lib/release/evidenceChain";
import { evidenceGate } from "../lib/release/evidenceGate";

/** 5xx of all requests; what is refused is no error. Exactly so many are too many. */
const orderedPercent = 0.7;

export const errorsRequireEvidence = evidenceGate({
  clause: "B8.2",
  name: "errors-require-evidence",
  severity: "critical",
  wanted: `less than ${orderedPercent} % of errors, over 24 h and ${leastRequests} requests`,
  first: "let staging carry a day of requests",
  unbound: "The window is bound by its time: it does not say since when the source was deployed.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
  shows: {
    metrics: (said, asked) => {
      const { value, unit, samples } = said;
      const amiss = windowAmiss(said, asked);
      if (amiss !== undefined) return unknown(amiss);
      if (unit !== "percent" || value === undefined || value < 0) return unknown("it has no rate in percent");
      if (samples < leastRequests) return unknown(`${samples} requests say nothing`);
      return value < orderedPercent
        ? met(`${value} % of ${samples} requests ended in 5xx`)
        : notMet(`${value} % of ${samples} requests ended in 5xx, not less than ${orderedPercent} %`);
    },
  },
});
