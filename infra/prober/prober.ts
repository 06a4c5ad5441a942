import type * as pulumi from "@pulumi/pulumi";
import { createManifests } from "../cluster/manifest";
import { WorkOrderComponent } from "../shared/component";
import { proberManifests, proberUnpinned, type ProberArgs } from "./proberRules";

/** Tries from outside the gateway what mutual TLS lets in and what it refuses, and says when that is not as it should be. */
export class Prober extends WorkOrderComponent {
  readonly resources: readonly pulumi.Resource[];

  constructor(name: string, args: ProberArgs, opts?: pulumi.ComponentResourceOptions) {
    super("Prober", name, ["B1.5", "B5.1", "B5.2"], opts, { unpinned: proberUnpinned(args.pins) });
    this.resources = createManifests(name, proberManifests(args), this);
    this.registerOutputs({});
  }
}
