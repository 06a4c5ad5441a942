import * as pulumi from "@pulumi/pulumi";
import type { ClauseId } from "../../policies/clauses";

/**
 * The base of every component of the program.
 *
 * It registers the work order's clauses that the component serves as an *input*, so that the preview, the
 * engine's state and the policy pack all see the same list.
 */
export abstract class WorkOrderComponent extends pulumi.ComponentResource {
  private readonly facts: Readonly<Record<string, unknown>>;

  /**
   * @param type the component's name, e.g. `Gateway`; its type token becomes `fase-b:index:Gateway`
   * @param name the logical name, part of the URN
   * @param clauses ids of the work order's clauses that this component serves, e.g. `["B4.1"]`
   * @param facts what else a policy is to judge of the component itself; known at preview
   */
  protected constructor(
    type: string,
    name: string,
    clauses: readonly ClauseId[],
    opts?: pulumi.ComponentResourceOptions,
    facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(`fase-b:index:${type}`, name, { clauses: [...clauses].sort(), ...facts }, opts);
    this.facts = facts;
  }

  /** With the facts, since a policy that judges the whole stack sees a component's outputs. */
  protected override registerOutputs(outputs: object = {}): void {
    super.registerOutputs({ ...this.facts, ...outputs });
  }
}
