import { Provider } from "@pulumi/kubernetes/provider";
import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSettings } from "./cluster.schema";

/**
 * Where rendered manifests go, from the project's folder: what is built, not what is reviewed. The preview already shows
 * every object, and the provider writes no file that is unchanged, also where the folder was lost.
 */
export const manifestsFolder = (stack: string): string => `.build/manifests/${stack}`;

/** No variable of the deployer's environment reaches an input: a preview is the same for everybody. */
const fromNoEnvironment = {
  // Empty is as good as none, and keeps KUBECONFIG, a path of this machine, out of the state. The provider reads it itself.
  kubeconfig: "",
  deleteUnreachable: false,
  enableConfigMapMutable: false,
  enablePatchForce: false,
  enableSecretMutable: false,
  enableServerSideApply: true,
  skipUpdateUnreachable: false,
  suppressDeprecationWarnings: false,
  suppressHelmHookWarnings: false,
  upsertExistingObjects: false,
};

/**
 * The cluster itself, or without a context in the settings the folder in which its objects are rendered.
 *
 * @param renderTo the folder, relative to the program's own, so that a preview is the same in every checkout
 * @see https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/
 */
export const createClusterProvider = (
  name: string,
  { context }: Pick<ClusterSettings, "context">,
  renderTo: string,
  opts?: pulumi.ResourceOptions,
): Provider =>
  new Provider(
    name,
    {
      ...fromNoEnvironment,
      ...(context === undefined ? { renderYamlToDirectory: renderTo } : { context }),
    },
    opts,
  );
