import type { Agent } from "../../../infra/agents/agents.schema";
import { domainClass, tlsOfClass } from "../../../infra/agents/domainRules";
import type { Verdict } from "../../../infra/evidence/record/predicates";
import type { Settings } from "../../../infra/settings/settings.schema";
import type { Collected, Collector } from "../collector";
import type { Asked } from "../sources/answer";
import type { CertificateSource, LiveCertificate } from "../sources/certificates";
import type { GatewaySource, LiveDomain, LivePlan } from "../sources/gateway";
import { instant, sentence, sourcesOf } from "./words";

type AgentSettings = Pick<Settings, "namePrefix" | "account" | "gateway" | "voice">;

/** What stands in the account for one agent; `undefined` for what is not there. */
export interface LiveAgent {
  readonly domain: LiveDomain | undefined;
  readonly certificate: LiveCertificate | undefined;
}

/** What is wrong with an agent's certificate; nothing where it is installed. */
export function certificateFaults(
  agent: Agent,
  { domain, certificate }: LiveAgent,
  settings: AgentSettings,
  nowMs: number,
): string[] {
  if (domain === undefined) return ["there is no domain"];
  if (certificate === undefined) return ["the domain has no certificate"];
  const faults: string[] = [];
  if (domain.status !== "AVAILABLE") faults.push(`the domain is ${domain.status}`);
  if (certificate.status !== "ISSUED") faults.push(`the certificate is ${certificate.status}`);
  if (!certificate.inUse) faults.push("the certificate is not in use");
  if (!certificate.names.includes(agent.domain)) faults.push(`the certificate is not for ${agent.domain}`);
  if (certificate.notAfterMs === undefined) faults.push("the certificate has no end");
  else if (certificate.notAfterMs <= nowMs) faults.push("the certificate has ended");
  if (agent.certificate.source === "issue") {
    if (certificate.type !== "AMAZON_ISSUED") faults.push("the certificate does not renew by itself");
  } else if (domain.certificateArn !== agent.certificate.arn)
    faults.push("the domain has another certificate");
  const truststore = `s3://${settings.namePrefix}-truststore-${settings.account.id}/truststore.pem`;
  if (domainClass(agent) === "mutualTls") {
    if (domain.truststoreUri !== truststore) faults.push("mutual TLS is not on with the stack's truststore");
    if (domain.truststoreWarnings.length > 0) faults.push("the gateway complains of the truststore");
  }
  return faults;
}

/** What an agent's configuration lacks in the gateway; nothing where it is closed. */
export function configurationGaps(
  agent: Agent,
  { domain }: Pick<LiveAgent, "domain">,
  plans: readonly LivePlan[],
  { namePrefix, gateway, voice }: AgentSettings,
): string[] {
  if (domain === undefined) return ["domain"];
  const missing: string[] = [];
  const [api, stage] =
    agent.protocol === "http" ? [namePrefix, gateway.stageName] : [`${namePrefix}-voice`, voice.stageName];
  if (domain.status !== "AVAILABLE") missing.push(`domain that is available (${domain.status})`);
  const { securityPolicy } = tlsOfClass[domainClass(agent)];
  if (domain.securityPolicy !== securityPolicy) missing.push(`TLS policy ${securityPolicy}`);
  const [mapping, ...others] = domain.mappings;
  if (mapping === undefined || mapping.api !== api || mapping.stage !== stage || mapping.path !== "")
    missing.push(`mapping to ${api}, stage ${stage}`);
  if (others.length > 0) missing.push("one mapping and no other");
  for (const clientId of agent.configuration.clients) {
    const plan = plans.find(({ name }) => name === `${namePrefix}-${clientId}`);
    const leads = plan?.stages.some((each) => each.api === namePrefix && each.stage === gateway.stageName);
    if (leads !== true) missing.push(`usage plan of ${clientId}`);
    else if (plan?.keys === 0) missing.push(`key of ${clientId}`);
  }
  return missing;
}

/**
 * Certificates and configurations of every agent, as the live account has them (B8.4).
 *
 * What the account shows of a configuration is what stands in the gateway: domain, TLS, mapping, plans and keys of the clients. What
 * functions carry inside their archive is not to be seen from outside; that is compared before an update, by the preview.
 */
