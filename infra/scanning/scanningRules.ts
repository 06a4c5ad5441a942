import { dump } from "js-yaml";
import type { Agent } from "../agents/agents.schema";
import { partOf } from "../cluster/clusterRules";
import { externalSecret, secretsSource } from "../cluster/externalSecrets";
import type { Manifest } from "../cluster/manifest";
import { allowEgress, denyAll, tcp, toDns, type Opening, type Peer } from "../cluster/networkPolicies";
import { closedNamespace, inPlace, type Place } from "../cluster/objects";
import type { Contract } from "../contract/contract";
import { imageReference, type ImageName, type Pins } from "../pins/pins";
import { secretNames } from "../secrets/secretsRules";
import type { Problem } from "../shared/problem";
import { fuzzConfiguration } from "./fuzzConfiguration";
import type { ResultsPlaces } from "./resultsRights";
import {
  API_KEY_SECRET,
  CERTIFICATE_SECRET,
  FOLDERS,
  scanPod,
  SCRIPTS_CONFIG_MAP,
  SERVICE_ACCOUNT,
} from "./scanPods";
import { SCANS, type ScanName, type ScanningSettings } from "./scanning.schema";
import { contractFileName, routeContract, scanTargets, targetsFile, type ScanTarget } from "./scanTargets";
import type { Scripts } from "./scripts";
import { zapPlan, zapProperties } from "./zapPlan";

export interface ScanningManifestsArgs {
  readonly namePrefix: string;
  readonly stack: string;
  readonly region: string;
  readonly settings: ScanningSettings;
  readonly secretsRefreshMinutes: number;
  readonly agents: readonly Agent[];
  readonly contract: Contract;
  readonly pins: Pins;
  readonly scripts: Scripts;
  readonly results: ResultsPlaces & { readonly roleArn: string };
}

/** What runs each scan; who sends the reports away is the same for all. */
const TOOLS: Readonly<Record<ScanName, { readonly image: ImageName; readonly name: string }>> = {
  "zap-baseline": { image: "zap", name: "zap" },
  "zap-authenticated": { image: "zap", name: "zap" },
  fuzz: { image: "schemathesis", name: "schemathesis" },
};
const UPLOADER: ImageName = "aws-cli";

const SECONDS_PER_MINUTE = 60;
/** Of a run's time: to fetch the images, and to send the reports away. */
const AROUND_SECONDS = 300;
/** Of a tool's time: to write its report after it has stopped, and to begin a route. */
const CLOSING_SECONDS = 60;
/** A whole ConfigMap. https://kubernetes.io/docs/concepts/configuration/configmap/ */
const CONFIG_MAP_BYTES = 1_048_576;

/** How long a scan's tool may take before it is ended. */
export const limitSeconds = (timeoutMinutes: number): number =>
  timeoutMinutes * SECONDS_PER_MINUTE - AROUND_SECONDS;

/** The images that a scan needs and that nobody could look up. */
export const unpinnedImages = (pins: Pins): readonly ImageName[] =>
  [...new Set([...SCANS.map((scan) => TOOLS[scan].image), UPLOADER])].filter(
    (name) => imageReference(pins.images[name]) === undefined,
  );

/** Everything of the scans in the cluster. A scan of which an image is not pinned has no CronJob. */
export function scanningManifests(args: ScanningManifestsArgs): Manifest[] {
  const { namePrefix, region, settings, secretsRefreshMinutes, scripts } = args;
  const place: Place = { namespace: settings.namespace, labels: partOf(namePrefix, "scanning") };
  const targets = scanTargets(args.agents, args.contract, settings.clientId);
  if (targets.length === 0)
    throw new Error("no agent lets the scanner in: the settings' own check refuses that");
  return [
    closedNamespace(place),
    ...networkPolicies(place, settings),
    oneAtATime(place),
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: inPlace(place, SERVICE_ACCOUNT),
      automountServiceAccountToken: false,
    },
    ...secretsSource(place, region, settings.secretsRoleArn),
    ...fetchedSecrets(place, namePrefix, settings.clientId, secretsRefreshMinutes),
    configMap(place, SCRIPTS_CONFIG_MAP, scripts),
    ...SCANS.flatMap((scan) => [
      configMap(place, scan, configurationOf(scan, targets, args)),
      ...cronJob(place, scan, args),
    ]),
  ];
}

