import { createHash } from "node:crypto";
import { dump } from "js-yaml";
import type { Agent } from "../agents/agents.schema";
import type { Client } from "../clients/clients.schema";
import { externalSecret, secretsSource } from "../cluster/externalSecrets";
import { partOf, ROOTS_SECRET, trustedRoots } from "../cluster/clusterRules";
import type { Manifest } from "../cluster/manifest";
import {
  allowEgress,
  allowIngress,
  denyAll,
  tcp,
  toDns,
  type Opening,
  type Peer,
} from "../cluster/networkPolicies";
import { closedNamespace, inPlace, type Place } from "../cluster/objects";
import type { Contract } from "../contract/contract";
import { imageReference, type ImageName, type Pins } from "../pins/pins";
import type { Alert } from "../observability/alerts/alert";
import { secretNames } from "../secrets/secretsRules";
import { showValue, type Problem } from "../shared/problem";
import { domainClass } from "../agents/domainRules";
import { alertRules } from "./alertRules";
import { certificateFile, exporterConfiguration, keyFile, type ExporterFiles } from "./exporterConfiguration";
import type { ProberSettings } from "./prober.schema";
import { CERTIFICATES, routeClasses, targets } from "./probes";
import { scrapeConfiguration, seriesCount } from "./scrapeConfiguration";

const NAME = "prober";
const CERTIFICATES_SECRET = "prober-certificates";
const API_KEY_SECRET = "prober-api-key";
const EXPORTER_PORT = 9115;
/** As the exporter's own image has it: nobody. */
const USER_ID = 65_534;

const CONFIGURATION_FOLDER = "/etc/prober/configuration";
const CERTIFICATES_FOLDER = "/etc/prober/certificates";
const API_KEY_FOLDER = "/etc/prober/api-key";
const ROOTS_FOLDER = "/etc/prober/roots";

const FILES: ExporterFiles = {
  certificatesFolder: CERTIFICATES_FOLDER,
  apiKeyFile: `${API_KEY_FOLDER}/api-key`,
  rootsFile: `${ROOTS_FOLDER}/ca.crt`,
};

export interface ProberArgs {
  readonly namePrefix: string;
  readonly region: string;
  readonly settings: ProberSettings;
  readonly secretsRefreshMinutes: number;
  /** Where the agents' pods are, for probes that stay in the cluster. */
  readonly agentsPlace: { readonly namespace: string; readonly port: number };
  readonly agents: readonly Agent[];
  readonly contract: Contract;
  readonly pins: Pins;
  /** The domains' public certificates. */
  readonly domainCertificates: { readonly lifetimeDays: number; readonly alarmAtRemainingPercent: number };
  /** The agents' own certificates. */
  readonly serviceCertificates: { readonly lifetimeDays: number; readonly alarmAtRemainingPercent: number };
}

const jobNames = (namePrefix: string) => ({
  prober: `${namePrefix}-prober`,
  externalSecrets: `${namePrefix}-external-secrets`,
});

/** What the exporter and Prometheus are told, as objects. */
export function proberConfigurations(args: ProberArgs, files: ExporterFiles = FILES) {
  const { namePrefix, settings, agents, contract } = args;
  const { intervalSeconds, timeoutSeconds, namespace } = settings;
  const jobs = jobNames(namePrefix);
  const all = targets(agents, contract);
  return {
    exporter: exporterConfiguration({ files, routeClasses: routeClasses(agents, contract), timeoutSeconds }),
    scrape: scrapeConfiguration({
      jobs,
      targets: all,
      exporter: `${NAME}.${namespace}.svc:${EXPORTER_PORT}`,
      externalSecretsMetrics: settings.externalSecretsMetrics,
      namePrefix,
      agentsNamespace: args.agentsPlace.namespace,
      intervalSeconds,
      timeoutSeconds,
    }),
  };
}

/** What is asked of Prometheus, and when somebody is told: Grafana's alert rules, which it evaluates and sends. */
export function proberAlerts(
  args: Pick<
    ProberArgs,
    "namePrefix" | "settings" | "agents" | "contract" | "domainCertificates" | "serviceCertificates"
  >,
): readonly Alert[] {
  const { namePrefix, settings, agents, contract } = args;
  return alertRules({
    jobs: jobNames(namePrefix),
    alerts: settings.alerts,
    series: seriesCount(targets(agents, contract)),
    secrets: { namespace: settings.namespace, names: [CERTIFICATES_SECRET, API_KEY_SECRET] },
    domains: args.domainCertificates,
    upstreams: args.serviceCertificates,
  });
}

