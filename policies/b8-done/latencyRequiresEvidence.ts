import { met, notMet, unknown, windowAmiss } from "../lib/release/evidenceClause";
import { leastRequests } from "../lib/release/evidenceChain";
import { evidenceGate } from "../lib/release/evidenceGate";

/** The p95 of `/chat` that was ordered. */
const orderedMs = 700;

export const latencyRequiresEvidence = evidenceGate({
  clause: "B8.1",
  name: "latency-requires-evidence",
  severity: "critical",
  wanted: `a p95 of /chat of at most ${orderedMs} ms, over 24 h and ${leastRequests} requests`,
  first: "let staging carry a day of requests",
  unbound: "The window is bound by its time: it does not say since when the source was deployed.",
  url: "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html",
  shows: {
    metrics: (said, asked) => {
      const { value, unit, samples } = said;
      const amiss = windowAmiss(said, asked);
      if (amiss !== undefined) return unknown(amiss);
      if (unit !== "ms" || value === undefined || value < 0) return unknown("it has no p95 in ms");
      if (samples < leastRequests) return unknown(`${samples} requests say nothing`);
      return value <= orderedMs
        ? met(`p95 ${value} ms over ${samples} requests`)
        : notMet(`p95 ${value} ms over ${samples} requests, not at most ${orderedMs} ms`);
    },
  },
});
