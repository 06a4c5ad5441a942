/** Staging's settings raised to more agents, for measuring; pure. */

interface Agent {
  readonly id: string;
  readonly domain: string;
  readonly certificate: { readonly source: string };
  readonly upstream?: { readonly url: string };
  readonly configuration: object;
}

interface Client {
  readonly clientId: string;
}

/** Staging's configuration by key without namespace, as `Pulumi.staging.yaml` has it. */
export type Values = Readonly<Record<string, unknown>>;

/** Enough for 10,000 agents, within the settings' own bounds. */
const RAISED_QUOTAS = {
  customDomains: 10_000,
  usagePlans: 10_000,
  apiKeys: 100_000,
  acmCertificates: 100_000,
  metricAlarms: 1_000_000,
  recordsPerZone: 1_000_000,
};

/** The most that the settings let a client have. */
const MOST_REQUESTS = 1_000_000_000;

/** An index as the last 12 digits of a certificate's id. */
const serial = (index: number): string => String(index).padStart(12, "0");

/**
 * Repeats staging's agents, in its mix of protocols and certificates, until there are as many as asked for, and its
 * clients as often; raises the counts ordered and the account's quotas with them.
 *
 * @throws RangeError when fewer agents are asked for than staging has, or more than the quotas' bounds allow
 */
export function raiseSettings(values: Values, agentCount: number): Values {
  const agents = values["agents"] as readonly Agent[];
  const clients = values["clients"] as readonly Client[];
  const prober = values["prober"] as Client;
  const account = values["account"] as {
    readonly region: string;
    readonly id: string;
    readonly quotas: object;
  };
  if (
    !Number.isInteger(agentCount) ||
    agentCount < agents.length ||
    agentCount > RAISED_QUOTAS.customDomains
  ) {
    throw new RangeError(
      `agents: got ${agentCount}; allowed: ${agents.length} to ${RAISED_QUOTAS.customDomains}; fix: ask for a number between`,
    );
  }
  const raised = Array.from({ length: agentCount }, (_, index) => {
    const model = agents[index % agents.length] as Agent;
    const round = Math.floor(index / agents.length);
    if (round === 0) return model;
    const rename = (text: string): string => text.replace(model.id, `${model.id}-${round}`);
    return {
      ...model,
      id: rename(model.id),
      domain: rename(model.domain),
      ...(model.upstream === undefined
        ? {}
        : { upstream: { ...model.upstream, url: rename(model.upstream.url) } }),
      certificate:
        model.certificate.source === "issue"
          ? model.certificate
          : {
              source: "existing",
              arn: `arn:aws:acm:${account.region}:${account.id}:certificate/00000000-0000-4000-8000-${serial(index)}`,
            },
    };
  });
  const issued = raised.filter(({ certificate }) => certificate.source === "issue").length;
  return {
    ...values,
    account: { ...account, quotas: { ...account.quotas, ...RAISED_QUOTAS } },
    ordered: { agents: agentCount, certificatesToIssue: issued, configurationsToClose: agentCount - issued },
    agents: raised,
    clients: Array.from({ length: Math.ceil(agentCount / agents.length) }, (_, round) =>
      clients.map((client) =>
        round === 0 ? client : { ...client, clientId: `${client.clientId}-${round}` },
      ),
    )
      .flat()
      // It tries every domain, so that its requests grow with the agents.
      .map((client) =>
        client.clientId === prober.clientId && agentCount > agents.length
          ? { ...client, monthlyQuotaRequests: MOST_REQUESTS }
          : client,
      ),
  };
}
