import * as pulumi from "@pulumi/pulumi";
import { WorkOrderComponent } from "../shared/component";
import type { LatencyBudget as Hops } from "./edge.schema";

export interface LatencyBudgetArgs {
  /** What each hop may take of the p95 of POST /chat that was ordered, in ms. */
  readonly hops: Hops;
}

/** Declares the hops' budgets, so that preview, engine and policies see the numbers that panels will draw. */
export class LatencyBudget extends WorkOrderComponent {
  constructor(name: string, args: LatencyBudgetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("LatencyBudget", name, ["B8.1"], opts, { hops: args.hops });
    this.registerOutputs({});
  }
}
