import type * as pulumi from "@pulumi/pulumi";
import { WorkOrderComponent } from "../shared/component";
import { agentsManifests, type AgentsManifestsArgs } from "./clusterRules";
import { createManifests } from "./manifest";

export type AgentsClusterArgs = AgentsManifestsArgs;

/** The upstream agents' place in the cluster: certificates, roots, network. The agents themselves are deployed by others. */
export class AgentsCluster extends WorkOrderComponent {
  /** What must be there before a pod of an agent runs. */
  readonly resources: readonly pulumi.Resource[];

  constructor(name: string, args: AgentsClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super("AgentsCluster", name, ["B5.2", "B5.3"], opts);
    this.resources = createManifests(name, agentsManifests(args), this);
    this.registerOutputs({});
  }
}
