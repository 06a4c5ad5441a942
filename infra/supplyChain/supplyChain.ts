import type * as pulumi from "@pulumi/pulumi";
import { WorkOrderComponent } from "../shared/component";
import type { Sbom } from "./sbomIndex";

export interface SupplyChainArgs {
  /** The bills of materials of what is deployed. */
  readonly sboms: readonly Sbom[];
}

/**
 * What is deployed, by what it is made of.
 *
 * Registers no resource: only its bills' digests, so that the pack finds the bill of each function's code, and what changes in one
 * shows in the preview.
 */
export class SupplyChain extends WorkOrderComponent {
  constructor(name: string, args: SupplyChainArgs, opts?: pulumi.ComponentResourceOptions) {
    const sboms = args.sboms.map(({ name: of, sha256: sbomSha256, deployedSha256 }) => ({
      name: of,
      sbomSha256,
      ...(deployedSha256 === undefined ? {} : { deployedSha256 }),
    }));
    super("SupplyChain", name, ["B6.2"], opts, { sboms });
    this.registerOutputs();
  }
}
