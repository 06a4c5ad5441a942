import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { accountRootArn, type AccountScope } from "./arn";

export interface KeyArgs {
  readonly description: string;
  /** `alias/…` */
  readonly aliasName: string;
  readonly scope: AccountScope;
  /** What the key policy allows beside {@link administration}; none where roles' own rights are enough. */
  readonly statements: readonly object[];
}

/** In a key's own policy `*` means this key: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html */
export const THIS_KEY = "*";

/** Every customer-managed key of the program is made here. */
export function createKey(
  name: string,
  args: KeyArgs,
  parent: pulumi.Resource,
): { readonly key: aws.kms.Key; readonly alias: aws.kms.Alias } {
  const key = new aws.kms.Key(
    `${name}-key`,
    {
      description: args.description,
      enableKeyRotation: true,
      // B6.1: keys rotate in 90 days or less, which is also the least that the service knows.
      rotationPeriodInDays: 90,
      deletionWindowInDays: 30,
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: [administration(args.scope), ...args.statements],
      }),
    },
    { parent },
  );
  const alias = new aws.kms.Alias(
    `${name}-alias`,
    { name: args.aliasName, targetKeyId: key.keyId },
    { parent },
  );
  return { key, alias };
}

/** Hands the key to IAM: who uses it stands in the roles' own policies. */
const administration = (scope: AccountScope): object => ({
  Sid: "AccountAdministersTheKeyThroughIam",
  Effect: "Allow",
  Principal: { AWS: accountRootArn(scope) },
  Action: "kms:*",
  Resource: THIS_KEY,
});
