import type { Agent } from "../agents/agents.schema";
import type { Contract } from "../contract/contract";
import { checkLimits } from "../contract/limits.schema";
import { showValue, type Problem } from "../shared/problem";
import type { Settings } from "./settings.schema";

/** Lambda keeps this much of the account's concurrency unreserved. https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const UNRESERVED_CONCURRENCY = 100;

/** Problems that no single value shows: how the parts of the settings, the contract and the account fit together. */
export function checkCoherence(settings: Settings, contract: Contract): Problem[] {
  return [
    ...checkOrderedCounts(settings),
    ...checkUnique(settings),
    ...checkAgents(settings, contract),
    ...checkClients(settings),
    ...checkDeadlines(settings),
    ...checkQuotas(settings, contract),
    ...checkLimits(contract, settings.limits),
  ];
}

const needsCertificate = (agent: Agent): boolean => agent.certificate.source === "issue";

function checkOrderedCounts({ agents, ordered }: Settings): Problem[] {
  const issued = agents.filter(needsCertificate).length;
  const counts = [
    { key: "agents", got: agents.length, what: "agents" },
    { key: "certificatesToIssue", got: issued, what: "agents with certificate.source: issue" },
    {
      key: "configurationsToClose",
      got: agents.length - issued,
      what: "agents with a certificate of their own and a configuration to close",
    },
  ] as const;
  return counts
    .filter(({ key, got }) => got !== ordered[key])
    .map(({ key, got, what }) => ({
      path: "agents",
      got: `${got} ${what}`,
      allowed: `${ordered[key]}, the number ordered (ordered.${key})`,
      fix: "list the missing agents or remove those beyond the order; the order changes only with the work order",
    }));
}

/** Values that must differ from each other, with the place of the first one. */
function duplicates(
  entries: readonly { readonly path: string; readonly value: string }[],
  allowed: string,
): Problem[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ path, value }) => {
    const earlier = first.get(value);
    if (earlier === undefined) {
      first.set(value, path);
      return [];
    }
    return [{ path, got: showValue(value), allowed, fix: `${earlier} has it already: change one of the two` }];
  });
}

function checkUnique({ agents, clients }: Settings): Problem[] {
  return [
    ...duplicates(
      agents.map((agent, i) => ({ path: `agents[${i}].id`, value: agent.id })),
      "an id that no other agent has",
    ),
    ...duplicates(
      agents.map((agent, i) => ({ path: `agents[${i}].domain`, value: agent.domain })),
      "a domain that no other agent has",
    ),
    ...duplicates(
      agents.flatMap((agent, i) =>
        agent.certificate.source === "issue"
          ? []
          : [{ path: `agents[${i}].certificate.arn`, value: agent.certificate.arn }],
      ),
      "a certificate that no other agent names",
    ),
    ...duplicates(
      clients.map((client, i) => ({ path: `clients[${i}].clientId`, value: client.clientId })),
      "a client id that no other client has",
    ),
  ];
}

function checkAgents(settings: Settings, contract: Contract): Problem[] {
  const { agents, account } = settings;
  const clientIds = new Set(settings.clients.map((client) => client.clientId));
  const httpPaths = new Set(contract.routes.map((route) => route.path));
  const channel = contract.webSocketPath;
  const problems = agents.flatMap((agent, i): Problem[] => {
    const path = `agents[${i}]`;
    const allowedRoutes = agent.protocol === "http" ? [...httpPaths] : [channel];
    const found: Problem[] = [];
    if (!agent.domain.endsWith(`.${account.zoneName}`)) {
      found.push({
        path: `${path}.domain`,
        got: showValue(agent.domain),
        allowed: `a name under account.zoneName, ${account.zoneName}`,
        fix: `move the agent to ${agent.id}.${account.zoneName}, or set the zone`,
      });
    }
    if (agent.certificate.source !== "issue") {
      const here = `arn:aws:acm:${account.region}:${account.id}:`;
      const arns = Object.entries(agent.certificate).filter(([key]) => key !== "source");
      for (const [key, arn] of arns.filter(([, value]) => !value.startsWith(here))) {
        found.push({
          path: `${path}.certificate.${key}`,
          got: showValue(arn),
          allowed: `a certificate of this account and region, ${here}…`,
          fix: "a Regional domain takes a certificate of its own account and region",
        });
      }
    }
    for (const [j, route] of agent.configuration.routes.entries()) {
      if (allowedRoutes.includes(route)) continue;
      found.push({
        path: `${path}.configuration.routes[${j}]`,
        got: showValue(route),
        allowed: `${agent.protocol === "http" ? "a path" : "the channel"} of the contract: ${allowedRoutes.join(", ")}`,
        fix: "correct the route, or add it to infra/contract/openapi.yaml",
      });
    }
    for (const [j, clientId] of agent.configuration.clients.entries()) {
      if (clientIds.has(clientId)) continue;
      found.push({
        path: `${path}.configuration.clients[${j}]`,
        got: showValue(clientId),
        allowed: `one of clients: ${[...clientIds].slice(0, 8).join(", ")}`,
        fix: "correct the client id, or add the client to clients",
      });
    }
    return found;
  });
  const served = new Set(agents.flatMap((agent) => agent.configuration.routes));
  for (const route of new Set([...httpPaths, channel])) {
    if (served.has(route)) continue;
    problems.push({
      path: "agents",
      got: `no agent that serves ${route}`,
      allowed: "at least one agent for each path of the contract",
      fix: `add ${route} to the configuration.routes of an agent`,
    });
  }
  return problems;
}

