import type { Agent, Ordered } from "../agents/agents.schema";
import type { Client, Tier } from "../clients/clients.schema";
import type { Contract } from "../contract/contract";
import { checkLimits, type Limits } from "../contract/limits.schema";
import type { DataSettings } from "../data/data.schema";
import { maxClientRequestsPerSecond } from "../data/dataRules";
import type { FunctionSettings } from "../edge/edge.schema";
import { COMPLETION_RESERVE_MS, STORE_PATIENCE_MS } from "../edge/edgeRules";
import { upstreamSettings, type SharedUpstreamSettings } from "../functions/edge/upstream/upstream.schema";
import { upstreamSettingsOf } from "../functions/edge/upstream/upstreamSettings";
import type { FirewallSettings } from "../firewall/firewall.schema";
import { checkFirewall } from "../firewall/firewallRules";
import type { GatewaySettings } from "../gateway/gateway.schema";
import { rotationFunctions } from "../edge/functionNames";
import { checkCluster } from "../cluster/clusterRules";
import { checkObservability } from "../observability/observabilityRules";
import { checkProber } from "../prober/proberRules";
import { checkScanTimes } from "../scanning/scanningRules";
import { checkScanning } from "../scanning/scanningChecks";
import { checkRotations } from "../secrets/rotationRules";
import { duplicates, showValue, type Problem } from "../shared/problem";
import { checkGenerationDays } from "../trust/generationRules";
import { checkImportedAuthorities } from "../trust/importedAuthority";
import type { Ledger } from "../trust/ledger";
import { checkLedger } from "../trust/ledgerRules";
import type { VoiceSettings } from "../voice/voice.schema";
import type { Account } from "./account.schema";
import type { StackConfiguration } from "./settings.schema";

/** Lambda keeps this much of the account's concurrency unreserved. https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
const UNRESERVED_CONCURRENCY = 100;

/** The parts of the settings that are well formed; a part with a problem of its own is absent. */
export type WellFormed = Partial<StackConfiguration>;

/** What settings are held against beside the contract: what is right on one day is not on another. */
export interface Today {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** The clients' certificates that were issued. */
  readonly ledger: Ledger;
}

/**
 * Problems that no single value shows: how the parts of the settings, the contract and the account fit together.
 * A check whose parts are not all well formed has nothing to say yet, so that everything is reported in one go
 * and nothing twice.
 */
export function checkCoherence(parts: WellFormed, contract: Contract, today: Today): Problem[] {
  const { account, agents, clients, data, firewall, functions, gateway, limits, ordered, tiers } = parts;
  const { cluster, observability, prober, scanning, secrets, trust, upstreams, voice } = parts;
  return [
    ...(agents && ordered ? checkOrderedCounts(agents, ordered) : []),
    ...(agents ? checkUniqueAgents(agents) : []),
    ...(agents && account ? checkDomains(agents, account) : []),
    ...(agents ? checkRoutes(agents, contract) : []),
    ...(agents && clients ? checkAgentClients(agents, clients) : []),
    ...(clients && tiers ? checkClients(clients, tiers) : []),
    ...(data && tiers ? checkCounters(tiers, data) : []),
    ...(data && upstreams && voice ? checkClocks(data, upstreams, voice) : []),
    ...(functions ? checkWarmInstances(functions) : []),
    ...(agents ? checkTicketAgents(agents, contract) : []),
    ...(agents && clients ? checkOrigins(agents, clients) : []),
    ...(agents && functions && gateway ? checkDeadlines(agents, functions, gateway) : []),
    ...(agents && upstreams ? checkUpstreams(agents, upstreams) : []),
    ...(agents && functions && voice ? checkHolding(agents, functions, voice) : []),
    ...(account && agents && clients && functions && limits && tiers && voice
      ? checkQuotas({ account, agents, clients, functions, limits, tiers, voice }, contract)
      : []),
    ...(limits ? checkLimits(contract, limits) : []),
    ...(trust ? checkImportedAuthorities(trust, today.nowMs) : []),
    ...(trust ? checkGenerationDays(trust, today.nowMs) : []),
    ...(trust ? checkLedger(trust, today.ledger, today.nowMs) : []),
    ...(secrets && trust ? checkRotations(secrets, trust) : []),
    ...(cluster && trust ? checkCluster(cluster, trust.leaves.services) : []),
    ...(prober && agents && clients ? checkProber(prober, agents, clients) : []),
    ...(scanning && agents ? checkScanTimes(scanning, agents, contract) : []),
    ...(scanning && agents && clients && tiers && firewall
      ? checkScanning({ scanning, agents, clients, tiers, firewall })
      : []),
    ...(observability ? checkObservability(observability, contract, agents) : []),
    ...(firewall ? checkFirewall(firewall) : []),
    ...(firewall && limits && tiers ? checkFirewallLeavesRoom(firewall, limits, tiers) : []),
  ];
}

