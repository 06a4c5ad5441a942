import type { Manifest, Metadata } from "./manifest";

/** Objects that every namespace of ours has alike. */

export interface Place {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name */
export const NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name";

export const inPlace = ({ namespace, labels }: Place, name: string): Metadata => ({
  name,
  namespace,
  labels: { ...labels },
});

/** https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
export const closedNamespace = ({ namespace, labels }: Place): Manifest => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: {
    name: namespace,
    labels: {
      ...labels,
      "pod-security.kubernetes.io/enforce": "restricted",
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/warn": "restricted",
    },
  },
});
