import type { Agent } from "../agents/agents.schema";
import type { Client } from "../clients/clients.schema";
import { readContract } from "../contract/contract";
import { prober, type ProberSettings } from "./prober.schema";
import { somePins } from "../pins/testSupport";
import type { ProberArgs } from "./proberRules";

/** What tests share: good settings of the prober, and agents of every class. */

export const rawProber = () => ({
  clientId: "prober",
  namespace: "fase-b-prober",
  secretsRoleArn: "arn:aws:iam::123456789012:role/fase-b-staging-prober-secrets",
  intervalSeconds: 60,
  timeoutSeconds: 10,
  egress: [{ to: ["198.51.100.0/24"], port: 443 }],
  prometheus: { namespace: "monitoring", podLabels: { "app.kubernetes.io/name": "prometheus" } },
  externalSecretsMetrics: "external-secrets-metrics.external-secrets.svc:8080",
  alerts: {
    downAfterSeconds: 120,
    unreachableAfterSeconds: 300,
    proberDownAfterSeconds: 300,
    unprovenAfterSeconds: 1_800,
  },
});

export const proberSettings = (): ProberSettings => prober.parse(rawProber());

const configuration = (route: string, team: string): Agent["configuration"] => ({
  routes: [route],
  clients: ["web-app", "prober"],
  maxConcurrentRequests: 10,
  alertLabels: { team, severity: "page" },
});

const http = (id: string, route: string, team: string): Agent => ({
  id,
  domain: `${id}.staging.example.com`,
  protocol: "http",
  certificate: { source: "issue" },
  ...(route.endsWith("tickets")
    ? {}
    : { upstream: { url: `https://${id}.agents.staging.example.com`, timeoutMs: 20_000 } }),
  configuration: configuration(route, team),
});

/** An agent of every class. */
export const someAgents = (): Agent[] => [
  http("chat-01", "/chat", "chat"),
  http("vision-01", "/vision", "vision"),
  http("voice-tickets-01", "/realtime-voice/tickets", "voice"),
  {
    id: "voice-01",
    domain: "voice-01.staging.example.com",
    protocol: "websocket",
    certificate: { source: "issue" },
    upstream: { url: "https://voice-01.agents.staging.example.com:8443", timeoutMs: 10_000 },
    configuration: configuration("/realtime-voice", "voice"),
  },
];

export const proberClient = (): Client => ({
  clientId: "prober",
  tier: "bronze",
  monthlyQuotaRequests: 1_500_000,
});

export const proberArgs = (over: Partial<ProberArgs> = {}): ProberArgs => ({
  namePrefix: "fase-b-staging",
  region: "eu-west-1",
  settings: proberSettings(),
  secretsRefreshMinutes: 10,
  agentsPlace: { namespace: "fase-b-agents", port: 8443 },
  agents: someAgents(),
  contract: readContract(),
  pins: somePins(),
  domainCertificates: { lifetimeDays: 198, alarmAtRemainingPercent: 20 },
  serviceCertificates: { lifetimeDays: 7, alarmAtRemainingPercent: 25 },
  ...over,
});