function checkClients({ clients, tiers }: Settings): Problem[] {
  return clients.flatMap((client, i) =>
    tiers[client.tier]
      ? []
      : [
          {
            path: `clients[${i}].tier`,
            got: showValue(client.tier),
            allowed: `one of tiers: ${Object.keys(tiers).join(", ")}`,
            fix: "correct the tier, or add it to tiers",
          },
        ],
  );
}

/** Each hop gives up before the hop that waits for it, so that the caller always gets an answer from us. */
function checkDeadlines({ agents, functions, gateway }: Settings): Problem[] {
  const edgeMs = functions.edge.timeoutSeconds * 1000;
  const problems: Problem[] = agents.flatMap((agent, i) =>
    agent.upstream.timeoutMs < edgeMs
      ? []
      : [
          {
            path: `agents[${i}].upstream.timeoutMs`,
            got: `${agent.upstream.timeoutMs} ms`,
            allowed: `less than functions.edge.timeoutSeconds, ${edgeMs} ms`,
            fix: "shorten the upstream's deadline",
          },
        ],
  );
  if (edgeMs >= gateway.integrationTimeoutMs) {
    problems.push({
      path: "functions.edge.timeoutSeconds",
      got: `${edgeMs} ms`,
      allowed: `less than gateway.integrationTimeoutMs, ${gateway.integrationTimeoutMs} ms`,
      fix: "shorten the function's timeout: a gateway that gives up first leaves the effect without an answer",
    });
  }
  return problems;
}

/** Counts what the stack declares against the account's service quotas, so that an `up` never stops half-way. */
function checkQuotas(settings: Settings, contract: Contract): Problem[] {
  const { account, agents, clients, functions, tiers, limits, voice } = settings;
  const { quotas } = account;
  const issued = agents.filter(needsCertificate).length;
  const { logRetentionDays: _, ...lambdas } = functions;
  const reserved = Object.values(lambdas).reduce((sum, lambda) => sum + lambda.reservedConcurrency, 0);
  const fastest = Math.max(
    voice.messagesPerSecond,
    ...clients.map((client) => tiers[client.tier]?.requestsPerSecond ?? 0),
    ...Object.values(limits.rates).map((rate) => rate.requestsPerSecond),
  );
  const needs: { quota: keyof typeof quotas; need: number; what: string; fix?: string }[] = [
    { quota: "customDomains", need: agents.length, what: "custom domains, one an agent" },
    { quota: "usagePlans", need: clients.length, what: "usage plans, one a client" },
    { quota: "apiKeys", need: 2 * clients.length, what: "API keys, two a client while one is rotated" },
    {
      quota: "methodThrottlesPerUsagePlan",
      need: contract.routes.length,
      what: "method throttles in each usage plan, one a route",
    },
    { quota: "clientCertificates", need: 2, what: "client certificates, two while one is rotated" },
    { quota: "acmCertificates", need: issued, what: "certificates to issue" },
    {
      quota: "lambdaConcurrency",
      need: reserved + UNRESERVED_CONCURRENCY,
      what: `concurrent executions (${reserved} reserved and ${UNRESERVED_CONCURRENCY} that Lambda keeps free)`,
      fix: "lower functions.*.reservedConcurrency, or ",
    },
    { quota: "metricAlarms", need: agents.length, what: "alarms, one a domain" },
    {
      quota: "recordsPerZone",
      need: 2 * agents.length + issued,
      what: "DNS records, two a domain and one a certificate to issue",
    },
    {
      quota: "requestsPerSecond",
      need: fastest,
      what: "requests a second, the highest of tiers, limits.rates and voice",
      fix: "lower that rate, or ",
    },
  ];
  return needs
    .filter(({ quota, need }) => need > quotas[quota])
    .map(({ quota, need, what, fix = "" }) => ({
      path: `account.quotas.${quota}`,
      got: `a need of ${need} ${what}`,
      allowed: `${quotas[quota]}, the account's quota`,
      fix: `${fix}have the quota raised in Service Quotas and write the new value here`,
    }));
}
