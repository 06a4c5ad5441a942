import type { RotationFunctionName } from "../edge/functionNames";
import type { FunctionFacts } from "../functions/configuration";
import type { RotateClientKeysConfiguration } from "../functions/rotate-client-keys/configuration";
import type { RotateEdgeCertificateConfiguration } from "../functions/rotate-edge-certificate/configuration";
import type { RotateGrafanaTokenConfiguration } from "../functions/rotate-grafana-token/configuration";
import type { RotateProberCertificatesConfiguration } from "../functions/rotate-prober-certificates/configuration";
import type { RotateScannerCertificateConfiguration } from "../functions/rotate-scanner-certificate/configuration";
import type { RotateStageCertificateConfiguration } from "../functions/rotate-stage-certificate/configuration";
import type { TrustWatchConfiguration, WatchedSecret } from "../functions/trust-watch/configuration";
import type { TrustThresholds } from "../functions/trust-watch/trustThresholds.schema";
import type { Settings } from "../settings/settings.schema";
import { SCANNER_LIFE_DAYS } from "./rotationRules";
import { longestLifeHours, type RotationSchedule } from "./schedule";
import { secretNames } from "./secretsRules";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A rotation takes minutes; a day later it is stuck. */
const STAGED_MS = DAY_MS;
/** The service tries a failed rotation again by itself before anybody is asked. */
const GRACE_MS = DAY_MS;
const GRAFANA_TIMEOUT_MS = 10_000;
/** Who the functions are to agents. */
export const EDGE_SERVICE_URI = "urn:fase-b:service:edge";

/** What the functions that rotate are told of the stack, by function. */
export interface RotationConfigurations extends Record<RotationFunctionName, FunctionFacts> {
  readonly "rotate-client-keys": RotateClientKeysConfiguration;
  readonly "rotate-edge-certificate": RotateEdgeCertificateConfiguration;
  readonly "rotate-prober-certificates": RotateProberCertificatesConfiguration;
  readonly "rotate-scanner-certificate": RotateScannerCertificateConfiguration;
  readonly "rotate-grafana-token": RotateGrafanaTokenConfiguration;
  readonly "rotate-stage-certificate": RotateStageCertificateConfiguration;
  readonly "trust-watch": TrustWatchConfiguration;
}

/** Every secret that somebody rotates; an authority's keys change with its generation, and its life is watched instead. */
export function watchedSecrets({ namePrefix, clients, secrets }: Settings): readonly WatchedSecret[] {
  const names = secretNames(namePrefix);
  const { clientKeys, edgeCertificate, proberCertificates, scannerCertificate, grafanaToken } =
    secrets.rotation;
  return [
    ...clients.map(({ clientId }) => ({
      name: names.clientKey(clientId),
      rotationMs: longestLifeMs(clientKeys),
    })),
    { name: names.edgeCertificate, rotationMs: longestLifeMs(edgeCertificate) },
    { name: names.proberCertificates, rotationMs: longestLifeMs(proberCertificates) },
    { name: names.scannerCertificate, rotationMs: longestLifeMs(scannerCertificate) },
    { name: names.grafanaToken, rotationMs: longestLifeMs(grafanaToken) },
    { name: names.pagerDutyKey },
  ];
}

