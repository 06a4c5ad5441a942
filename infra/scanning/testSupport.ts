import type { Agent } from "../agents/agents.schema";
import { readContract } from "../contract/contract";
import { somePins } from "../pins/testSupport";
import { someAgents } from "../prober/testSupport";
import { scanning, type ScanningSettings } from "./scanning.schema";
import type { ScanningManifestsArgs } from "./scanningRules";
import { readScripts } from "./scripts";

/** What tests share: good settings of the scans, and agents that let the scanner in. */

export const rawScanning = () => ({
  clientId: "scanner",
  namespace: "fase-b-scanning",
  secretsRoleArn: "arn:aws:iam::123456789012:role/fase-b-staging-scanning-secrets",
  oidcIssuer: "oidc.eks.eu-west-1.amazonaws.com/id/00000000000000000000000000000000",
  egressAddresses: ["203.0.113.7/32"],
  egress: [{ to: ["198.51.100.0/24"], port: 443 }],
  resultsEgress: [{ to: ["192.0.2.128/25"], port: 443 }],
  requestsPerSecond: 5,
  historyRuns: 3,
  missingAfterHours: 26,
  scans: {
    "zap-baseline": { schedule: "17 1 * * *", timeoutMinutes: 15 },
    "zap-authenticated": { schedule: "17 2 * * *", timeoutMinutes: 120 },
    fuzz: { schedule: "17 5 * * *", timeoutMinutes: 60, secondsPerRoute: 600 },
  },
});

export const scanningSettings = (over: object = {}): ScanningSettings =>
  scanning.parse({ ...rawScanning(), ...over });

/** An agent of every class, each of which lets the scanner in. */
export const scannedAgents = (): Agent[] =>
  someAgents().map((agent) => ({
    ...agent,
    configuration: { ...agent.configuration, clients: ["web-app", "scanner"] },
  }));

export const scanningArgs = (over: Partial<ScanningManifestsArgs> = {}): ScanningManifestsArgs => ({
  namePrefix: "fase-b-staging",
  stack: "staging",
  region: "eu-west-1",
  settings: scanningSettings(),
  secretsRefreshMinutes: 10,
  agents: scannedAgents(),
  contract: readContract(),
  pins: somePins(),
  scripts: readScripts(),
  results: {
    bucketName: "fase-b-staging-evidence-123456789012",
    keyAlias: "alias/fase-b-staging-evidence",
    logGroupName: "/fase-b/fase-b-staging/scans",
    roleArn: "arn:aws:iam::123456789012:role/fase-b-staging-scan-results",
  },
  ...over,
});
