import * as pulumi from "@pulumi/pulumi";
import type { ClauseId } from "../../policies/clauses";
import { WorkOrderComponent } from "../shared/component";
import { createSecret, type Vault } from "./secret";

export interface KeptSecretArgs {
  readonly vault: Vault;
  readonly clauses: readonly ClauseId[];
  readonly secretName: string;
  readonly description: string;
  /** Names of the functions' roles that read it. */
  readonly roles: readonly string[];
  /** JSON; written at every update. */
  readonly value: pulumi.Input<string>;
}

/** A secret whose value another resource of the program makes: kept here for the functions that need it. */
export class KeptSecret extends WorkOrderComponent {
  constructor(name: string, args: KeptSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("KeptSecret", name, args.clauses, opts);
    const { vault, secretName, description, roles, value } = args;
    createSecret(name, { vault, secretName, description, roles, value, seeded: false }, this);
    this.registerOutputs({});
  }
}
