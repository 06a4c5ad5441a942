import type { Manifest } from "./manifest";
import { inPlace, type Place } from "./objects";

/** The account that only External Secrets uses, to ask for secrets in the namespace's name; no pod runs as it. */
const READER = "secrets-reader";
const STORE = "secrets-manager";

/** From where a namespace gets its secrets: AWS Secrets Manager, by a role of its own. */
export const secretsSource = (place: Place, region: string, roleArn: string): Manifest[] => [
  {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: {
      ...inPlace(place, READER),
      // https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
      annotations: { "eks.amazonaws.com/role-arn": roleArn },
    },
    automountServiceAccountToken: false,
  },
  {
    apiVersion: "external-secrets.io/v1",
    kind: "SecretStore",
    metadata: inPlace(place, STORE),
    // https://external-secrets.io/latest/provider/aws-secrets-manager/
    spec: {
      provider: {
        aws: {
          service: "SecretsManager",
          region,
          auth: { jwt: { serviceAccountRef: { name: READER } } },
        },
      },
    },
  },
];

export interface FetchedSecret {
  readonly name: string;
  /** @default Opaque */
  readonly type?: "kubernetes.io/tls";
  /** What is fetched: the key in the made secret, the secret's name, and the path into its JSON. */
  readonly data: readonly {
    readonly key: string;
    readonly secretName: string;
    readonly property: string;
  }[];
}

/** A secret of the namespace that External Secrets fetches and keeps fresh. Its value stands in no manifest. */
export const externalSecret = (
  place: Place,
  refreshMinutes: number,
  { name, type, data }: FetchedSecret,
): Manifest => ({
  apiVersion: "external-secrets.io/v1",
  kind: "ExternalSecret",
  metadata: inPlace(place, name),
  spec: {
    refreshInterval: `${refreshMinutes}m`,
    secretStoreRef: { kind: "SecretStore", name: STORE },
    target: {
      name,
      creationPolicy: "Owner",
      // What was fetched before outlives an outage, and a deleted source.
      deletionPolicy: "Retain",
      template: {
        engineVersion: "v2",
        ...(type === undefined ? {} : { type }),
      },
    },
    data: data.map(({ key, secretName, property }) => ({
      secretKey: key,
      remoteRef: { key: secretName, property },
    })),
  },
});
