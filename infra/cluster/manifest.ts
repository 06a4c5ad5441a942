import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource";
import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment";
import { CronJob } from "@pulumi/kubernetes/batch/v1/cronJob";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace";
import { ResourceQuota } from "@pulumi/kubernetes/core/v1/resourceQuota";
import { Service } from "@pulumi/kubernetes/core/v1/service";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy";
import type { apps, batch, core, networking } from "@pulumi/kubernetes/types/input";
import type * as pulumi from "@pulumi/pulumi";

export interface Metadata {
  readonly name: string;
  /** None where the object is a namespace itself. */
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

type Kind<Version extends string, Name extends string, Rest> = {
  readonly apiVersion: Version;
  readonly kind: Name;
  readonly metadata: { -readonly [K in keyof Metadata]: Metadata[K] };
} & Omit<Rest, "apiVersion" | "kind" | "metadata" | "status">;

/** Objects of operators, whose own schemas a test holds them against. */
type Custom<Version extends string, Name extends string> = Kind<Version, Name, { readonly spec: object }>;

/**
 * One object of the cluster as plain data: everything in it is known at preview, and the same in every checkout.
 */
export type Manifest =
  | Kind<"v1", "Namespace", core.v1.Namespace>
  | Kind<"v1", "ServiceAccount", core.v1.ServiceAccount>
  | Kind<"v1", "ConfigMap", core.v1.ConfigMap>
  | Kind<"v1", "Service", core.v1.Service>
  | Kind<"v1", "ResourceQuota", core.v1.ResourceQuota>
  | Kind<"apps/v1", "Deployment", apps.v1.Deployment>
  | Kind<"batch/v1", "CronJob", batch.v1.CronJob>
  | Kind<"networking.k8s.io/v1", "NetworkPolicy", networking.v1.NetworkPolicy>
  | Custom<"external-secrets.io/v1", "SecretStore">
  | Custom<"external-secrets.io/v1", "ExternalSecret">
  | Custom<"cert-manager.io/v1", "Issuer">
  | Custom<"cert-manager.io/v1", "Certificate">;

/** By what the object is and is called, e.g. `cluster-network-policy-deny-all`. */
export const logicalName = (prefix: string, { kind, metadata }: Manifest): string =>
  `${prefix}-${kind.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}-${metadata.name}`;

/** Registers the objects, the namespace before everything that lives in it. */
export function createManifests(
  prefix: string,
  manifests: readonly Manifest[],
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const isNamespace = ({ kind }: Manifest): boolean => kind === "Namespace";
  const namespaces = manifests.filter(isNamespace).map((each) => createManifest(prefix, each, { parent }));
  const others = manifests
    .filter((each) => !isNamespace(each))
    .map((each) => createManifest(prefix, each, { parent, dependsOn: namespaces }));
  return [...namespaces, ...others];
}

function createManifest(
  prefix: string,
  manifest: Manifest,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const name = logicalName(prefix, manifest);
  switch (manifest.kind) {
    case "Namespace":
      return new Namespace(name, manifest, opts);
    case "ServiceAccount":
      return new ServiceAccount(name, manifest, opts);
    case "ConfigMap":
      return new ConfigMap(name, manifest, opts);
    case "Service":
      return new Service(name, manifest, opts);
    case "Deployment":
      return new Deployment(name, manifest, opts);
    case "CronJob":
      return new CronJob(name, manifest, opts);
    case "ResourceQuota":
      return new ResourceQuota(name, manifest, opts);
    case "NetworkPolicy":
      return new NetworkPolicy(name, manifest, opts);
    default:
      return new CustomResource(name, manifest, opts);
  }
}