/** As both read it; one line a value, however long. */
export const toYaml = (value: unknown): string => dump(value, { lineWidth: -1, noRefs: true });

const IMAGE: ImageName = "blackbox-exporter";

/** The images that it needs and that nobody could look up. */
export const proberUnpinned = ({ images }: Pins): readonly ImageName[] =>
  imageReference(images[IMAGE]) === undefined ? [IMAGE] : [];

/** Without its image's digest there is no Deployment, and nobody tries a door. */
export function proberManifests(args: ProberArgs): Manifest[] {
  const image = imageReference(args.pins.images[IMAGE]);
  const { namePrefix, region, settings, secretsRefreshMinutes } = args;
  const place: Place = { namespace: settings.namespace, labels: partOf(namePrefix, NAME) };
  const { exporter, scrape } = proberConfigurations(args);
  const configuration = toYaml(exporter);
  return [
    closedNamespace(place),
    ...networkPolicies(place, args),
    ...secretsSource(place, region, settings.secretsRoleArn),
    trustedRoots(place, secretsRefreshMinutes, namePrefix),
    ...fetchedSecrets(place, args),
    configMap(place, NAME, { "blackbox.yml": configuration }),
    // For Prometheus' `scrape_config_files`.
    configMap(place, `${NAME}-prometheus`, { "scrape.yml": toYaml(scrape) }),
    ...(image === undefined ? [] : [deployment(place, image, configuration)]),
    service(place),
  ];
}

function networkPolicies(place: Place, { settings, agentsPlace }: ProberArgs): Manifest[] {
  const { namespace, podLabels } = settings.prometheus;
  const stated = settings.egress.map(({ to, port }): Opening => {
    const [peer, ...peers] = to.map((cidr): Peer => ({ cidr }));
    if (!peer) throw new Error("egress to nowhere: the schema refuses it");
    return { peers: [peer, ...peers], ports: tcp(port) };
  });
  return [
    denyAll(place),
    allowIngress(place, "prometheus", [{ peers: [{ namespace, podLabels }], ports: tcp(EXPORTER_PORT) }]),
    allowEgress(place, "stated", [
      toDns,
      { peers: [{ namespace: agentsPlace.namespace }], ports: tcp(agentsPlace.port) },
      ...stated,
    ]),
  ];
}

function fetchedSecrets(
  place: Place,
  { namePrefix, settings, secretsRefreshMinutes }: ProberArgs,
): Manifest[] {
  const secretName = secretNames(namePrefix).proberCertificates;
  return [
    externalSecret(place, secretsRefreshMinutes, {
      name: CERTIFICATES_SECRET,
      data: CERTIFICATES.flatMap((name) => [
        { key: certificateFile(name), secretName, property: `${name}.certificatePem` },
        { key: keyFile(name), secretName, property: `${name}.privateKeyPem` },
      ]),
    }),
    externalSecret(place, secretsRefreshMinutes, {
      name: API_KEY_SECRET,
      data: [
        {
          key: "api-key",
          secretName: secretNames(namePrefix).clientKey(settings.clientId),
          property: "apiKey",
        },
      ],
    }),
  ];
}

const configMap = (place: Place, name: string, data: Record<string, string>): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: inPlace(place, name),
  data,
});

const selector = { "app.kubernetes.io/name": NAME };

