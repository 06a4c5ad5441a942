import * as pulumi from "@pulumi/pulumi";
import type { ClauseId } from "../../policies/clauses";
import { WorkOrderComponent } from "../shared/component";
import { createRotation, type RotationArgs } from "./rotation";
import { createSecret, type Vault } from "./secret";

export interface RotatedSecretArgs {
  readonly vault: Vault;
  readonly clauses: readonly ClauseId[];
  readonly secretName: string;
  readonly description: string;
  /** Names of the functions' roles that read or rotate it. */
  readonly roles: readonly string[];
  readonly rotation: Omit<RotationArgs, "of">;
}

/** What stands in a secret before its first rotation: no value. */
const EMPTY = "{}";

/** A secret of which the program knows no value: a function makes all of them, the first one included. */
export class RotatedSecret extends WorkOrderComponent {
  constructor(name: string, args: RotatedSecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super("RotatedSecret", name, args.clauses, opts);
    const { vault, secretName, description, roles, rotation } = args;
    const secret = createSecret(
      name,
      { vault, secretName, description, roles, value: EMPTY, seeded: true },
      this,
    );
    createRotation(name, { ...rotation, of: secret }, this);
    this.registerOutputs({});
  }
}
