import type { core } from "@pulumi/kubernetes/types/input";
import type { ScanName } from "./scanning.schema";
import { TOKEN_AUDIENCE } from "./resultsRights";

/** A pod of a scan: the tool in a container of the beginning, then who sends its reports away. */

/** Nobody's on the nodes; the user of both tools' images. */
const USER_ID = 1_000;

export const FOLDERS = {
  scripts: "/scan/scripts",
  configuration: "/scan/configuration",
  certificate: "/scan/certificate",
  apiKey: "/scan/api-key",
  reports: "/scan/reports",
  work: "/scan/work",
  private: "/scan/private",
  token: "/scan/token",
} as const;

export const SCRIPTS_CONFIG_MAP = "scan-scripts";
export const CERTIFICATE_SECRET = "scanner-certificate";
export const API_KEY_SECRET = "scanner-api-key";
export const SERVICE_ACCOUNT = "scans";

const TOKEN_FILE = "token";

type Container = core.v1.Container;
type Volume = core.v1.Volume;
type Variables = Readonly<Record<string, string>>;

export interface ScanPodArgs {
  readonly scan: ScanName;
  readonly tool: { readonly image: string; readonly script: string; readonly variables: Variables };
  /** Kubernetes' quantities. */
  readonly memory: string;
  readonly cpu: string;
  /** Whether it calls with the client's key as well, or by its certificate alone. */
  readonly withKey: boolean;
  readonly upload: { readonly image: string; readonly roleArn: string; readonly variables: Variables };
}

const locked: Container["securityContext"] = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

const variables = (values: Variables): { name: string; value: string }[] =>
  Object.entries(values).map(([name, value]) => ({ name, value }));

interface Mount {
  readonly name: string;
  readonly folder: string;
  /** @default true */
  readonly readOnly?: boolean;
}

const mounts = (given: readonly Mount[]) =>
  given.map(({ name, folder, readOnly = true }) => ({ name, mountPath: folder, readOnly }));

export const scanPod = (args: ScanPodArgs): core.v1.PodSpec => ({
  restartPolicy: "Never",
  serviceAccountName: SERVICE_ACCOUNT,
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  terminationGracePeriodSeconds: 30,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: USER_ID,
    runAsGroup: USER_ID,
    // By it the mounted keys and the token can be read.
    fsGroup: USER_ID,
    seccompProfile: { type: "RuntimeDefault" },
  },
  initContainers: [toolContainer(args)],
  containers: [uploadContainer(args)],
  volumes: volumes(args),
});

/** It reads what strangers answer: neither the role's token nor a way to send anything away is in it. */
const toolContainer = ({ scan, tool, memory, cpu, withKey }: ScanPodArgs): Container => ({
  name: "scan",
  image: tool.image,
  command: ["/bin/sh", `${FOLDERS.scripts}/${tool.script}`],
  env: variables({
    SCAN: scan,
    SCRIPTS: FOLDERS.scripts,
    CONFIGURATION: FOLDERS.configuration,
    CERTIFICATES: FOLDERS.certificate,
    ...(withKey ? { API_KEY_FILE: `${FOLDERS.apiKey}/api-key` } : {}),
    REPORTS: FOLDERS.reports,
    WORK: FOLDERS.work,
    PRIVATE: FOLDERS.private,
    HOME: FOLDERS.work,
    ...tool.variables,
  }),
  securityContext: locked,
  resources: {
    requests: { cpu: "250m", memory, "ephemeral-storage": "1Gi" },
    limits: { cpu, memory, "ephemeral-storage": "6Gi" },
  },
  volumeMounts: mounts([
    { name: "scripts", folder: FOLDERS.scripts },
    { name: "configuration", folder: FOLDERS.configuration },
    { name: "certificate", folder: FOLDERS.certificate },
    ...(withKey ? [{ name: "api-key", folder: FOLDERS.apiKey }] : []),
    { name: "reports", folder: FOLDERS.reports, readOnly: false },
    { name: "work", folder: FOLDERS.work, readOnly: false },
    { name: "private", folder: FOLDERS.private, readOnly: false },
    { name: "tmp", folder: "/tmp", readOnly: false },
  ]),
});

const uploadContainer = ({ scan, upload }: ScanPodArgs): Container => ({
  name: "upload",
  image: upload.image,
  command: ["/bin/sh", `${FOLDERS.scripts}/upload.sh`],
  env: variables({
    SCAN: scan,
    REPORTS: FOLDERS.reports,
    WORK: "/tmp",
    HOME: "/tmp",
    AWS_ROLE_ARN: upload.roleArn,
    AWS_WEB_IDENTITY_TOKEN_FILE: `${FOLDERS.token}/${TOKEN_FILE}`,
    AWS_STS_REGIONAL_ENDPOINTS: "regional",
    AWS_MAX_ATTEMPTS: "6",
    AWS_PAGER: "",
    ...upload.variables,
  }),
  securityContext: locked,
  resources: {
    requests: { cpu: "50m", memory: "384Mi", "ephemeral-storage": "64Mi" },
    limits: { cpu: "500m", memory: "384Mi", "ephemeral-storage": "256Mi" },
  },
  volumeMounts: mounts([
    { name: "scripts", folder: FOLDERS.scripts },
    { name: "reports", folder: FOLDERS.reports },
    { name: "token", folder: FOLDERS.token },
    { name: "upload-tmp", folder: "/tmp", readOnly: false },
  ]),
});

const volumes = ({ scan, withKey }: ScanPodArgs): Volume[] => [
  { name: "scripts", configMap: { name: SCRIPTS_CONFIG_MAP, defaultMode: 0o444 } },
  { name: "configuration", configMap: { name: scan, defaultMode: 0o444 } },
  { name: "certificate", secret: { secretName: CERTIFICATE_SECRET, defaultMode: 0o440 } },
  ...(withKey ? [{ name: "api-key", secret: { secretName: API_KEY_SECRET, defaultMode: 0o440 } }] : []),
  { name: "reports", emptyDir: { sizeLimit: "128Mi" } },
  { name: "work", emptyDir: { sizeLimit: "4Gi" } },
  // The certificate with its key in the form that ZAP reads: never on a disk.
  { name: "private", emptyDir: { medium: "Memory", sizeLimit: "16Mi" } },
  { name: "tmp", emptyDir: { sizeLimit: "512Mi" } },
  { name: "upload-tmp", emptyDir: { sizeLimit: "64Mi" } },
  {
    // EKS would put a token into every container of an account that names a role. https://github.com/aws/amazon-eks-pod-identity-webhook
    name: "token",
    projected: {
      defaultMode: 0o440,
      sources: [
        {
          serviceAccountToken: { audience: TOKEN_AUDIENCE, expirationSeconds: 3_600, path: TOKEN_FILE },
        },
      ],
    },
  },
];
