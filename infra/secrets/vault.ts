import * as pulumi from "@pulumi/pulumi";
import type { AccountScope } from "../shared/arn";
import { WorkOrderComponent } from "../shared/component";
import { createKey } from "../shared/key";
import type { Vault } from "./secret";
import type { SecretSettings } from "./secrets.schema";
import { secretNames } from "./secretsRules";

export interface SecretVaultArgs {
  readonly namePrefix: string;
  readonly scope: AccountScope;
  readonly settings: SecretSettings;
}

/** The key under which every secret rests. */
export class SecretVault extends WorkOrderComponent {
  readonly vault: Vault;

  constructor(name: string, args: SecretVaultArgs, opts?: pulumi.ComponentResourceOptions) {
    super("SecretVault", name, ["B6.1"], opts);
    const { key } = createKey(
      name,
      {
        description: "Fase B: secrets",
        aliasName: secretNames(args.namePrefix).keyAlias,
        scope: args.scope,
        // Secrets Manager uses it with the rights of whoever asks.
        statements: [],
      },
      this,
    );
    this.vault = {
      scope: args.scope,
      keyArn: key.arn,
      operatorRoles: args.settings.operatorRoles,
      recoveryWindowDays: args.settings.recoveryWindowDays,
    };
    this.registerOutputs({});
  }
}
