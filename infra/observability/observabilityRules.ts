import type { Agent } from "../agents/agents.schema";
import type { Contract } from "../contract/contract";
import { duplicates, showValue, type Problem } from "../shared/problem";
import type { ObservabilitySettings } from "./observability.schema";
import { checkPeople } from "./pager/pagerRules";

/** One minute: what every alert's metric has a value for. */
const PERIOD_MINUTES = 1;

/** How the alerts' settings fit the contract, the agents and each other. */
export function checkObservability(
  settings: ObservabilitySettings,
  contract: Contract,
  agents: readonly Agent[] | undefined,
): Problem[] {
  return [
    ...checkRoute("objectives.latency.route", settings.objectives.latency.route, contract),
    ...checkRoute("alerts.chatLatency.route", settings.alerts.chatLatency.route, contract),
    ...checkBurnRates(settings),
    ...checkBaseline(settings),
    ...checkQueues(settings, agents),
    ...checkPeople(settings.pager, at("pager")),
  ];
}

const at = (path: string): string => `observability.${path}`;

/** A panel or an alert of a route that nobody answers would be calm for ever. */
function checkRoute(path: string, route: string, { routes }: Contract): Problem[] {
  const posted = routes.filter(({ method }) => method.toUpperCase() === "POST").map(({ path: each }) => each);
  if (posted.includes(route)) return [];
  return [
    {
      path: at(path),
      got: showValue(route),
      allowed: `a path of the contract with POST: ${posted.join(", ")}`,
      fix: "correct the route, or add it to infra/contract/openapi.yaml",
    },
  ];
}

const RATES = ["fast", "medium", "slow"] as const;

function checkBurnRates({ objectives }: ObservabilitySettings): Problem[] {
  const { latency, errors, burnRates } = objectives;
  const budgetPercent = Math.max(100 - latency.percentile, errors.maximumPercent);
  return RATES.flatMap((name): Problem[] => {
    const { factor, longMinutes, shortMinutes } = burnRates[name];
    const path = at(`objectives.burnRates.${name}`);
    const found: Problem[] = [];
    if (shortMinutes >= longMinutes)
      found.push({
        path: `${path}.shortMinutes`,
        got: `${shortMinutes} minutes`,
        allowed: `less than ${path}.longMinutes, ${longMinutes}`,
        fix: "shorten it: it says whether the budget still burns",
      });
    if (factor * budgetPercent >= 100)
      found.push({
        path: `${path}.factor`,
        got: `${factor} times a budget of ${budgetPercent} %`,
        allowed: `a factor below ${100 / budgetPercent}: not more than all requests can be bad`,
        fix: "lower the factor; at this one the alert can never ring",
      });
    return found;
  });
}

function checkBaseline({ alerts }: ObservabilitySettings): Problem[] {
  const { windowMinutes, baselineMinutes } = alerts.throttlingSpike;
  if (baselineMinutes % windowMinutes === 0 && windowMinutes % PERIOD_MINUTES === 0) return [];
  return [
    {
      path: at("alerts.throttlingSpike.baselineMinutes"),
      got: `${baselineMinutes} minutes`,
      allowed: `a multiple of windowMinutes, ${windowMinutes}: the baseline is a mean of such windows`,
      fix: `write ${Math.ceil(baselineMinutes / windowMinutes) * windowMinutes}`,
    },
  ];
}

function checkQueues({ queues }: ObservabilitySettings, agents: readonly Agent[] | undefined): Problem[] {
  const known = agents?.map(({ id }) => id);
  return [
    ...duplicates(
      queues.map(({ name }, i) => ({ path: at(`queues[${i}].name`), value: name })),
      "a queue that is listed once",
    ),
    ...queues.flatMap(({ agentId }, i) =>
      known === undefined || known.includes(agentId)
        ? []
        : [
            {
              path: at(`queues[${i}].agentId`),
              got: showValue(agentId),
              allowed: "the id of one of agents",
              fix: "name the agent that owns the queue, or take the queue out",
            },
          ],
    ),
  ];
}
