import { resourcePolicy, stackPolicy } from "../lib/policy";
import { types } from "../lib/types";
import { join, number, object, show } from "../lib/values";

/** The p95 of `/chat` that was ordered. */
const orderedMs = 700;

const hopNames = ["authorizerMs", "edgeMs", "storeMs", "upstreamMs"];

const url =
  "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html";

export const latencyBudgetLimitsHops = resourcePolicy({
  name: "latency-budget-limits-hops",
  severity: "medium",
  clauses: ["B8.1"],
  summary: "What the hops of a request may take leaves something of the ordered p95 for the gateway itself.",
  reads: "fase-b:index:LatencyBudget.hops",
  remediation: `give ${join(hopNames)} each a positive share, in all less than ${orderedMs} ms.`,
  url,
  types: [types.latencyBudget],
  check(resource, report) {
    const hops = object(resource.props.hops);
    const names = Object.keys(hops).sort();
    if (names.join() !== hopNames.join()) {
      report({ resource, got: `hops ${join(names)}`, expected: `${join(hopNames)}, and no other` });
    }
    const broken = names.filter((one) => !(number(hops[one]) > 0));
    for (const name of broken) {
      report({ resource, got: `${name} ${show(hops[name])}`, expected: "a number of milliseconds above 0" });
    }
    const sum = names.reduce((total, name) => total + number(hops[name]), 0);
    if (broken.length === 0 && sum >= orderedMs) {
      report({ resource, got: `${sum} ms in all`, expected: `less than the ordered ${orderedMs} ms` });
    }
  },
});

/** Apart from the hops: a policy on the stack sees a component's outputs, and this one has none. */
export const latencyBudgetsCountOne = stackPolicy({
  name: "latency-budgets-count-one",
  severity: "medium",
  clauses: ["B8.1"],
  summary: "The stack has one latency budget, which is the one that is judged.",
  reads: "how many fase-b:index:LatencyBudget there are",
  remediation: "declare one LatencyBudget with the hops of a request.",
  url,
  check(stack, report) {
    const budgets = stack.ofType(types.latencyBudget);
    if (budgets.length === 0) report({ got: "no latency budget", expected: "one" });
    for (const budget of budgets.slice(1)) {
      report({ resource: budget, got: `${budgets.length} latency budgets`, expected: "one" });
    }
  },
});