function networkPolicies(place: Place, { egress, resultsEgress }: ScanningSettings): Manifest[] {
  const openings = (stated: ScanningSettings["egress"]): Opening[] =>
    stated.map(({ to, port }) => {
      const [peer, ...peers] = to.map((cidr): Peer => ({ cidr }));
      if (!peer) throw new Error("egress to nowhere: the schema refuses it");
      return { peers: [peer, ...peers], ports: tcp(port) };
    });
  return [
    denyAll(place),
    allowEgress(place, "staging", [toDns, ...openings(egress)]),
    allowEgress(place, "results", openings(resultsEgress)),
  ];
}

/**
 * Two scans at once would ask twice what the settings allow: the second, also one that a person starts, waits until the first has ended.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
const oneAtATime = (place: Place): Manifest => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: inPlace(place, "one-at-a-time"),
  spec: { hard: { pods: "1" } },
});

const fetchedSecrets = (
  place: Place,
  namePrefix: string,
  clientId: string,
  refreshMinutes: number,
): Manifest[] => {
  const certificate = secretNames(namePrefix).scannerCertificate;
  return [
    externalSecret(place, refreshMinutes, {
      name: CERTIFICATE_SECRET,
      data: [
        { key: "certificate.pem", secretName: certificate, property: "certificatePem" },
        { key: "key.pem", secretName: certificate, property: "privateKeyPem" },
      ],
    }),
    externalSecret(place, refreshMinutes, {
      name: API_KEY_SECRET,
      data: [{ key: "api-key", secretName: secretNames(namePrefix).clientKey(clientId), property: "apiKey" }],
    }),
  ];
};

function configMap(place: Place, name: string, data: Readonly<Record<string, string>>): Manifest {
  const bytes = Object.values(data).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > CONFIG_MAP_BYTES) throw new Error(`ConfigMap ${name}: ${bytes} bytes of ${CONFIG_MAP_BYTES}`);
  return { apiVersion: "v1", kind: "ConfigMap", metadata: inPlace(place, name), data: { ...data } };
}

function configurationOf(
  scan: ScanName,
  targets: readonly ScanTarget[],
  { contract, settings }: ScanningManifestsArgs,
): Record<string, string> {
  const { requestsPerSecond, scans } = settings;
  const shared = {
    targets: targetsFile(targets),
    ...Object.fromEntries(
      targets.map((target) => [contractFileName(target), routeContract(contract, target)]),
    ),
  };
  if (scan === "fuzz") {
    const { certificate } = FOLDERS;
    return {
      ...shared,
      "schemathesis.toml": fuzzConfiguration({
        certificateFile: `${certificate}/certificate.pem`,
        keyFile: `${certificate}/key.pem`,
        requestsPerSecond,
      }),
    };
  }
  const plan = zapPlan({
    targets,
    configurationFolder: FOLDERS.configuration,
    reportsFolder: FOLDERS.reports,
    maxSeconds: limitSeconds(scans[scan].timeoutMinutes) - CLOSING_SECONDS,
    active: scan === "zap-authenticated",
  });
  return {
    ...shared,
    "plan.yaml": dump(plan, { lineWidth: -1, noRefs: true }),
    "zap.properties": zapProperties(requestsPerSecond),
  };
}

/** Nothing below `jobTemplate` knows of the schedule: `kubectl create job --from=cronjob/<scan>` runs the same. */
function cronJob(place: Place, scan: ScanName, args: ScanningManifestsArgs): Manifest[] {
  const { settings, pins } = args;
  const { schedule, timeoutMinutes } = settings.scans[scan];
  const tool = pins.images[TOOLS[scan].image];
  const [toolImage, uploadImage] = [imageReference(tool), imageReference(pins.images[UPLOADER])];
  if (toolImage === undefined || uploadImage === undefined) return [];
  const labels = { ...place.labels, "app.kubernetes.io/name": scan };
  return [
    {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: inPlace(place, scan),
      spec: {
        schedule,
        timeZone: "Etc/UTC",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 3_600,
        suspend: false,
        successfulJobsHistoryLimit: settings.historyRuns,
        failedJobsHistoryLimit: settings.historyRuns,
        jobTemplate: {
          metadata: { labels },
          spec: {
            // A second try would say "passed" of what failed once.
            backoffLimit: 0,
            activeDeadlineSeconds: timeoutMinutes * SECONDS_PER_MINUTE,
            template: {
              metadata: { labels },
              spec: scanPod({
                scan,
                tool: { image: toolImage, ...toolOf(scan, settings) },
                memory: scan === "fuzz" ? "1Gi" : "3Gi",
                cpu: scan === "fuzz" ? "1" : "2",
                withKey: scan !== "zap-baseline",
                upload: {
                  image: uploadImage,
                  roleArn: args.results.roleArn,
                  variables: {
                    AWS_REGION: args.region,
                    STACK: args.stack,
                    TOOL_NAME: TOOLS[scan].name,
                    TOOL_VERSION: tool.version,
                    BUCKET: args.results.bucketName,
                    LOG_GROUP: args.results.logGroupName,
                  },
                },
              }),
            },
          },
        },
      },
    },
  ];
}