/** Pure: the same settings give the same texts. No secret is in them. */
export function rotationConfigurations(
  settings: Settings,
  trustTable: string,
  facts: FunctionFacts,
): RotationConfigurations {
  const { namePrefix, clients, secrets, trust, gateway, account, prober, scanning, observability } = settings;
  const { clientKeys, edgeCertificate, proberCertificates, grafanaToken, stageCertificate } =
    secrets.rotation;
  const nextScannerMs = longestLifeMs(secrets.rotation.scannerCertificate);
  const scannerLifeMs = SCANNER_LIFE_DAYS * DAY_MS;
  const names = secretNames(namePrefix);
  const issuing = issuingGeneration(settings);
  // What an authorizer may still go by when a record has changed, whatever fails.
  const settleMs = trust.records.maxAgeSeconds * 1000;
  const { lifetimeDays, alarmAtRemainingPercent } = trust.leaves.services;
  const serviceLeaf = (schedule: RotationSchedule) => ({
    lifeMs: lifetimeDays * DAY_MS,
    nextRotationMs: longestLifeMs(schedule),
    // What is left of a leaf when its alarm rings: so long a failed rotation goes unfelt.
    overlapMs: Math.floor((lifetimeDays * DAY_MS * alarmAtRemainingPercent) / 100),
  });
  const issuedDays = new Map([
    [prober.clientId, lifetimeDays],
    [scanning.clientId, SCANNER_LIFE_DAYS],
  ]);
  const daysOf = (clientId: string): number => issuedDays.get(clientId) ?? trust.leaves.clients.lifetimeDays;
  const stage = { apiName: namePrefix, stageName: gateway.stageName };

  return {
    "rotate-client-keys": {
      ...facts,
      trustTable,
      settleMs,
      overlapMs: clientKeys.overlapDays * DAY_MS,
    },
    "rotate-edge-certificate": {
      ...facts,
      ...serviceLeaf(edgeCertificate),
      trustTable,
      secretName: names.edgeCertificate,
      issuerSecretName: names.authority(issuing, "services-issuer"),
      serviceUri: EDGE_SERVICE_URI,
    },
    "rotate-prober-certificates": {
      ...facts,
      ...serviceLeaf(proberCertificates),
      trustTable,
      settleMs,
      secretName: names.proberCertificates,
      issuerSecretName: names.authority(issuing, "clients-issuer"),
      proberId: prober.clientId,
    },
    "rotate-scanner-certificate": {
      ...facts,
      trustTable,
      secretName: names.scannerCertificate,
      issuerSecretName: names.authority(issuing, "clients-issuer"),
      scannerId: scanning.clientId,
      lifeMs: scannerLifeMs,
      nextRotationMs: nextScannerMs,
      // Below this its alarm rings, as any client's.
      overlapMs: Math.floor((scannerLifeMs * trust.leaves.clients.alarmAtRemainingPercent) / 100),
    },
    "rotate-grafana-token": {
      ...facts,
      secretName: names.grafanaToken,
      tokenName: `${namePrefix}-dashboards`,
      url: observability.grafana.url,
      serviceAccountId: grafanaToken.serviceAccountId,
      // Good for one rotation that failed, and not for ever.
      lifeMs: 2 * longestLifeMs(grafanaToken) + grafanaToken.overlapDays * DAY_MS,
      nextRotationMs: longestLifeMs(grafanaToken),
      overlapMs: grafanaToken.overlapDays * DAY_MS,
      timeoutMs: GRAFANA_TIMEOUT_MS,
    },
    "rotate-stage-certificate": {
      ...facts,
      ...stage,
      description: `${namePrefix}: made by its rotation`,
      replaceAfterMs: stageCertificate.everyDays * DAY_MS,
      overlapMs: stageCertificate.overlapDays * DAY_MS,
      quota: account.quotas.clientCertificates,
    },
    "trust-watch": {
      ...facts,
      ...stage,
      trustTable,
      clientLivesMs: Object.fromEntries(clients.map(({ clientId }) => [clientId, daysOf(clientId) * DAY_MS])),
      secrets: watchedSecrets(settings),
      graceMs: GRACE_MS,
      stagedMs: STAGED_MS,
    },
  };
}

/** When somebody is paged, of the same settings by which lives are given and secrets rotated. */
export const trustThresholds = ({
  trust,
  secrets,
}: Pick<Settings, "trust" | "secrets">): TrustThresholds => ({
  certificateLifePercent: trust.leaves.clients.alarmAtRemainingPercent,
  authorityLifePercent: trust.alarmAtRemainingPercent,
  stageCertificateLifePercent: secrets.rotation.stageCertificate.alarmAtRemainingPercent,
  secretAgeDays: secrets.watch.staleAfterDays,
});

export function issuingGeneration({ trust }: Pick<Settings, "trust">): string {
  const issuing = trust.generations.find(({ state }) => state === "issuing");
  if (issuing === undefined) throw new Error("no generation issues: the schema refuses that");
  return issuing.id;
}

function longestLifeMs(schedule: RotationSchedule): number {
  const hours = longestLifeHours(schedule);
  if (hours === undefined) throw new Error(`${schedule.schedule} is no schedule: the schema refuses it`);
  return hours * HOUR_MS;
}
