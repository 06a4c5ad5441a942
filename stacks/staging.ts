import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { relative } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { AgentDomain } from "../infra/agents/agentDomain";
import { AlarmTopic } from "../infra/alarms/alarms";
import { CertificateWatch } from "../infra/certificates/certificateWatch";
import { IssuedCertificate } from "../infra/certificates/issuedCertificate";
import { ClientAccess } from "../infra/clients/clients";
import { bodyLimits, methodThrottles, toApiGatewayBody } from "../infra/contract/apiGatewayBody";
import type { Contract } from "../infra/contract/contract";
import { DataPlane } from "../infra/data/data";
import { dataRights } from "../infra/data/dataRules";
import { VALIDATING, type BuiltFunctions } from "../infra/edge/bundle";
import type { FunctionName } from "../infra/edge/functionNames";
import type { LambdaSettings } from "../infra/edge/edge.schema";
import { functionConfigurations } from "../infra/edge/functionConfigurations";
import { LambdaFunction } from "../infra/edge/lambdaFunction";
import { LatencyBudget } from "../infra/edge/latencyBudget";
import { Encryption } from "../infra/encryption/encryption";
import { Firewall } from "../infra/firewall/firewall";
import { EvidenceStore } from "../infra/evidence/evidenceStore";
import { CONFIGURATION_FILE, VALIDATORS_FILE } from "../infra/functions/configuration";
import { Gateway } from "../infra/gateway/gateway";
import { AlertRules } from "../infra/observability/alerts/alertRules";
import { Dashboards } from "../infra/observability/dashboards/dashboardSet";
import { dataSources } from "../infra/observability/dashboards/dataSources";
import { observed } from "../infra/observability/observed";
import { GrafanaWatch } from "../infra/observability/grafanaWatch";
import { Pager } from "../infra/observability/pager/pager";
import { pagerSecret } from "../infra/observability/pager/pagerRules";
import {
  createGrafanaProvider,
  createPagerProvider,
  type ServiceCredentials,
} from "../infra/observability/providers";
import { Reader } from "../infra/observability/reader/reader";
import { Announcements } from "../infra/observability/announcements/announcements";
import { deployedDigest } from "../infra/observability/announcements/deployed";
import { LogMetrics } from "../infra/observability/logMetrics/logMetrics";
import { scansLogGroupName } from "../infra/observability/logMetrics/logMetricsRules";
import { LogFindings, LogProtection } from "../infra/observability/logMetrics/logProtection";
import type { Settings } from "../infra/settings/settings.schema";
import type { AccountScope } from "../infra/shared/arn";
import type { Statement } from "../infra/shared/statement";
import { AgentsCluster } from "../infra/cluster/cluster";
import { createClusterProvider, manifestsFolder } from "../infra/cluster/provider";
import { evidenceNames, scanResultsRoleName } from "../infra/evidence/evidenceNames";
import type { Pins } from "../infra/pins/pins";
import { Prober } from "../infra/prober/prober";
import { Scanning } from "../infra/scanning/scanning";
import { KeptSecret } from "../infra/secrets/keptSecret";
import { RotatedSecret } from "../infra/secrets/rotatedSecret";
import { issuingGeneration, trustThresholds, watchedSecrets } from "../infra/secrets/rotationConfigurations";
import { RotationSchedules } from "../infra/secrets/rotationSchedules";
import { createRotators } from "../infra/secrets/rotators";
import { SecretRights } from "../infra/secrets/secretRights";
import { secretNames } from "../infra/secrets/secretsRules";
import type { Sbom } from "../infra/supplyChain/sbomIndex";
import { SupplyChain } from "../infra/supplyChain/supplyChain";
import { TrustAlarms } from "../infra/secrets/trustAlarms";
import { SecretVault } from "../infra/secrets/vault";
import { createAuthorities } from "../infra/trust/authorities";
import { Trust } from "../infra/trust/trust";
import { TrustRecords } from "../infra/trust/trustRecords";
import { VoiceGateway } from "../infra/voice/voice";
import { connectionRights } from "../infra/voice/voiceRules";
import type { ClauseId } from "../policies/clauses";