const needsCertificate = (agent: Agent): boolean => agent.certificate.source === "issue";

function checkOrderedCounts(agents: readonly Agent[], ordered: Ordered): Problem[] {
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

function checkUniqueAgents(agents: readonly Agent[]): Problem[] {
  const unique = (key: "id" | "domain", what: string): Problem[] =>
    duplicates(
      agents.map((agent, i) => ({ path: `agents[${i}].${key}`, value: agent[key] })),
      `${what} that no other agent has`,
    );
  return [
    ...unique("id", "an id"),
    ...unique("domain", "a domain"),
    ...duplicates(
      agents.flatMap((agent, i) =>
        agent.certificate.source === "issue"
          ? []
          : [{ path: `agents[${i}].certificate.arn`, value: agent.certificate.arn }],
      ),
      "a certificate that no other agent names",
    ),
  ];
}

/** A Regional domain lies in our zone and takes a certificate of its own account and region. */
function checkDomains(agents: readonly Agent[], account: Account): Problem[] {
  const here = `arn:aws:acm:${account.region}:${account.id}:`;
  return agents.flatMap((agent, i) => {
    const found: Problem[] = [];
    if (!agent.domain.endsWith(`.${account.zoneName}`)) {
      found.push({
        path: `agents[${i}].domain`,
        got: showValue(agent.domain),
        allowed: `a name under account.zoneName, ${account.zoneName}`,
        fix: `move the agent to ${agent.id}.${account.zoneName}, or set the zone`,
      });
    }
    const { source: _, ...arns } = agent.certificate;
    for (const [key, arn] of Object.entries(arns)) {
      if (arn.startsWith(here)) continue;
      found.push({
        path: `agents[${i}].certificate.${key}`,
        got: showValue(arn),
        allowed: `a certificate of this account and region, ${here}…`,
        fix: "import or issue it there, and name that one",
      });
    }
    return found;
  });
}

/** Every route that an agent serves is the contract's, and every route of the contract is served. */
function checkRoutes(agents: readonly Agent[], contract: Contract): Problem[] {
  const httpPaths = [...new Set(contract.routes.map((route) => route.path))];
  const channels = [contract.webSocketPath];
  const foreign = agents.flatMap((agent, i) => {
    const [allowed, what] = agent.protocol === "http" ? [httpPaths, "a path"] : [channels, "the channel"];
    return agent.configuration.routes.flatMap((route, j) =>
      allowed.includes(route)
        ? []
        : [
            {
              path: `agents[${i}].configuration.routes[${j}]`,
              got: showValue(route),
              allowed: `${what} of the contract: ${allowed.join(", ")}`,
              fix: "correct the route, or add it to infra/contract/openapi.yaml",
            },
          ],
    );
  });
  const served = new Set(agents.flatMap((agent) => agent.configuration.routes));
  const unserved = [...httpPaths, ...channels]
    .filter((route) => !served.has(route))
    .map((route) => ({
      path: "agents",
      got: `no agent that serves ${route}`,
      allowed: "at least one agent for each path of the contract",
      fix: `add ${route} to the configuration.routes of an agent`,
    }));
  return [...foreign, ...unserved];
}

function checkAgentClients(agents: readonly Agent[], clients: readonly Client[]): Problem[] {
  const known = clients.map((client) => client.clientId);
  const isKnown = new Set(known);
  return agents.flatMap((agent, i) =>
    agent.configuration.clients.flatMap((clientId, j) =>
      isKnown.has(clientId)
        ? []
        : [
            {
              path: `agents[${i}].configuration.clients[${j}]`,
              got: showValue(clientId),
              allowed: `one of clients: ${known.slice(0, 8).join(", ")}${known.length > 8 ? ", …" : ""}`,
              fix: "correct the client id, or add the client to clients",
            },
          ],
    ),
  );
}

function checkClients(clients: readonly Client[], tiers: Readonly<Record<string, Tier>>): Problem[] {
  const twice = duplicates(
    clients.map((client, i) => ({ path: `clients[${i}].clientId`, value: client.clientId })),
    "a client id that no other client has",
  );
  const withoutTier = clients.flatMap((client, i) =>
    Object.hasOwn(tiers, client.tier)
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
  return [...twice, ...withoutTier];
}

/** A client's requests of a month are counted in one item, exactly; an item takes only so many writes a second. */
function checkCounters(tiers: Readonly<Record<string, Tier>>, data: DataSettings): Problem[] {
  const most = maxClientRequestsPerSecond(data);
  return Object.entries(tiers)
    .filter(([, tier]) => tier.requestsPerSecond > most)
    .map(([name, tier]) => ({
      path: `tiers.${name}.requestsPerSecond`,
      got: `${tier.requestsPerSecond} requests a second of one client`,
      allowed: `at most ${most}, what the exact counter of a client carries with data.claims.clockDifferenceMs ${data.claims.clockDifferenceMs}`,
      fix: "lower the tier's rate, or the clocks' difference",
    }));
}

/** How far two instances' clocks differ is one fact, and each part's guarantees are proven with its own copy of it. */
function checkClocks(data: DataSettings, upstreams: SharedUpstreamSettings, voice: VoiceSettings): Problem[] {
  const { clockDifferenceMs } = data.claims;
  return [
    { path: "upstreams.breaker.clockSkewMs", got: upstreams.breaker.clockSkewMs },
    { path: "voice.sessions.skewAllowanceMs", got: voice.sessions.skewAllowanceMs },
  ]
    .filter(({ got }) => got !== clockDifferenceMs)
    .map(({ path, got }) => ({
      path,
      got: `${got} ms`,
      allowed: `${clockDifferenceMs} ms, data.claims.clockDifferenceMs: the functions' clocks differ as they differ`,
      fix: "write the same number in all three places",
    }));
}

/** Warm instances are taken from the reserved ones. */
function checkWarmInstances(functions: FunctionSettings): Problem[] {
  return (["edge", "authorizer"] as const)
    .filter((name) => functions[name].provisionedConcurrency > functions[name].reservedConcurrency)
    .map((name) => ({
      path: `functions.${name}.provisionedConcurrency`,
      got: `${functions[name].provisionedConcurrency} instances`,
      allowed: `at most functions.${name}.reservedConcurrency, ${functions[name].reservedConcurrency}`,
      fix: "keep fewer instances warm, or reserve more",
    }));
}

/** The edge itself issues the tickets of voice sessions: nobody is called for them, and for all else somebody is. */
function checkTicketAgents(agents: readonly Agent[], contract: Contract): Problem[] {
  const issued = new Set(contract.routes.filter(({ session }) => session !== null).map(({ path }) => path));
  return agents.flatMap((agent, i): Problem[] => {
    if (agent.protocol !== "http") return [];
    const { routes } = agent.configuration;
    const tickets = routes.filter((route) => issued.has(route));
    if (tickets.length > 0 && tickets.length < routes.length)
      return [
        {
          path: `agents[${i}].configuration.routes`,
          got: showValue(routes),
          allowed: `${tickets.join(", ")} alone, which the edge answers itself, or without it`,
          fix: "give the tickets an agent of their own",
        },
      ];
    if (tickets.length > 0 && agent.upstream !== undefined)
      return [
        {
          path: `agents[${i}].upstream`,
          got: showValue(agent.upstream),
          allowed: `none: the edge itself answers ${tickets.join(", ")}`,
          fix: "remove it",
        },
      ];
    if (tickets.length === 0 && agent.upstream === undefined)
      return [
        {
          path: `agents[${i}].upstream`,
          got: "nothing",
          allowed: "url and timeoutMs of the service behind the agent",
          fix: "say where its requests go",
        },
      ];
    return [];
  });
}

/** A voice connection is refused from an origin that is not its client's, so a client without one could never talk. */
function checkOrigins(agents: readonly Agent[], clients: readonly Client[]): Problem[] {
  const talking = new Set(
    agents
      .filter(({ protocol }) => protocol === "websocket")
      .flatMap(({ configuration }) => configuration.clients),
  );
  return clients.flatMap(({ clientId, origins }, i) =>
    talking.has(clientId) && origins === undefined
      ? [
          {
            path: `clients[${i}].origins`,
            got: "nothing",
            allowed: "at least one origin: a WebSocket agent lists the client",
            fix: "list the origins of its users, or take the client out of the WebSocket agents' configuration",
          },
        ]
      : [],
  );
}

/** An agent's own time-out beside what is said of all upstreams alike. */
function checkUpstreams(agents: readonly Agent[], upstreams: SharedUpstreamSettings): Problem[] {
  const seen = new Set<string>();
  return agents.flatMap((agent, i) => {
    if (agent.protocol !== "http" || agent.upstream === undefined) return [];
    const parsed = upstreamSettings.safeParse(upstreamSettingsOf(upstreams, agent.upstream.timeoutMs));
    return (parsed.error?.issues ?? []).flatMap((issue): Problem[] => {
      const path = `upstreams.${issue.path.join(".")}`;
      // One line for all agents of one mind: the setting is shared.
      if (seen.has(path)) return [];
      seen.add(path);
      const params = issue.code === "custom" ? (issue.params as Partial<Problem> | undefined) : undefined;
      const got = issue.path.reduce<unknown>(
        (at, step) => (at as Record<PropertyKey, unknown>)[step],
        upstreams,
      );
      return [
        {
          path,
          got: `${showValue(got)} beside agents[${i}].upstream.timeoutMs, ${agent.upstream?.timeoutMs}`,
          allowed: params?.allowed ?? issue.message,
          fix: params?.fix ?? "correct one of the two",
        },
      ];
    });
  });
}

/** A frame that is held still reaches its agent before the function is killed. */
function checkHolding(
  agents: readonly Agent[],
  functions: FunctionSettings,
  voice: VoiceSettings,
): Problem[] {
  const roomMs = functions.voice.timeoutSeconds * 1000 - voice.sessions.longestHoldMs - STORE_PATIENCE_MS;
  return agents.flatMap((agent, i) =>
    agent.protocol === "websocket" && agent.upstream.timeoutMs > roomMs
      ? [
          {
            path: `agents[${i}].upstream.timeoutMs`,
            got: `${agent.upstream.timeoutMs} ms`,
            allowed: `at most ${roomMs} ms: functions.voice.timeoutSeconds less voice.sessions.longestHoldMs and ${STORE_PATIENCE_MS} ms for the table`,
            fix: "shorten the agent's time-out or the longest hold",
          },
        ]
      : [],
  );
}

/** Each hop gives up before the hop that waits for it, so that the caller always gets an answer from us. */
function checkDeadlines(
  agents: readonly Agent[],
  functions: FunctionSettings,
  gateway: GatewaySettings,
): Problem[] {
  const edgeMs = functions.edge.timeoutSeconds * 1000;
  const mostMs = edgeMs - COMPLETION_RESERVE_MS;
  const problems: Problem[] = agents.flatMap((agent, i) =>
    agent.protocol !== "http" || agent.upstream === undefined || agent.upstream.timeoutMs < mostMs
      ? []
      : [
          {
            path: `agents[${i}].upstream.timeoutMs`,
            got: `${agent.upstream.timeoutMs} ms`,
            allowed: `less than ${mostMs} ms: functions.edge.timeoutSeconds less ${COMPLETION_RESERVE_MS} ms in which the answer is kept`,
            fix: "shorten the upstream's time-out",
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

/** A client that keeps to its tier, for a whole window, never meets the firewall: its steps are for who goes beyond. */
function checkFirewallLeavesRoom(
  firewall: FirewallSettings,
  limits: Limits,
  tiers: Readonly<Record<string, Tier>>,
): Problem[] {
  const fastestTier = Math.max(...Object.values(tiers).map((tier) => tier.requestsPerSecond));
  const promised = {
    vision: Math.min(limits.rates["vision"]?.requestsPerSecond ?? 0, fastestTier),
    rest: fastestTier,
  };
  return (["vision", "rest"] as const).flatMap((part) =>
    (["byClientKey", "byIpAddress"] as const).flatMap((key) => {
      const { windowSeconds, slowDown } = firewall.rateSteps[part][key];
      const needed = Math.ceil(windowSeconds * promised[part]);
      if (slowDown.limit >= needed) return [];
      return [
        {
          path: `firewall.rateSteps.${part}.${key}.slowDown.limit`,
          got: `${slowDown.limit} requests in ${windowSeconds} s`,
          allowed: `at least ${needed}: ${promised[part]} a second are promised by tiers and limits.rates`,
          fix: "raise the limit, or promise less",
        },
      ];
    }),
  );
}

/** Counts what the stack declares against the account's service quotas, so that an `up` never stops half-way. */
function checkQuotas(
  settings: Pick<
    StackConfiguration,
    "account" | "agents" | "clients" | "functions" | "limits" | "tiers" | "voice"
  >,
  contract: Contract,
): Problem[] {
  const { account, agents, clients, functions, tiers, limits, voice } = settings;
  const { quotas } = account;
  const issued = agents.filter(needsCertificate).length;
  const { logRetentionDays: _, rotations, ...onTheWay } = functions;
  const reserved = [...Object.values(onTheWay), ...rotationFunctions.map(() => rotations)].reduce(
    (sum, lambda) => sum + lambda.reservedConcurrency,
    0,
  );
  const fastest = Math.max(
    voice.messagesPerSecond,
    ...clients.map((client) => tiers[client.tier]?.requestsPerSecond ?? 0),
    ...Object.values(limits.rates).map((rate) => rate.requestsPerSecond),
  );
  const needs: { quota: keyof typeof quotas; need: number; what: string; fix?: string }[] = [
    { quota: "customDomains", need: agents.length, what: "custom domains, one an agent" },
    { quota: "usagePlans", need: clients.length, what: "usage plans, one a client" },
    {
      quota: "apiKeys",
      need: 3 * clients.length,
      what: "API keys, three a client while one is rotated: the first one, which is shut, the old and the new",
    },
    {
      quota: "methodThrottlesPerUsagePlan",
      need: contract.routes.length,
      what: "method throttles in each usage plan, one a route",
    },
    {
      quota: "clientCertificates",
      need: 3,
      what: "client certificates, three while one is rotated: the first one, the old and the new",
    },
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
