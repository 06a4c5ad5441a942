import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import type { AccountScope } from "../shared/arn";
import { seeded } from "./liveValues";
import { refusingOthers } from "./secretsRules";

/** Where every secret of the stack rests, and who may reach it beside the functions. */
export interface Vault {
  readonly scope: AccountScope;
  readonly keyArn: pulumi.Input<string>;
  /** Names of the roles that deploy and enrol. */
  readonly operatorRoles: readonly string[];
  readonly recoveryWindowDays: number;
}

export interface SecretArgs {
  readonly vault: Vault;
  readonly secretName: string;
  readonly description: string;
  /** Roles that read or rotate it beside the operators: names of functions' roles, or ARNs. */
  readonly roles: readonly string[];
  /** The value: JSON. */
  readonly value: pulumi.Input<string>;
  /** True when a function owns the value from then on: the program writes the first one only. */
  readonly seeded: boolean;
}

export interface CreatedSecret {
  readonly secret: aws.secretsmanager.Secret;
  readonly version: aws.secretsmanager.SecretVersion;
}

/** Every secret of the program is made here: under our key, closed to whoever is not named, and kept a while when deleted. */
export function createSecret(name: string, args: SecretArgs, parent: pulumi.Resource): CreatedSecret {
  const { vault, secretName, description, roles, value, seeded: isSeeded } = args;
  const secret = new aws.secretsmanager.Secret(
    `${name}-secret`,
    {
      name: secretName,
      description,
      kmsKeyId: vault.keyArn,
      recoveryWindowInDays: vault.recoveryWindowDays,
      policy: refusingOthers(vault.scope, [...roles, ...vault.operatorRoles]),
    },
    { parent },
  );
  const version = new aws.secretsmanager.SecretVersion(
    `${name}-secret-value`,
    {
      secretId: secret.id,
      secretString: pulumi.secret(value),
      ...(isSeeded ? { versionStages: [SEED] } : {}),
    },
    { parent, ...(isSeeded ? seeded("rotatedSecret") : {}) },
  );
  return { secret, version };
}

/**
 * The label that stays on the first version for ever. The first version of a secret becomes the current one whatever its
 * label; should the program ever write it again, it would not take the place of what a function has made since. And a
 * version with a label is never removed by the service, so that a refresh finds it.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
 */
const SEED = "SEED";
