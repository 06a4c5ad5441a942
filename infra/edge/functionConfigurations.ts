import type { HttpAgent, WebSocketAgent } from "../agents/agents.schema";
import { routeId, type Contract } from "../contract/contract";
import type { DataNames } from "../data/dataRules";
import { dashboardUrl } from "../observability/dashboards/dashboardIds";
import { changeEventsUrl } from "../observability/pager/pagerRules";
import { secretNames } from "../secrets/secretsRules";
import type { AnnounceConfiguration } from "../functions/announce/configuration";
import type { AuthorizerConfiguration } from "../functions/authorizer/configuration";
import type { FunctionFacts } from "../functions/configuration";
import type { EdgeConfiguration } from "../functions/edge/configuration";
import type { CredentialFacts } from "../functions/edge/upstream/readCredentials";
import type { VoiceAuthorizerConfiguration } from "../functions/voice-authorizer/configuration";
import type { VoiceConfiguration } from "../functions/voice/configuration";
import {
  rotationConfigurations,
  watchedSecrets,
  type RotationConfigurations,
} from "../secrets/rotationConfigurations";
import type { Settings } from "../settings/settings.schema";
import { contractRoutes } from "./contractRoutes";
import { COMPLETION_RESERVE_MS, LAST_WORD_MS } from "./edgeRules";

/** What each function is told of its stack, by function. */
export interface FunctionConfigurations extends RotationConfigurations {
  readonly edge: EdgeConfiguration;
  readonly authorizer: AuthorizerConfiguration;
  readonly voice: VoiceConfiguration;
  readonly "voice-authorizer": VoiceAuthorizerConfiguration;
  readonly announce: AnnounceConfiguration;
}

/** Pure: the same settings and contract give the same texts. No secret is in them. */
export function functionConfigurations(
  settings: Settings,
  contract: Contract,
  names: DataNames,
): FunctionConfigurations {
  const { agents, clients, functions, namePrefix, scanning, trust, voice } = settings;
  const http = agents.filter((agent): agent is HttpAgent => agent.protocol === "http");
  const webSocket = agents.filter((agent): agent is WebSocketAgent => agent.protocol === "websocket");
  const grafanaUrl = settings.observability.grafana.url;
  const clockDifferenceMs = settings.data.claims.clockDifferenceMs;
  const credentials: CredentialFacts = {
    trustTable: names.tables.trust,
    clientCertificateSecretName: `${namePrefix}/edge/client-certificate`,
  };
  const factsOf = ({ memoryMb }: { readonly memoryMb: number }): FunctionFacts => ({
    namePrefix,
    memoryLimitMb: memoryMb,
    clientIds: clients.map(({ clientId }) => clientId),
    agentIds: agents.map(({ id }) => id),
  });
  const routeIds = (paths: readonly string[]): string[] =>
    contract.routes.filter(({ path }) => paths.includes(path)).map(routeId);

  return {
    ...rotationConfigurations(settings, names.tables.trust, factsOf(functions.rotations)),
    edge: {
      ...factsOf(functions.edge),
      hardTimeoutMs: functions.edge.timeoutSeconds * 1000,
      completionReserveMs: COMPLETION_RESERVE_MS,
      lastWordMs: LAST_WORD_MS,
      retryAfterSeconds: settings.gateway.retryAfter.unavailableSeconds,
      tables: {
        requests: names.tables.requests,
        breakers: names.tables.breakers,
        voice: names.tables.voice,
      },
      answersBucket: names.answersBucket,
      clockDifferenceMs,
      routes: contractRoutes(contract, settings.limits),
      monthlyQuotas: Object.fromEntries(
        clients.map(({ clientId, monthlyQuotaRequests }) => [clientId, monthlyQuotaRequests]),
      ),
      upstreams: settings.upstreams,
      credentials,
      agents: http.map(({ id, domain, configuration, upstream }) => ({
        id,
        domain,
        paths: configuration.routes,
        ...(upstream === undefined ? {} : { upstream }),
      })),
      voice: {
        agents: webSocket.map(({ id, domain, configuration }) => ({
          id,
          domain,
          clients: configuration.clients,
        })),
        longestSeconds: Math.floor(voice.sessions.longestMs / 1000),
      },
    },
    authorizer: {
      ...factsOf(functions.authorizer),
      trustTable: names.tables.trust,
      refreshMs: trust.records.refreshSeconds * 1000,
      maxAgeMs: trust.records.maxAgeSeconds * 1000,
      agents: http.map(({ id, domain, configuration }) => ({
        id,
        domain,
        routes: routeIds(configuration.routes),
        clients: configuration.clients,
      })),
      scanning: { clientId: scanning.clientId, addresses: scanning.egressAddresses },
    },
    voice: {
      ...factsOf(functions.voice),
      voiceTable: names.tables.voice,
      limits: voice.sessions,
      credentials,
      agents: webSocket.map(({ id, upstream }) => ({ id, upstream })),
      connectionsUrl: `https://${webSocket[0]?.domain}`,
    },
    "voice-authorizer": {
      ...factsOf(functions.voiceAuthorizer),
      voiceTable: names.tables.voice,
      clockDifferenceMs,
      agents: webSocket.map(({ id, domain }) => ({ id, domain })),
      origins: Object.fromEntries(
        clients.flatMap(({ clientId, origins }) => (origins === undefined ? [] : [[clientId, origins]])),
      ),
    },
    announce: {
      ...factsOf(functions.announce),
      grafanaUrl,
      changeEventsUrl: changeEventsUrl(settings.observability.pager.account),
      dashboardUrl: dashboardUrl(grafanaUrl, namePrefix, "overview"),
      grafanaTokenSecretName: secretNames(namePrefix).grafanaToken,
      pagerKeySecretName: secretNames(namePrefix).pagerDutyKey,
      rotatedSecrets: watchedSecrets(settings).map(({ name }) => name),
    },
  };
}