export const agentsCollector =
  (gateway: GatewaySource, certificates: CertificateSource): Collector =>
  async ({ settings, nowMs, progress }) => {
    const asked: Asked[] = [];
    const live = new Map<string, LiveAgent>();
    const silent: string[] = [];
    const plans = await gateway.usagePlans();
    asked.push(...plans.asked);
    for (const agent of settings.agents) {
      const domain = await gateway.domain(agent);
      asked.push(...domain.asked);
      const arn = domain.known ? domain.value?.certificateArn : undefined;
      const certificate = arn === undefined ? undefined : await certificates.certificate(arn);
      asked.push(...(certificate?.asked ?? []));
      progress(`${agent.id}: ${domain.known ? (domain.value?.status ?? "no domain") : domain.because}`);
      if (!domain.known) silent.push(`${agent.id} (${domain.because})`);
      else if (certificate !== undefined && !certificate.known)
        silent.push(`${agent.id} (${certificate.because})`);
      else
        live.set(agent.id, {
          domain: domain.value,
          certificate: certificate?.known ? certificate.value : undefined,
        });
    }
    return [
      certificatesOf(settings, live, silent, asked, nowMs()),
      configurationsOf(settings, live, plans.known ? plans.value : undefined, silent, asked),
    ];
  };

type Live = ReadonlyMap<string, LiveAgent>;

function certificatesOf(
  settings: Settings,
  live: Live,
  silent: readonly string[],
  asked: readonly Asked[],
  nowMs: number,
): Collected {
  const { agents, ordered } = settings;
  const judged = agents.map((agent) => {
    const found = live.get(agent.id);
    return {
      agent,
      found,
      faults: found ? certificateFaults(agent, found, settings, nowMs) : ["nobody knows"],
    };
  });
  const installed = judged.filter(({ faults }) => faults.length === 0);
  const issued = installed.filter(({ agent }) => agent.certificate.source === "issue").length;
  const worst = judged.find(({ found, faults }) => found !== undefined && faults.length > 0);
  const said = `${issued} of ${ordered.certificatesToIssue} issued certificates and ${installed.length} of ${ordered.agents} in all are installed`;
  return {
    kind: "certificates",
    predicate: {
      clause: "B8.4",
      ...judgement(
        said,
        issued >= ordered.certificatesToIssue && installed.length >= ordered.agents,
        silent,
        worst && `${worst.agent.id}: ${worst.faults.join(", ")}`,
      ),
      sources: sourcesOf(asked),
      expected: { issued: ordered.certificatesToIssue, all: ordered.agents },
      installed: judged.map(({ agent, found, faults }) => ({
        agent: agent.id,
        domain: agent.domain,
        status: found?.certificate?.status ?? "unknown",
        ...(found?.certificate?.notAfterMs === undefined
          ? {}
          : { notAfter: instant(found.certificate.notAfterMs) }),
        installed: faults.length === 0,
      })),
    },
  };
}

function configurationsOf(
  settings: Settings,
  live: Live,
  plans: readonly LivePlan[] | undefined,
  silent: readonly string[],
  asked: readonly Asked[],
): Collected {
  const { agents, ordered } = settings;
  const judged = agents.map((agent) => {
    const found = live.get(agent.id);
    const missing =
      found === undefined || plans === undefined
        ? undefined
        : configurationGaps(agent, found, plans, settings);
    return { agent, missing };
  });
  const isClosed = ({ missing }: (typeof judged)[number]): boolean => missing?.length === 0;
  // The five that were open are those whose certificate was there.
  const ofOrdered = judged.filter(
    (each) => each.agent.certificate.source !== "issue" && isClosed(each),
  ).length;
  const all = judged.filter(isClosed).length;
  const worst = judged.find(({ missing }) => missing !== undefined && missing.length > 0);
  const said = `${ofOrdered} of ${ordered.configurationsToClose} configurations and ${all} of ${ordered.agents} in all are closed in the gateway`;
  const notKnown = plans === undefined ? [...silent, "usage plans"] : silent;
  return {
    kind: "configurations",
    predicate: {
      clause: "B8.4",
      ...judgement(
        said,
        ofOrdered >= ordered.configurationsToClose && all >= ordered.agents,
        notKnown,
        worst && `${worst.agent.id} lacks ${worst.missing?.join(", ")}`,
      ),
      sources: sourcesOf(asked),
      expected: { closed: ordered.configurationsToClose, all: ordered.agents },
      agents: judged.map(({ agent, missing }) => ({
        agent: agent.id,
        closed: missing?.length === 0,
        missing: missing ?? ["nobody knows: the account did not answer"],
      })),
    },
  };
}

/** What is wrong is wrong though something else is not known. */
function judgement(
  said: string,
  complete: boolean,
  silent: readonly string[],
  worst: string | undefined,
): { readonly verdict: Verdict; readonly because: string } {
  if (worst !== undefined)
    return { verdict: "not-met", because: sentence(`${said}; first of what is wrong: ${worst}`) };
  const [first] = silent;
  if (first !== undefined) return { verdict: "unknown", because: sentence(`${said}; no answer of ${first}`) };
  return { verdict: complete ? "met" : "not-met", because: sentence(said) };
}