function deployment(place: Place, image: string, configuration: string): Manifest {
  const healthy = { httpGet: { path: "/-/healthy", port: EXPORTER_PORT } };
  const mounts = {
    configuration: { folder: CONFIGURATION_FOLDER, source: { configMap: { name: NAME } } },
    certificates: {
      folder: CERTIFICATES_FOLDER,
      source: { secret: { secretName: CERTIFICATES_SECRET, defaultMode: 0o440 } },
    },
    "api-key": {
      folder: API_KEY_FOLDER,
      source: { secret: { secretName: API_KEY_SECRET, defaultMode: 0o440 } },
    },
    // Without it only the agents' certificates are not known: the doors are tried all the same.
    roots: {
      folder: ROOTS_FOLDER,
      source: { secret: { secretName: ROOTS_SECRET, defaultMode: 0o444, optional: true } },
    },
  };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: inPlace(place, NAME),
    spec: {
      // One is enough: while it is away ProberDown says so.
      replicas: 1,
      selector: { matchLabels: selector },
      template: {
        metadata: {
          labels: { ...place.labels, ...selector },
          // Secrets are read again at each probe, this only at the start.
          annotations: { "fase-b/configuration-sha256": sha256(configuration) },
        },
        spec: {
          automountServiceAccountToken: false,
          enableServiceLinks: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: USER_ID,
            runAsGroup: USER_ID,
            // By it the exporter may read the mounted keys.
            fsGroup: USER_ID,
            seccompProfile: { type: "RuntimeDefault" },
          },
          containers: [
            {
              name: "exporter",
              image,
              args: [
                `--config.file=${CONFIGURATION_FOLDER}/blackbox.yml`,
                `--web.listen-address=:${EXPORTER_PORT}`,
              ],
              ports: [{ name: "http", containerPort: EXPORTER_PORT }],
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ["ALL"] },
              },
              resources: {
                requests: { cpu: "50m", memory: "64Mi" },
                limits: { cpu: "500m", memory: "128Mi" },
              },
              livenessProbe: { ...healthy, periodSeconds: 30 },
              readinessProbe: { ...healthy, periodSeconds: 10 },
              // Whole folders: a file that is mounted by itself stays as it was when the pod began.
              volumeMounts: Object.entries(mounts).map(([name, { folder }]) => ({
                name,
                mountPath: folder,
                readOnly: true,
              })),
            },
          ],
          volumes: Object.entries(mounts).map(([name, { source }]) => ({ name, ...source })),
        },
      },
    },
  };
}

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

const service = (place: Place): Manifest => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: inPlace(place, NAME),
  spec: {
    type: "ClusterIP",
    selector,
    ports: [{ name: "http", port: EXPORTER_PORT, targetPort: EXPORTER_PORT, protocol: "TCP" }],
  },
});

const DAYS_OF_A_LONG_MONTH = 31;
const DAY_SECONDS = 86_400;

/** The prober's requests of a month that a usage plan may count: the good one's, and the revoked one's to be safe. */
export function monthlyRequests(agents: readonly Agent[], { intervalSeconds }: ProberSettings): number {
  const doors = agents.filter((agent) => domainClass(agent) === "mutualTls").length;
  return Math.ceil((2 * doors * DAYS_OF_A_LONG_MONTH * DAY_SECONDS) / intervalSeconds);
}

/** How the prober fits the clients and agents: refused for another reason than its certificate it would prove nothing. */
export function checkProber(
  settings: ProberSettings,
  agents: readonly Agent[],
  clients: readonly Client[],
): Problem[] {
  const { clientId } = settings;
  const client = clients.find((each) => each.clientId === clientId);
  if (!client) {
    return [
      {
        path: "prober.clientId",
        got: showValue(clientId),
        allowed: "a client of clients",
        fix: `add the client ${clientId} to clients, and to the agents' configuration.clients`,
      },
    ];
  }
  const needed = monthlyRequests(agents, settings);
  return [
    ...agents.flatMap((agent, i) =>
      domainClass(agent) !== "mutualTls" || agent.configuration.clients.includes(clientId)
        ? []
        : [
            {
              path: `agents[${i}].configuration.clients`,
              got: showValue(agent.configuration.clients),
              allowed: `a list with ${clientId}: the authorizer would refuse the prober's good certificate`,
              fix: `add ${clientId}`,
            },
          ],
    ),
    ...(client.monthlyQuotaRequests >= needed
      ? []
      : [
          {
            path: `clients[${clients.indexOf(client)}].monthlyQuotaRequests`,
            got: `${client.monthlyQuotaRequests} requests a month`,
            allowed: `at least ${needed}, what the prober makes of every ${settings.intervalSeconds} s`,
            fix: "grant it more, or try less often (prober.intervalSeconds)",
          },
        ]),
  ];
}