export interface StackOutputs {
  /** Every agent's custom domain, by agent. */
  readonly domains: Readonly<Record<string, string>>;
  readonly restApiId: pulumi.Output<string>;
  readonly stageName: string;
  /** By client id. */
  readonly usagePlanIds: Readonly<Record<string, pulumi.Output<string>>>;
  readonly webAclArn: pulumi.Output<string>;
  readonly webSocketApiId: pulumi.Output<string>;
  readonly truststore: { readonly uri: string; readonly version: pulumi.Output<string> };
}

/**
 * Staging, in the work order's order.
 *
 * After each part the event loop has its turn: what was declared is registered while the rest is composed.
 */
export async function staging(
  settings: Settings,
  contract: Contract,
  built: BuiltFunctions,
  pins: Pins,
  credentials: ServiceCredentials,
  sboms: readonly Sbom[],
): Promise<StackOutputs> {
  const { account, namePrefix, agents } = settings;
  const scope: AccountScope = { partition: "aws", accountId: account.id, region: account.region };
  const opts = explicitProviders(settings, credentials);
  const { observability } = settings;

  // What everything else rests on
  const { keyArn: logKeyArn } = new Encryption("encryption", { namePrefix, scope }, opts);

  // B1.2 to B1.5: who is paged, and who hears alarms when Grafana is not there
  const pager = new Pager("pager", { namePrefix, settings: observability.pager }, opts);
  const topic = { namePrefix, scope, keyArn: logKeyArn };
  const alarms = new AlarmTopic(
    "alarms",
    { ...topic, kind: "ticket", pagerEndpoint: pager.alarmsEndpoint },
    opts,
  );
  const pages = new AlarmTopic(
    "page-alarms",
    { ...topic, kind: "page", pagerEndpoint: pager.pageAlarmsEndpoint },
    opts,
  );
  const { silentMinutes } = observability.alerts;
  new GrafanaWatch(
    "grafana-watch",
    { namePrefix, pages, alarms, silentMinutes, runbookUrl: observability.runbookUrl },
    opts,
  );
  const logs = { namePrefix, scope, logRetentionDays: settings.functions.logRetentionDays, logKeyArn };
  const findings = new LogFindings("log-findings", logs, opts);

  // B6.1: where secrets rest
  const names = secretNames(namePrefix);
  const { vault } = new SecretVault("secrets", { namePrefix, scope, settings: settings.secrets }, opts);

  await turn();

  // B5.2, B5.3: the authority, and whom the gateway believes
  const authority = createAuthorities(
    {
      namePrefix,
      settings: settings.trust,
      vault,
      issuerRoles: {
        functions: {
          "clients-issuer": ["rotate-prober-certificates", "rotate-scanner-certificate"].map(
            (name) => `${namePrefix}-${name}`,
          ),
          "services-issuer": [`${namePrefix}-rotate-edge-certificate`],
        },
        cluster: settings.cluster.agents.secretsRoleArn,
      },
    },
    opts,
  );
  const trust = new Trust(
    "trust",
    {
      namePrefix,
      scope,
      truststorePem: authority.truststorePem,
      keepOldVersionsDays: settings.trust.keepOldVersionsDays,
    },
    opts,
  );

  await turn();

  // B3.1, B3.2, B3.3, B4.1, B4.2: what the functions remember between requests, and whom they trust
  const data = new DataPlane("data", { namePrefix, scope, settings: settings.data }, opts);
  const rights = dataRights(data.names, scope);
  const trustTable = data.names.tables.trust;
  const secretRights = new SecretRights(scope, namePrefix);
  const ownCertificate = [
    secretRights.read("OwnCertificate", [names.edgeCertificate]),
    secretRights.key("kms:Decrypt"),
  ];
  new TrustRecords(
    "trust-records",
    {
      tableName: trustTable,
      clientsIssuersPem: authority.clientsIssuersPem,
      servicesPem: authority.servicesPem,
      namePrefix,
      vault,
      clusterRoles: [settings.cluster.agents.secretsRoleArn, settings.prober.secretsRoleArn],
      needs: data.resources,
    },
    opts,
  );

  await turn();

  // The functions that requests pass through, and what each may take of the p95 that was ordered (B8.1)
  new LatencyBudget("latency-budget", { hops: settings.latencyBudget }, opts);
  const configurations = functionConfigurations(settings, contract, data.names);
  // Relative to the program's own folder, so that a preview is the same in every checkout.
  const asset = (file: string): pulumi.asset.Asset =>
    new pulumi.asset.FileAsset(relative(process.cwd(), file));
  const filesOf = (name: FunctionName): Record<string, pulumi.asset.Asset> => ({
    "index.js": asset(built.bundles[name]),
    [CONFIGURATION_FILE]: new pulumi.asset.StringAsset(JSON.stringify(configurations[name], null, 1)),
    ...(name === VALIDATING ? { [VALIDATORS_FILE]: asset(built.validators) } : {}),
  });
  // B6.2: what the program and each function are made of
  new SupplyChain("supply-chain", { sboms }, opts);

  const functions: LambdaFunction[] = [];
  const lambda = (
    functionName: FunctionName,
    description: string,
    clauses: readonly ClauseId[],
    limits: LambdaSettings,
    own: readonly Statement[] = [],
  ): LambdaFunction => {
    const made = new LambdaFunction(
      functionName,
      {
        ...logs,
        functionName,
        description,
        clauses,
        files: filesOf(functionName),
        codeSha256: built.digests[functionName],
        settings: limits,
        rights: own,
        needs: own.length > 0 ? data.resources : [],
      },
      opts,
    );
    functions.push(made);
    return made;
  };
  const edge = lambda(
    "edge",
    "Between gateway and agents",
    ["B1.6", "B3.1", "B3.2", "B3.3", "B4.1", "B4.3"],
    settings.functions.edge,
    [...rights.edge, ...ownCertificate],
  );
  const authorizer = lambda(
    "authorizer",
    "Knows the client",
    ["B1.6", "B5.3"],
    settings.functions.authorizer,
    rights.authorizer,
  );
  const voiceHandler = lambda("voice", "Carries voice sessions", ["B4.2"], settings.functions.voice, [
    ...rights.voice,
    ...ownCertificate,
    ...connectionRights(scope, settings.voice.stageName),
  ]);
  const voiceAuthorizer = lambda(
    "voice-authorizer",
    "Redeems the ticket of a voice session",
    ["B5.3"],
    settings.functions.voiceAuthorizer,
    rights.voiceAuthorizer,
  );

  await turn();

  // B5.2, B6.1: what rotates secrets and certificates, and watches over them
  const rotators = createRotators(
    {
      namePrefix,
      scope,
      proberClientId: settings.prober.clientId,
      scannerClientId: settings.scanning.clientId,
      issuingGeneration: issuingGeneration(settings),
      trustTable,
      restStageName: settings.gateway.stageName,
      tablesKey: rights.tablesKey,
    },
    (name, description, own) =>
      lambda(name, description, ["B5.2", "B6.1"], settings.functions.rotations, own),
  );
  const announcer = lambda(
    "announce",
    "Tells pager and dashboards of deployments and rotations",
    ["B1.1", "B7.5"],
    settings.functions.announce,
    [
      secretRights.read("Announces", [names.grafanaToken, names.pagerDutyKey]),
      secretRights.key("kms:Decrypt"),
    ],
  );

  await turn();

  // B1.6, B4.3, B5.3: the gateway
  const routes = methodThrottles(contract, settings.limits);
  const { body } = toApiGatewayBody(contract, {
    title: namePrefix,
    edgeInvocationUri: edge.invocationUri,
    authorizerInvocationUri: authorizer.invocationUri,
    integrationTimeoutMs: settings.gateway.integrationTimeoutMs,
    retryAfter: settings.gateway.retryAfter,
  });
  const gateway = new Gateway(
    "gateway",
    { namePrefix, scope, settings: settings.gateway, body, throttles: routes, edge, authorizer, logKeyArn },
    opts,
  );
  const voice = new VoiceGateway(
    "voice-gateway",
    {
      namePrefix,
      scope,
      settings: settings.voice,
      handler: voiceHandler,
      authorizer: voiceAuthorizer,
      logRetentionDays: settings.gateway.logRetentionDays,
      logKeyArn,
    },
    opts,
  );

  // B4.1: a usage plan and a key for each client
  const usagePlanIds: Record<string, pulumi.Output<string>> = {};
  for (const client of settings.clients) {
    await turn();
    const tier = settings.tiers[client.tier];
    if (!tier) throw new Error(`client ${client.clientId} has the unknown tier ${client.tier}`);
    const access = new ClientAccess(
      `client-${client.clientId}`,
      {
        namePrefix,
        client,
        tier,
        quotaMarginPercent: settings.gateway.quotaMarginPercent,
        restApiId: gateway.api.id,
        stageName: gateway.stage.stageName,
        throttles: routes,
        trustTable,
        needs: data.resources,
        vault,
        keyReaders: [
          rotators["rotate-client-keys"].functionName,
          ...[settings.prober, settings.scanning].flatMap(({ clientId, secretsRoleArn }) =>
            client.clientId === clientId ? [secretsRoleArn] : [],
          ),
        ],
        rotation: {
          by: rotators["rotate-client-keys"],
          schedule: settings.secrets.rotation.clientKeys,
          needs: data.resources,
        },
      },
      opts,
    );
    usagePlanIds[client.clientId] = access.planId;
  }

  await turn();

  // B6.1: every other secret, made by its rotation
  const { rotation } = settings.secrets;
  const readers = [edge, voiceHandler].map(({ functionName }) => functionName);
  new RotatedSecret(
    "edge-certificate",
    {
      vault,
      clauses: ["B5.2", "B5.3", "B6.1"],
      secretName: names.edgeCertificate,
      description: "Fase B: the certificate that edge and voice show to agents",
      roles: [rotators["rotate-edge-certificate"].functionName, ...readers],
      rotation: {
        by: rotators["rotate-edge-certificate"],
        schedule: rotation.edgeCertificate,
        needs: authority.resources,
      },
    },
    opts,
  );
  new RotatedSecret(
    "prober-certificates",
    {
      vault,
      clauses: ["B1.5", "B6.1"],
      secretName: names.proberCertificates,
      description: "Fase B: the certificates with which the prober tries the doors",
      roles: [rotators["rotate-prober-certificates"].functionName, settings.prober.secretsRoleArn],
      rotation: {
        by: rotators["rotate-prober-certificates"],
        schedule: rotation.proberCertificates,
        needs: authority.resources,
      },
    },
    opts,
  );
  new RotatedSecret(
    "scanner-certificate",
    {
      vault,
      clauses: ["B2.1", "B2.2", "B6.1"],
      secretName: names.scannerCertificate,
      description: "Fase B: the certificate with which scans call",
      roles: [rotators["rotate-scanner-certificate"].functionName, settings.scanning.secretsRoleArn],
      rotation: {
        by: rotators["rotate-scanner-certificate"],
        schedule: rotation.scannerCertificate,
        needs: authority.resources,
      },
    },
    opts,
  );
  new RotatedSecret(
    "grafana-token",
    {
      vault,
      clauses: ["B6.1"],
      secretName: names.grafanaToken,
      description: "Fase B: the token of the dashboards' service account",
      roles: [rotators["rotate-grafana-token"].functionName, announcer.functionName],
      rotation: { by: rotators["rotate-grafana-token"], schedule: rotation.grafanaToken, needs: [] },
    },
    opts,
  );
  const pagerKey = new KeptSecret(
    "pagerduty-key",
    {
      vault,
      clauses: ["B6.1"],
      secretName: names.pagerDutyKey,
      description: "Fase B: the key of the pager's service that wakes, for change events",
      roles: [announcer.functionName],
      value: pager.pageKey.apply(pagerSecret),
    },
    opts,
  );
  const secretsWatched = watchedSecrets(settings);
  new TrustAlarms(
    "trust-watch",
    {
      namePrefix,
      alarms,
      watch: rotators["trust-watch"],
      everyHours: settings.secrets.watch.everyHours,
      thresholds: trustThresholds(settings),
      clientIds: settings.clients.map(({ clientId }) => clientId),
      secrets: secretsWatched,
      rotators: Object.values(rotators),
    },
    opts,
  );
  new RotationSchedules("rotations", { namePrefix, alarms, rotators }, opts);

  await turn();

  // B5.2, B1.5: the agents' place in the cluster, and what tries the doors from there
  const inCluster = {
    providers: {
      kubernetes: createClusterProvider(
        "kubernetes",
        settings.cluster,
        `../${manifestsFolder(settings.stack)}`,
      ),
    },
  };
  new AgentsCluster(
    "cluster",
    {
      namePrefix,
      region: account.region,
      settings: settings.cluster,
      agents,
      generations: settings.trust.generations,
      lifetimeDays: settings.trust.leaves.services.lifetimeDays,
      proberNamespace: settings.prober.namespace,
    },
    inCluster,
  );
  new Prober(
    "prober",
    {
      namePrefix,
      region: account.region,
      settings: settings.prober,
      secretsRefreshMinutes: settings.cluster.secretsRefreshMinutes,
      agentsPlace: settings.cluster.agents,
      agents,
      contract,
      pins,
      domainCertificates: settings.certificates,
      serviceCertificates: settings.trust.leaves.services,
    },
    inCluster,
  );

  // B2.1, B2.2: scans of every night and on demand, and how their reports leave the cluster
  const { bucket, keyAlias } = evidenceNames(namePrefix, scope);
  new Scanning(
    "scanning",
    {
      namePrefix,
      stack: settings.stack,
      scope,
      settings: settings.scanning,
      secretsRefreshMinutes: settings.cluster.secretsRefreshMinutes,
      agents,
      contract,
      pins,
      roleName: scanResultsRoleName(namePrefix),
      results: { bucketName: bucket, keyAlias, logGroupName: scansLogGroupName(namePrefix) },
    },
    { providers: { ...opts.providers, ...inCluster.providers } },
  );

  await turn();

  // B4.3, B4.4: the firewall
  const vision = bodyLimits(contract, settings.limits).find((limit) => limit.bodyLimitClass === "vision");
  if (!vision) throw new pulumi.RunError(noVisionRoute);
  const firewall = new Firewall(
    "firewall",
    {
      namePrefix,
      scope,
      settings: settings.firewall,
      scanAddresses: settings.scanning.egressAddresses,
      stageArn: gateway.stage.arn,
      logsKmsKeyArn: logKeyArn,
      needs: findings.resources,
      visionPath: vision.path,
      visionMaxBytes: vision.maxBytes,
    },
    opts,
  );

  // B5.1, B5.4, B8.4: a certificate and a domain for each agent
  const certificateArns: { readonly agentId: string; readonly arn: pulumi.Input<string> }[] = [];
  for (const agent of agents) {
    await turn();
    const { certificate, domain, id } = agent;
    const certificateArn =
      certificate.source === "issue"
        ? new IssuedCertificate(`certificate-${id}`, { domain, hostedZoneId: account.hostedZoneId }, opts)
            .validatedArn
        : certificate.arn;
    certificateArns.push({ agentId: id, arn: certificateArn });
    new AgentDomain(
      `agent-${id}`,
      {
        agent,
        hostedZoneId: account.hostedZoneId,
        certificateArn,
        truststoreUri: trust.truststoreUri,
        truststoreVersion: trust.truststoreVersion,
        restApiId: gateway.api.id,
        restStageName: gateway.stage.stageName,
        webSocketApiId: voice.api.id,
        webSocketStageId: voice.stage.id,
      },
      opts,
    );
  }
  new CertificateWatch(
    "certificate-watch",
    { namePrefix, settings: settings.certificates, alarms, certificateArns },
    opts,
  );

  await turn();

  // B1.1, B1.4, B8.3: what is counted in logs, and what is masked there
  const gatewayLogs = { ...gateway.logGroups, ...voice.logGroups };
  const logMetrics = new LogMetrics(
    "log-metrics",
    {
      ...logs,
      objective: settings.observability.objectives.latency,
      page: settings.observability.alerts.chatLatency,
      proberClientId: settings.prober.clientId,
      groups: [...Object.values(gatewayLogs), findings.logGroup],
    },
    opts,
  );
  new LogProtection(
    "log-protection",
    {
      namePrefix,
      scope,
      findings,
      groups: {
        ...gatewayLogs,
        scans: logMetrics.scansLogGroup,
        ...Object.fromEntries(functions.map(({ functionName, logGroup }) => [functionName, logGroup])),
      },
    },
    opts,
  );

  await turn();

  // B1.1 to B1.5: what people look at, and what wakes them
  const { readerPrincipalArn: principalArn, externalId, url: grafanaUrl } = observability.grafana;
  const reader = new Reader("grafana-reader", { namePrefix, scope, principalArn, externalId }, opts);
  const { dashboards, ruleGroups } = observed(settings, contract);
  const shown = new Dashboards(
    "dashboards",
    { namePrefix, dashboards, dataSources: dataSources(settings, reader.roleArn) },
    opts,
  );
  new AlertRules(
    "alerts",
    {
      namePrefix,
      stack: settings.stack,
      grafanaUrl,
      pagerAccount: observability.pager.account,
      groups: ruleGroups,
      keys: { page: pager.pageKey, ticket: pager.ticketKey },
      needs: [shown.folder, ...shown.dataSources],
    },
    opts,
  );

  // B0.4: evidence, where nobody can alter it
  new EvidenceStore(
    "evidence",
    { namePrefix, stack: settings.stack, scope, settings: settings.evidence, topicKeyArn: logKeyArn },
    opts,
  );

  // What changes is shown there, and told to whom is on call
  new Announcements(
    "announcements",
    {
      scope,
      announcer,
      rotators: Object.entries(rotators).flatMap(([name, rotator]) =>
        name === "trust-watch" ? [] : [rotator],
      ),
      digest: deployedDigest({ settings, body }, { ...built.bundles, validators: built.validators }),
      deployed: [gateway.stage, voice.stage, pagerKey, ...functions.map(({ alias }) => alias)],
    },
    opts,
  );

  return {
    domains: Object.fromEntries(agents.map((agent) => [agent.id, agent.domain])),
    restApiId: gateway.api.id,
    stageName: gateway.stageName,
    usagePlanIds,
    webAclArn: firewall.webAclArn,
    webSocketApiId: voice.api.id,
    truststore: { uri: trust.truststoreUri, version: trust.truststoreVersion },
  };
}

const noVisionRoute =
  "infra/contract/openapi.yaml: got no route of the body class vision; allowed: one, which the firewall counts apart " +
  "(B4.3); fix: mark it with x-fase-b-body-limit: vision";

/** The providers are explicit: one region, and the one account that they may touch. */
function explicitProviders(
  { account, stack, namePrefix, observability }: Settings,
  credentials: ServiceCredentials,
): pulumi.ComponentResourceOptions {
  const awsProvider = new aws.Provider("aws", {
    region: account.region,
    allowedAccountIds: [account.id],
    defaultTags: { tags: { project: "fase-b", stack, namePrefix, managedBy: "pulumi" } },
  });
  const tlsProvider = new tls.Provider("tls");
  return {
    providers: {
      aws: awsProvider,
      tls: tlsProvider,
      grafana: createGrafanaProvider("grafana", observability.grafana.url, credentials),
      pagerduty: createPagerProvider("pagerduty", observability.pager.account, credentials),
    },
  };
}