function toolOf(scan: ScanName, { scans }: ScanningSettings) {
  const limit = { LIMIT_SECONDS: String(limitSeconds(scans[scan].timeoutMinutes)) };
  if (scan !== "fuzz") return { script: "zap.sh", variables: limit };
  const { certificate, scripts } = FOLDERS;
  return {
    script: "fuzz.sh",
    variables: {
      ...limit,
      SECONDS_PER_ROUTE: String(scans.fuzz.secondsPerRoute),
      SCAN_CERTIFICATE_FILE: `${certificate}/certificate.pem`,
      SCAN_KEY_FILE: `${certificate}/key.pem`,
      // The tool's image would load a tracer of its own, which nobody reads here.
      SCHEMATHESIS_HOOKS: "scan_checks",
      SCHEMATHESIS_COVERAGE: "false",
      PYTHONPATH: scripts,
      PYTHONDONTWRITEBYTECODE: "1",
    },
  };
}

/** Whether each scan has the time for what it does. */
export function checkScanTimes(
  settings: ScanningSettings,
  agents: readonly Agent[],
  contract: Contract,
): Problem[] {
  const { scans, clientId } = settings;
  const routes = scanTargets(agents, contract, clientId).length;
  const fuzzSeconds = routes * (scans.fuzz.secondsPerRoute + CLOSING_SECONDS);
  const short = SCANS.filter((scan) => limitSeconds(scans[scan].timeoutMinutes) < 2 * CLOSING_SECONDS);
  return [
    ...short.map((scan) => ({
      path: `scanning.scans.${scan}.timeoutMinutes`,
      got: `${scans[scan].timeoutMinutes} minutes`,
      allowed: `at least ${(AROUND_SECONDS + 2 * CLOSING_SECONDS) / SECONDS_PER_MINUTE}: ${AROUND_SECONDS} s are for images and reports`,
      fix: "give it more time",
    })),
    ...(fuzzSeconds <= limitSeconds(scans.fuzz.timeoutMinutes) || short.includes("fuzz")
      ? []
      : [
          {
            path: "scanning.scans.fuzz.secondsPerRoute",
            got: `${routes} routes of ${scans.fuzz.secondsPerRoute} s, and ${CLOSING_SECONDS} s beside for each`,
            allowed: `${limitSeconds(scans.fuzz.timeoutMinutes)} s in all: timeoutMinutes less ${AROUND_SECONDS} s for images and reports`,
            fix: "fuzz each route for less time, or raise timeoutMinutes",
          },
        ]),
  ];
}
